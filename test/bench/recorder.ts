/** What measures must cost little: the recorder beside http-proxy, the wrapped handler beside the bare one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { flowTraffic } from './flowEndpoint';
import { benchFlowId, plainTraffic, type LoadOrder, type Traffic } from './proxyParts';
import { atLeast, type BenchRun, type Row } from './row';
import { inTurns, samplesOf, spread, type Samples } from './samples';

const connections = 32;
const warmUp = 16;

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
  /** Microseconds of the processor that its process took for each request of each turn. */
  readonly processor: Samples;
}

export async function recorderRows({ quick }: BenchRun): Promise<readonly Row[]> {
  // Many short turns: whatever else the machine does then meets both sides alike, and no connection idles for so long
  // meanwhile that the recorder gives it up.
  const rounds = quick ? 20 : 100;
  const running: Part<unknown>[] = [];
  const start = async <T>(role: string, ...args: string[]): Promise<Part<T>> => {
    const part = await startPart<T>(role, args);
    running.push(part);
    return part;
  };
  /** Two servers in turns, asked by one load generator. */
  const race = async (
    servers: readonly [Part<number>, Part<number>],
    { body, headers }: Traffic,
    requests: number,
  ): Promise<[Raced, Raced]> => {
    const ports = servers.map(({ said }) => String(said));
    const load = await start(
      'load',
      String(connections),
      JSON.stringify({ body, headers } satisfies Traffic),
      ...ports,
    );
    const processor: [number[], number[]] = [[], []];
    const ask = async (side: 0 | 1): Promise<number> => {
      const before = await servers[side].ask('processor');
      const rate = await load.ask({ side, requests } satisfies LoadOrder);
      processor[side].push(((await servers[side].ask('processor')) - before) / requests);
      return rate;
    };
    // Code that has run is faster than code that has not.
    for (let i = 0; i < warmUp; i++) await ask((i % 2) as 0 | 1);
    for (const times of processor) times.length = 0;
    const { ours, theirs } = await inTurns(rounds, { ours: () => ask(0), theirs: () => ask(1) });
    load.end();
    return [
      { rate: ours, processor: samplesOf(processor[0]) },
      { rate: theirs, processor: samplesOf(processor[1]) },
    ];
  };
  try {
    const endpoint = await start<number>('endpoint');
    const upstream = `http://127.0.0.1:${endpoint.said}/${benchFlowId}`;
    const proxies = [await start<number>('recorder', upstream), await start<number>('httpProxy', upstream)] as const;
    const [ours, theirs] = await race(proxies, plainTraffic, 600);
    // A meter that takes what it is sent: any server that reads and answers will do.
    const meterUrl = `http://127.0.0.1:${endpoint.said}`;
    const handlers = [await start<number>('middleware', meterUrl), await start<number>('endpoint')] as const;
    const [wrapped, bare] = await race(handlers, plainTraffic, 2000);
    const traffic = flowTraffic();
    const flowHandlers = [
      await start<number>('flowMiddleware', meterUrl, traffic.privatePem),
      await start<number>('flowEndpoint', traffic.privatePem),
    ] as const;
    // Longer turns: what decrypting takes differs from one request to the next by more than recording costs.
    const [wrappedFlow, bareFlow] = await race(flowHandlers, traffic, 200);
    return [
      {
        area: 'recorder',
        measured: `recorder in front of an endpoint, ${connections} connections, 1.2 KB → 1 KB`,
        against: 'http-proxy 1.18.1 with kept connections, the same endpoint',
        // Its care for connections that an endpoint closes costs a tenth.
        ...atLeast(ratioOf(ours, theirs), 1.1),
        detail: `${told(ours)} against ${told(theirs)}`,
      },
      {
        area: 'recorder',
        measured: `handler wrapped in recordFlow that only answers 1 KB, processor time, ${connections} connections`,
        against: 'the bare handler',
        // No endpoint does as little as this one, whose answer takes not much more than noting down that it was given.
        ...atLeast(processorRatioOf(wrapped, bare), 0.75),
        detail: `${told(wrapped)} against ${told(bare)}`,
      },
      {
        area: 'recorder',
        measured: `handler wrapped in recordFlow that decrypts, encrypts and checks signatures, processor time`,
        against: 'the bare handler',
        ...atLeast(processorRatioOf(wrappedFlow, bareFlow), 0.95),
        detail: `${told(wrappedFlow)} against ${told(bareFlow)}`,
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

/**
 * As `ratioOf`, of what each server's own process took: here the load generator and the meter that stand on the same
 * processors take as much as the server, and would blur the difference.
 */
function processorRatioOf(ours: Raced, theirs: Raced): number {
  return samplesOf(theirs.processor.values.map((value, turn) => value / ours.processor.values[turn]!)).median;
}

function told({ rate, processor }: Raced): string {
  return `${spread(rate, 'requests/s')} at ${spread(processor, 'µs')} of the processor each`;
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
