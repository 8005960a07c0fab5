import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Polls the condition until it holds. False when the time ran out first. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
