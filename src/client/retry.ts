/** Attempts with pauses between them, and turns of the event loop. */
import { setImmediate as nextRound, setTimeout as wait } from 'node:timers/promises';
import { MetricsError } from '../contract/errors';
import { cancelledError } from './clientErrors';

/** Longest pause before the second attempt, in milliseconds; it doubles with each further one. */
const firstPauseMs = 1000;

/** Waits so many milliseconds, or until the signal aborts (then it rejects). */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const realSleep: Sleep = (ms, signal) => wait(ms, undefined, { signal });

interface RetryRules {
  /** Attempts in all. */
  readonly attempts: number;
  /** Attempts that were made already, elsewhere; the first one here then comes after a pause. */
  readonly made: number;
  /** 0 to 1, exclusive: full jitter spreads the attempts of many clients. */
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly signal: AbortSignal;
  /** False where nothing more shall be sent, whatever the error. */
  readonly goesOn: () => boolean;
}

/** Calls `attempt` again while it fails with a transient error. Only for requests that change nothing. */
export async function withRetries<T>(attempt: () => Promise<T>, rules: RetryRules): Promise<T> {
  for (let { made } = rules; ;) {
    if (made > 0 && rules.goesOn()) await pause(rules.random() * firstPauseMs * 2 ** (made - 1), rules);
    try {
      return await attempt();
    } catch (error) {
      const transient = error instanceof MetricsError && error.details.transient === true;
      if (!transient || ++made >= rules.attempts || !rules.goesOn()) throw error;
    }
  }
}

/** Sleeps so many milliseconds; rejects with `cancelled` when the signal aborts. */
export async function pause(ms: number, { sleep, signal }: Pick<RetryRules, 'sleep' | 'signal'>): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    throw signal.aborted ? cancelledError() : error;
  }
}

/** Hands out one turn in each round of the event loop: answers that came together are not worked on in one go. */
export function createTurns(): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => (last = last.then(() => nextRound()));
}
