/** From JSON text to typed columns, beside JSON.parse of the same text: time, memory, and how long the event loop stands. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metaZone } from '../../src/contract/calendar';
import { metricNames, type MetricSeries } from '../../src/contract/metric';
import type { MetricQuery } from '../../src/contract/query';
import { createDemoStore } from '../../src/store/demo/demoStore';
import { demoFlows } from '../../src/store/demo/demoFlows';
import { fetchOnce, latencyServerFile, queriesOf } from './fetching';
import { startLatencyServer } from './latencyProcess';
import { atMost, type BenchRun, type Row } from './row';
import { figure, inTurns, percentile, samplesOf, spread, timed } from './samples';
import { parseMetricAnswer, metricBody } from '../../src/contract/metricWire';

interface Sample {
  readonly query: MetricQuery;
  readonly text: string;
}

const hours = 720;
const hourMs = 3_600_000;

/** What the server sends for 720 hours: each metric of each demo flow that has traffic. */
async function samples(): Promise<readonly (readonly Sample[])[]> {
  const now = Date.UTC(2026, 2, 12, 14);
  const store = createDemoStore({ seed: 1, now: () => now, zone: metaZone });
  const flows = demoFlows.filter(({ traffic }) => traffic !== undefined);
  return Promise.all(
    flows.map(({ id }) =>
      Promise.all(
        metricNames.map(async (metric) => {
          const query: MetricQuery = { flowId: id, metric, granularity: 'HOUR' };
          const span = { begin: now - hours * hourMs, end: now };
          const series = await store.readSeries({ ...query, span });
          return { query, text: JSON.stringify(metricBody(id, series)) };
        }),
      ),
    ),
  );
}

export async function parserRows(run: BenchRun): Promise<readonly Row[]> {
  const flows = await samples();
  return [...(await timeAndMemory(run, flows)), await stalls(run, flows.flat())];
}

async function timeAndMemory({ quick }: BenchRun, models: readonly (readonly Sample[])[]): Promise<readonly Row[]> {
  // Short turns, so that whatever else the machine does meets both sides alike.
  const flowsPerTurn = 25;
  const rounds = quick ? 12 : 40;
  const flow = (i: number): readonly Sample[] => models[i % models.length]!;
  const turn = Array.from({ length: flowsPerTurn }, (_, i) => flow(i)).flat();
  const megabytes = turn.reduce((sum, { text }) => sum + text.length, 0) / 1e6;
  const sides = {
    plain: () => timed(() => turn.forEach(({ text }) => JSON.parse(text) as unknown)),
    shaped: () => timed(() => turn.forEach(({ text, query }) => parseMetricAnswer(JSON.parse(text), query))),
  };
  await inTurns(4, sides);
  const time = await inTurns(rounds, sides);
  const kept = 50;
  const memory = await inTurns(3, {
    plain: () =>
      retained(() => Array.from({ length: kept }, (_, i) => flow(i).map(({ text }) => JSON.parse(text) as unknown))),
    shaped: () =>
      retained(() =>
        Array.from({ length: kept }, (_, i): readonly MetricSeries[] =>
          flow(i).map(({ text, query }) => parseMetricAnswer(JSON.parse(text), query)),
        ),
      ),
  });
  const measured = `${rounds * flowsPerTurn} flows × 5 metrics × ${hours} points`;
  return [
    {
      area: 'parser',
      measured: `parse, validate, shape: ${measured}`,
      against: 'JSON.parse',
      ...atMost(time.shaped.median / time.plain.median, 1.25),
      detail: `${spread(time.shaped)} against ${spread(time.plain)} for ${flowsPerTurn} flows (${figure(megabytes)} MB), ${rounds} turns`,
    },
    {
      area: 'parser',
      measured: `memory of a flow, 5 × ${hours} points`,
      against: 'objects of JSON.parse',
      ...atMost(memory.shaped.median / memory.plain.median, 0.125),
      detail: `${figure(memory.shaped.median / kept / 1000)} kB against ${figure(memory.plain.median / kept / 1000)} kB for each of ${kept} flows`,
    },
  ];
}

/** Bytes that are still held when what was made is all that is kept. */
function retained(make: () => unknown): number {
  const used = (): number => {
    globalThis.gc!();
    globalThis.gc!();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const made = make();
  const bytes = used() - before;
  if (made === undefined) throw new Error('Nothing was made.');
  return bytes;
}

/** Answers to one batch, which a program that does no more than it must parses at one go. */
const batchSize = 50;

/** What the thread itself worked between two rounds of the event loop: a busy machine adds its own pauses to stalls. */
function sampleWork(work: number[]): () => void {
  const used = (): number => {
    // Node 23.9 and later tell of the thread alone.
    const { threadCpuUsage = process.cpuUsage } = process as { threadCpuUsage?: typeof process.cpuUsage };
    const { user, system } = threadCpuUsage();
    return (user + system) / 1000;
  };
  let last = used();
  const timer = setInterval(() => {
    const now = used();
    work.push(now - last);
    last = now;
  }, 1);
  return () => clearInterval(timer);
}

async function stalls({ quick }: BenchRun, answers: readonly Sample[]): Promise<Row> {
  const flows = quick ? 100 : 500;
  const server = await startLatencyServer(latencyServerFile, { flows, latency: [50, 100], batch: true });
  try {
    await fetchOnce(server.url, queriesOf(20, { granularity: 'HOUR' }), 'untried');
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const batch = Array.from({ length: batchSize }, (_, i) => answers[i % answers.length]!);
    const parseBatch = (): Promise<number> => timed(() => batch.forEach(({ text }) => JSON.parse(text) as unknown));
    const p99s: number[] = [];
    const parses: number[] = [];
    const work: number[] = [];
    let longest = 0;
    for (let round = 0; round < (quick ? 2 : 3); round++) {
      delays.reset();
      delays.enable();
      const stop = sampleWork(work);
      await fetchOnce(server.url, queriesOf(flows, { granularity: 'HOUR' }), 'untried');
      stop();
      delays.disable();
      p99s.push(delays.percentile(99) / 1e6);
      longest = Math.max(longest, delays.max / 1e6);
      for (let i = 0; i < 5; i++) parses.push(await parseBatch());
    }
    const p99 = samplesOf(p99s);
    const parse = samplesOf(parses);
    return {
      area: 'event loop',
      measured: `stalls while ${flows} flows × 5 × ${hours} points come in (p99)`,
      against: `JSON.parse of the answers to one batch of ${batchSize}`,
      ...atMost(p99.median / parse.median, 1),
      detail: `p99 ${spread(p99)} against ${spread(parse)}, longest ${figure(longest)} ms; own work between two rounds p99 ${figure(percentile(work, 99))} ms, longest ${figure(Math.max(...work))} ms`,
    };
  } finally {
    await server.stop();
  }
}
