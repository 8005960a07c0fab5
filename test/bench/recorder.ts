/** What measures must cost little: the recorder beside http-proxy, the wrapped handler beside the bare one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchFlowId, type LoadOrder } from './proxyParts';
import { atLeast, type BenchRun, type Row } from './row';
import { figure, inTurns, samplesOf, spread, type Samples } from './samples';

const connections = 32;

/** A process of the bench and what it said first. */
interface Part<T> {
  readonly said: T;
  /** Sends a message and waits for the number that comes back. */
  ask(message: unknown): Promise<number>;
  end(): void;
}

interface Raced {
  /** Requests per second of each turn. */
  readonly rate: Samples;
  /** Microseconds of the processor for each request. */
  readonly processor: number;
}

export async function recorderRows({ quick }: BenchRun): Promise<readonly Row[]> {
  // Many short turns: whatever else the machine does then meets both sides alike.
  const rounds = quick ? 15 : 50;
  const running: Part<unknown>[] = [];
  const start = async <T>(role: string, ...args: string[]): Promise<Part<T>> => {
    const part = await startPart<T>(role, args);
    running.push(part);
    return part;
  };
  /** Two servers in turns, asked by one load generator. */
  const race = async (servers: readonly [Part<number>, Part<number>], requests: number): Promise<[Raced, Raced]> => {
    const load = await start('load', String(connections), ...servers.map(({ said }) => String(said)));
    const ask = (side: number): Promise<number> => load.ask({ side, requests } satisfies LoadOrder);
    // Code that has run is faster than code that has not.
    for (const side of [0, 1, 0, 1]) await ask(side);
    const before = await Promise.all(servers.map((server) => server.ask('processor')));
    const { ours, theirs } = await inTurns(rounds, { ours: () => ask(0), theirs: () => ask(1) });
    const after = await Promise.all(servers.map((server) => server.ask('processor')));
    load.end();
    const processor = (side: number): number => (after[side]! - before[side]!) / (rounds * requests);
    return [
      { rate: ours, processor: processor(0) },
      { rate: theirs, processor: processor(1) },
    ];
  };
  try {
    const endpoint = await start<number>('endpoint');
    const upstream = `http://127.0.0.1:${endpoint.said}/${benchFlowId}`;
    const proxies = [await start<number>('recorder', upstream), await start<number>('httpProxy', upstream)] as const;
    const [ours, theirs] = await race(proxies, 1500);
    // A meter that takes what it is sent: any server that reads and answers will do.
    const meterUrl = `http://127.0.0.1:${endpoint.said}`;
    const handlers = [await start<number>('middleware', meterUrl), await start<number>('endpoint')] as const;
    const [wrapped, bare] = await race(handlers, 5000);
    return [
      {
        area: 'recorder',
        measured: `recorder in front of an endpoint, ${connections} connections, 1.2 KB → 1 KB`,
        against: 'http-proxy 1.18.1 with kept connections, the same endpoint',
        ...atLeast(ratioOf(ours, theirs), 1.3),
        detail: `${told(ours)} against ${told(theirs)}`,
      },
      {
        area: 'recorder',
        measured: `handler wrapped in recordFlow, ${connections} connections`,
        against: 'the bare handler',
        ...atLeast(ratioOf(wrapped, bare), 0.95),
        detail: `${told(wrapped)} against ${told(bare)}`,
      },
    ];
  } finally {
    for (const part of running) part.end();
  }
}

/** The median of what each turn found, since both sides of a turn met the same machine. */
function ratioOf(ours: Raced, theirs: Raced): number {
  return samplesOf(ours.rate.values.map((value, turn) => value / theirs.rate.values[turn]!)).median;
}

function told({ rate, processor }: Raced): string {
  return `${spread(rate, 'requests/s')} at ${figure(processor)} µs of the processor each`;
}

async function startPart<T>(role: string, args: readonly string[]): Promise<Part<T>> {
  const child = fork(join(__dirname, 'proxyParts.js'), [role, ...args], { execArgv: ['--no-deprecation'] });
  let ended = false;
  const failed = once(child, 'exit').then(() => {
    if (!ended) throw new Error('A part of the bench ended early.');
  });
  const next = async (): Promise<unknown> => {
    const said = await Promise.race([once(child, 'message'), failed]);
    return (said as [unknown])[0];
  };
  return {
    said: (await next()) as T,
    ask: async (message) => {
      child.send(message as string);
      return (await next()) as number;
    },
    end: () => {
      ended = true;
      child.kill('SIGKILL');
    },
  };
}
