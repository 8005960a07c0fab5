import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

/**
 * Runs a program to its end without showing its output. Fails with the last lines of that output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} what it wrote to stdout
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    all += text;
  });
  const code = await ended(child);
  if (code !== 0) {
    const tail = all.trimEnd().split('\n').slice(-30).join('\n');
    throw new Error(`${command} ${args.slice(0, 4).join(' ')} ended with code ${code}\n${tail}`);
  }
  return stdout;
}

/**
 * Runs a program with its output on this terminal: at once, or held until the program has ended, for programs that run
 * side by side.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, held?: boolean }} [options]
 * @returns {Promise<number>} its exit code; 1 also when its time ran out
 */
export async function runShown(command, args, { timeoutMs, held = false, ...options } = {}) {
  const output = held ? 'pipe' : 'inherit';
  const child = spawn(command, args, { ...options, stdio: ['ignore', output, output] });
  /** @type {Buffer[]} */
  const pieces = [];
  child.stdout?.on('data', (piece) => pieces.push(piece));
  child.stderr?.on('data', (piece) => pieces.push(piece));
  const timer = setTimeout(
    () => {
      console.error(`${args[0]} did not end within ${(timeoutMs ?? 0) / 1000} s.`);
      child.kill('SIGKILL');
    },
    timeoutMs ?? 2 ** 31 - 1,
  );
  return ended(child).finally(() => {
    clearTimeout(timer);
    process.stdout.write(Buffer.concat(pieces));
  });
}

/**
 * Runs npm with the Node that is running now, or with the one given first in PATH.
 *
 * @param {readonly string[]} args
 * @param {{ cwd: string, nodeFolder?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>}
 */
export async function npm(args, { cwd, nodeFolder, env = {} }) {
  const clean = npmEnvironment({ ...process.env, ...env }, nodeFolder);
  const own = process.env['npm_execpath'] ?? '';
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  if (own.endsWith('npm-cli.js')) {
    return run(nodeFolder ? `${nodeFolder}/node` : process.execPath, [own, ...quiet], { cwd, env: clean });
  }
  // Windows starts npm through a command file, which needs its shell.
  return process.platform === 'win32'
    ? run('cmd', ['/d', '/s', '/c', 'npm', ...quiet], { cwd, env: clean })
    : run('npm', quiet, { cwd, env: clean });
}

/**
 * What an outer `npm run` leaves in the environment would make an inner npm work on the outer project.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string | undefined} nodeFolder
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnvironment(env, nodeFolder) {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^INIT_CWD$/.test(name),
  );
  const clean = Object.fromEntries(kept);
  const pathName = Object.keys(clean).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  if (nodeFolder) {
    clean[pathName] = `${nodeFolder}${delimiter}${clean[pathName] ?? ''}`;
  }
  return clean;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>} 1 also for a program that a signal ended
 */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
