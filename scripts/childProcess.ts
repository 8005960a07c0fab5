import { execFile, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './root.ts';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program without showing its output. Resolves to what it wrote to stdout; rejects with what it wrote to stderr. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { ...options, maxBuffer: MAX_OUTPUT_BYTES });
  return stdout;
}

/**
 * Runs a script of the project under this Node, with its output on this terminal: at once, or (`held`) in one piece at its
 * end. Resolves to its exit code, which is 1 also after a signal or a timeout.
 */
export function runNode(
  args: readonly string[],
  { env, timeoutMs, held = false }: { env?: NodeJS.ProcessEnv; timeoutMs?: number; held?: boolean } = {},
): Promise<number> {
  const output = held ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, args, { cwd: ROOT, ...(env && { env }), stdio: ['ignore', output, output] });
  const pieces: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => pieces.push(piece));
  const timer =
    timeoutMs &&
    setTimeout(() => {
      console.error(`${args[0]} did not end within ${timeoutMs / 1000} s.`);
      child.kill('SIGKILL');
    }, timeoutMs);
  return new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  }).finally(() => {
    clearTimeout(timer);
    process.stdout.write(Buffer.concat(pieces));
  });
}

/** Runs npm with the Node that is running now, or with the one given, which then comes first in PATH too. */
export function npm(
  args: readonly string[],
  { cwd, nodeFolder, env }: { cwd: string; nodeFolder?: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const script = process.env.npm_execpath ?? '';
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd, env: npmEnvironment({ ...process.env, ...env }, nodeFolder) };
  if (script.endsWith('npm-cli.js')) {
    return run(nodeFolder ? `${nodeFolder}/node` : process.execPath, [script, ...quiet], options);
  }
  // Windows starts npm through a command file, which needs its shell.
  return process.platform === 'win32'
    ? run('cmd', ['/d', '/s', '/c', 'npm', ...quiet], options)
    : run('npm', quiet, options);
}

/** What an outer `npm run` leaves in the environment would make an inner npm work on the outer project. */
function npmEnvironment(env: NodeJS.ProcessEnv, nodeFolder: string | undefined): NodeJS.ProcessEnv {
  const outer = /^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^INIT_CWD$/;
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !outer.test(name)));
  const pathName = Object.keys(clean).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  if (nodeFolder) clean[pathName] = `${nodeFolder}${delimiter}${clean[pathName] ?? ''}`;
  return clean;
}
