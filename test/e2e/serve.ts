/** The server of the API on a command line, as somebody else's program. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ServeOptions {
  /** The command line; the one in `dist` unless told otherwise. */
  readonly program?: string;
  /** The demo's, unless a meter's file is named. */
  readonly store?: string;
  /** The one in `url` of an earlier one, to come back at the same address. */
  readonly port?: number;
  readonly token: string;
  readonly expiredToken?: string;
  readonly rateLimit?: number;
  /** Where the clock stands still. */
  readonly clock?: string;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function serve(options: ServeOptions): Promise<Served> {
  const {
    program = path.join('dist', 'flowmeter.js'),
    store,
    port = 0,
    token,
    expiredToken,
    rateLimit,
    clock,
  } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-serve-'));
  const tokenFile = path.join(folder, 'token');
  const expiredFile = path.join(folder, 'expired');
  await writeFile(tokenFile, token, { mode: 0o600 });
  if (expiredToken !== undefined) await writeFile(expiredFile, expiredToken, { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [
      ...[program, 'serve', '--port', String(port), '--token-file', tokenFile],
      ...(store === undefined ? [] : ['--store', store]),
      ...(expiredToken === undefined ? [] : ['--expired-token-file', expiredFile]),
      ...(rateLimit === undefined ? [] : ['--rate-limit', String(rateLimit)]),
      ...(clock === undefined ? [] : ['--clock', clock]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await address(child);
  return {
    url,
    port: Number(new URL(url).port),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function address(child: ChildProcess): Promise<string> {
  let out = '';
  for await (const chunk of child.stdout!) {
    out += String(chunk);
    const url = /^listening on (\S+)$/m.exec(out)?.[1];
    if (url) return url;
  }
  throw new Error(`The server ended without an address: ${out}`);
}
