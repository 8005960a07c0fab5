/** Rows about the start: what activation costs, and how soon a new window shows a thousand flows. */
import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Account } from '../../src/domain/account';
import { startOfDay } from '../../src/contract/calendar';
import type { FlowListing, MetricAnswer } from '../../src/contract/client';
import type { Flow } from '../../src/contract/flow';
import type { MetricSeries } from '../../src/contract/metric';
import type { MetricQuery } from '../../src/contract/query';
import { createFormats } from '../../src/presentation/formats';
import { flowBadge } from '../../src/presentation/rows/flowBadge';
import type { AccountFigures } from '../../src/domain/model';
import { slice } from '../../src/domain/series';
import { english } from '../../src/presentation/translate';
import { AnswerCacheFiles } from '../../src/host/storage/answerCacheFiles';
import { FlowState } from '../../src/state/flowState';
import { Refresher } from '../../src/state/refresher';
import { planWindow } from '../../src/domain/windows';
import { rowQueries } from '../../src/domain/queryPlans';
import { headBytes } from '../../src/state/packedFile';
import { publishedFlow, ScriptedClient, seriesFor } from '../unit/state/scriptedClient';
import { thresholds } from '../unit/state/thresholds';
import { atMost, type BenchRun, type Group, type Row } from './row';
import { figure, inTurns, samplesOf, spread } from './samples';
import { systemClock } from '../../src/util/clock';
import { flowRow } from '../../src/presentation/rows/flowRow';

/** Of a server at the other end of an ordinary line, in milliseconds. */
const latencyMs = 75;
const account: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };

export const startRows: Group = async (run) => [await activationRow(run), ...(await pictureRows(run))];

/** Loading and activating in a fresh process, beside an extension that does nothing; in time of the processor. */
async function activationRow({ quick }: BenchRun): Promise<Row> {
  const walls: number[] = [];
  const { empty, flowmeter, parts } = await inTurns(quick ? 7 : 31, {
    empty: async () => (await activationIn('empty')).cpu,
    parts: async () => (await activationIn('parts')).cpu,
    flowmeter: async () => {
      const { cpu, wall } = await activationIn('flowmeter');
      walls.push(wall);
      return cpu;
    },
  });
  return {
    area: 'start',
    measured: 'load and activate, fresh process',
    against: 'an empty extension',
    ...atMost(flowmeter.median / empty.median, 4),
    detail: `processor time ${spread(flowmeter)}, empty ${spread(empty)}; on the clock ${spread(samplesOf(walls))}; the editor's own side is not counted; ${spread(parts)} with the parts that come with the first account or command, after activation`,
  };
}

function activationIn(
  which: 'empty' | 'flowmeter' | 'parts',
): Promise<{ readonly cpu: number; readonly wall: number }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'activation.js'), [which], { execArgv: [] });
    child.on('message', (figures) => resolve(figures as { cpu: number; wall: number }));
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`The process ended with ${code} and no figure.`)));
  });
}

