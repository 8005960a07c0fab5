/** What measures must cost little: the recorder beside http-proxy, the wrapped handler beside the bare one. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchFlowId } from './proxyParts';
import { atLeast, type BenchRun, type Row } from './row';
import { inTurns, samplesOf, spread, type Samples } from './samples';

const connections = 32;

export async function recorderRows({ quick }: BenchRun): Promise<readonly Row[]> {
  // Many short turns: whatever else the machine does then meets both sides alike.
  const rounds = quick ? 5 : 15;
  const seconds = 1;
  const running: ChildProcess[] = [];
  const start = async (role: string, ...args: string[]): Promise<number> => {
    const child = part(role, ...args);
    running.push(child);
    const [port] = (await once(child, 'message')) as [number];
    return port;
  };
  const load = async (port: number): Promise<number> => {
    const child = part('load', String(port), String(connections), String(seconds));
    const [rate] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The load generator failed.'))),
    ])) as [number];
    return rate;
  };
  try {
    const endpoint = await start('endpoint');
    const upstream = `http://127.0.0.1:${endpoint}/${benchFlowId}`;
    const recorder = await start('recorder', upstream);
    const httpProxy = await start('httpProxy', upstream);
    const proxies = await inTurns(rounds, { recorder: () => load(recorder), httpProxy: () => load(httpProxy) });
    // A meter that takes what it is sent: any server that reads and answers will do.
    const middleware = await start('middleware', `http://127.0.0.1:${endpoint}`);
    const handlers = await inTurns(rounds, { middleware: () => load(middleware), bare: () => load(endpoint) });
    return [
      {
        area: 'recorder',
        measured: `recorder in front of an endpoint, ${connections} connections, 1.2 KB → 1 KB`,
        against: 'http-proxy 1.18.1 with kept connections, the same endpoint',
        ...atLeast(ratioOf(proxies.recorder, proxies.httpProxy), 1.3),
        detail: `${spread(proxies.recorder, 'requests/s')} against ${spread(proxies.httpProxy, 'requests/s')}`,
      },
      {
        area: 'recorder',
        measured: `handler wrapped in recordFlow, ${connections} connections`,
        against: 'the bare handler',
        ...atLeast(ratioOf(handlers.middleware, handlers.bare), 0.95),
        detail: `${spread(handlers.middleware, 'requests/s')} against ${spread(handlers.bare, 'requests/s')}`,
      },
    ];
  } finally {
    for (const child of running) child.kill('SIGKILL');
  }
}

/** The median of what each turn found, since both sides of a turn met the same machine. */
function ratioOf(ours: Samples, theirs: Samples): number {
  return samplesOf(ours.values.map((value, turn) => value / theirs.values[turn]!)).median;
}

function part(role: string, ...args: string[]): ChildProcess {
  return fork(join(__dirname, 'proxyParts.js'), [role, ...args], { execArgv: ['--no-deprecation'] });
}
