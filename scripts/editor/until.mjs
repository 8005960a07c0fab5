import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * Asks again and again until the answer is yes.
 *
 * @param {() => boolean | Promise<boolean>} condition
 * @param {{ timeoutMs: number }} options
 * @returns {Promise<boolean>} false when the time ran out first
 */
export async function until(condition, { timeoutMs }) {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      return false;
    }
    await sleep(POLL_MS);
  }
  return true;
}