/** A new window with the answers of the last one on disk, and a server that takes its time. */
async function pictureRows({ quick, note }: BenchRun): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flowmeter-bench-'));
  try {
    for (const count of quick ? [1000] : [10, 100, 1000, 5000]) {
      await write(join(folder, String(count)), count);
      const { rows, fresh, bytes } = await openWindow(join(folder, String(count)), count);
      note(
        `${count} flows: rows after ${figure(rows)} ms, first fresh badge after ${figure(fresh)} ms, file ${figure(bytes / 1024)} KiB`,
      );
    }
    const windows: Opened[] = [];
    const { reading, fetching } = await inTurns(quick ? 3 : 9, {
      window: async () => windows[windows.push(await openWindow(join(folder, '1000'), 1000)) - 1]!.rows,
      reading: () => readAndParse(join(folder, '1000')),
      fetching: () => fetchFirstBatch(1000),
    });
    const rows = samplesOf(windows.map((one) => one.rows));
    const processor = samplesOf(windows.map((one) => one.rowsProcessor));
    const fresh = samplesOf(windows.map((one) => one.fresh));
    const stall = samplesOf(windows.map((one) => one.stall));
    return [
      {
        area: 'start',
        measured: '1000 flows: rows of the last window, processor time',
        against: 'reading and parsing the same file',
        ...atMost(processor.median / reading.median, 12),
        detail: `${spread(processor)} against ${spread(reading)}, ${spread(rows)} on the clock, from the first look to the text of a thousand rows, made when the editor asks for them, a turn after it was told; longest stall of the event loop ${spread(stall)}`,
      },
      {
        area: 'start',
        measured: '1000 flows: first fresh badge',
        against: 'the rows, and a bare fetch of the same batch',
        ...atMost(fresh.median / (rows.median + fetching.median), 2),
        detail: `${spread(fresh)} against ${spread(rows)} and ${spread(fetching)}, until the badges with the first figures of now are told to the editor, which then asks for rows; questions in batches of 50, four in flight, each after one latency`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the processor, for this process: on the clock a busy machine would add its own pauses. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What any program would have to do for the rows: reads the bytes, makes sure that they are whole, and parses their text. */
async function readAndParse(folder: string): Promise<number> {
  const begun = processorMs();
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    const body = bytes.subarray(headBytes);
    crc32(body);
    JSON.parse(body.toString('utf8', 0, bytes.readUInt32LE(8)));
  }
  return processorMs() - begun;
}

/** What any program would have to wait for: the first answers of the same server to the same questions. */
async function fetchFirstBatch(count: number): Promise<number> {
  const plan = planWindow('24h', Date.now(), 'UTC');
  const questions = flowsOf(count)
    .flatMap((flow) => rowQueries(flow, plan))
    .slice(0, 50);
  const begun = performance.now();
  await new DistantServer(count).fetch(questions, () => undefined);
  return performance.now() - begun;
}

async function write(folder: string, count: number): Promise<void> {
  const before = Date.now() - 3 * 3_600_000;
  const plan = planWindow('24h', before, 'UTC');
  const records = flowsOf(count).map((flow) => {
    const loads = Object.fromEntries(
      rowQueries(flow, plan).map((query) => {
        const value = answerOf(query, before);
        return [query.metric, { state: 'ready' as const, value, fetchedAt: before }];
      }),
    );
    return { flow, reading: { plan, loads }, attemptedAt: before };
  });
  const info = { zone: 'UTC', store: 'meta', minRequests: 250 };
  await new AnswerCacheFiles(folder).save(account, {
    window: '24h',
    listedAt: before,
    fetchedAt: before,
    info,
    records,
  });
}

interface Opened {
  /** Milliseconds until the text of every row is there. */
  readonly rows: number;
  /** The same in milliseconds of the processor. */
  readonly rowsProcessor: number;
  /** Milliseconds until the first flow has figures of now. */
  readonly fresh: number;
  /** The longest that nothing else could run, in milliseconds. */
  readonly stall: number;
  readonly bytes: number;
}

async function openWindow(folder: string, count: number): Promise<Opened> {
  const files = new AnswerCacheFiles(folder);
  const state = new FlowState(systemClock, { window: '24h', thresholds });
  const formats = createFormats('en', 'UTC');
  const log = { info: () => undefined, warn: () => undefined, error: (thrown: unknown) => console.error(thrown) };
  const begun = performance.now();
  const processorBegun = processorMs();
  let rows = NaN;
  let rowsProcessor = NaN;
  let fresh = NaN;
  let last = begun;
  let stall = 0;
  const pulse = (): void => {
    const now = performance.now();
    stall = Math.max(stall, now - last);
    last = now;
    if (Number.isNaN(fresh)) setImmediate(pulse);
  };
  const bothSeen = new Promise<void>((resolve) => {
    const drawRows = (shop: AccountFigures): void => {
      for (const figures of shop.flows) flowRow(figures, { ...formats, now: Date.now() }, shop);
      if (!Number.isNaN(rows)) return;
      rows = performance.now() - begun;
      rowsProcessor = processorMs() - processorBegun;
    };
    state.onDidChange(({ accounts: [shop] }) => {
      if (!shop || shop.flows.length < count) return;
      for (const figures of shop.flows) flowBadge(figures, english);
      // The editor is told that rows have changed, and asks for them in a turn of its own.
      setImmediate(drawRows, shop);
      if (Number.isNaN(fresh) && shop.flows.some(({ fetchedAt = 0 }) => fetchedAt > Date.now() - 60_000)) {
        fresh = performance.now() - begun;
        resolve();
      }
    });
  });
  const refresher = new Refresher({
    state,
    clock: systemClock,
    minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
    log,
    saved: { load: (one) => files.load(one) },
    // The token comes from the editor, which takes a turn at least.
    connect: () => nextTurn(new DistantServer(count)),
  });
  try {
    refresher.setAccounts([account]);
    setImmediate(pulse);
    void refresher.refresh('view');
    await bothSeen;
    return { rows, rowsProcessor, fresh, stall, bytes: await sizeOf(folder) };
  } finally {
    refresher.dispose();
    state.dispose();
  }
}

/** Answers every request after one latency: pages of 100 flows one after the other, questions in batches. */
class DistantServer extends ScriptedClient {
  override readonly info = { zone: 'UTC', store: 'meta', minRequests: 250 };

  constructor(private readonly count: number) {
    super(systemClock);
  }

  override async serverInfo(): Promise<DistantServer['info']> {
    return Promise.resolve(this.info);
  }

  override async listFlows(): Promise<FlowListing> {
    await wait(Math.ceil(this.count / 100) * latencyMs);
    return { flows: flowsOf(this.count), failures: [] };
  }

  override async fetch(
    queries: readonly MetricQuery[],
    onAnswer: (answer: MetricAnswer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const batches = Array.from({ length: Math.ceil(queries.length / 50) }, (_, i) =>
      queries.slice(50 * i, 50 * i + 50),
    );
    const sendOneByOne = async (): Promise<void> => {
      for (let batch = batches.shift(); batch && !signal?.aborted; batch = batches.shift()) {
        await wait(latencyMs);
        for (const query of batch) onAnswer({ query, result: { ok: true, value: answerOf(query, Date.now()) } });
      }
    };
    await Promise.all(Array.from({ length: 4 }, sendOneByOne));
  }
}

/** Only what was asked for, as a server answers it. */
function answerOf(query: MetricQuery, now: number): MetricSeries {
  return slice(seriesFor(query, now), { begin: startOfDay(query.since!, 'UTC'), end: Infinity });
}

function flowsOf(count: number): Flow[] {
  return Array.from({ length: count }, (_, i) => publishedFlow(String(1000 + i)));
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((a, b) => a + b, 0);
}
