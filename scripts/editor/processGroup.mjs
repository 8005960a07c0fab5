import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

/**
 * @typedef {object} ProcessGroup
 * @property {() => boolean} running
 * @property {Promise<void>} ended
 * @property {() => Promise<void>} stop ends every process of the group and waits until they are gone
 */

const GUARD = join(fileURLToPath(new URL('.', import.meta.url)), 'guard.mjs');

/**
 * Starts a program in a process group of its own that ends with this process at the latest.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, logFile: string }} options
 * @returns {ProcessGroup}
 */
export function startGroup(command, args, { env, logFile }) {
  const log = openSync(logFile, 'a');
  const guard = spawn(process.execPath, [GUARD, command, ...args], {
    env,
    detached: process.platform !== 'win32',
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const lifeline = /** @type {import('node:net').Socket} */ (guard.stdin);
  // The guard may be gone before its stdin is closed.
  lifeline.on('error', () => {});
  const pid = guard.pid;
  /** @type {Promise<void>} */
  const ended = new Promise((done) => {
    guard.once('exit', () => done());
    guard.once('error', () => done());
  });
  const running = () => guard.exitCode === null && guard.signalCode === null;

  /** @type {Promise<void> | undefined} */
  let stopping;

  async function endGroup() {
    if (pid === undefined) {
      return;
    }
    signal(pid, 'SIGTERM');
    if (!(await until(() => !alive(pid), { timeoutMs: 5_000 }))) {
      signal(pid, 'SIGKILL');
      await until(() => !alive(pid), { timeoutMs: 5_000 });
    }
    lifeline.destroy();
  }

  // Once the group is gone its number may be another's.
  const stop = () => (stopping ??= endGroup());
  return { running, ended, stop };
}

/**
 * @param {number} pid the group's leader
 * @param {NodeJS.Signals | 0} name
 * @returns {boolean} false where nothing of the group is left
 */
function signal(pid, name) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, name);
    return true;
  } catch {
    return false;
  }
}

/** @param {number} pid */
function alive(pid) {
  return signal(pid, 0);
}
