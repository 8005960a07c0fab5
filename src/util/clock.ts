/** Two readings of time, handed in so that tests move them by hand. */
export interface Clock {
  /**
   * Epoch milliseconds by the computer's clock, which people and time servers set: for stamps that a person reads or
   * another process compares.
   */
  now(): number;
  /**
   * Milliseconds that have passed since any moment, sleep included; never goes back. For every interval: one that is
   * taken from `now` would be hours too long after the clock was set back. May be left out where `now` is never set.
   */
  elapsed?(): number;
}

export function elapsedBy(clock: Clock): number {
  return clock.elapsed ? clock.elapsed() : clock.now();
}

/** Two readings may differ by so much without a sleep between them. */
const toleranceMs = 1_000;

/**
 * Time that goes on as `monotonic` does. That stands still on most systems while the computer sleeps, so that what the
 * wall clock is ahead by counts as time asleep; being set forward looks the same. Being set back changes nothing.
 */
export function steadyTime(now: () => number, monotonic: () => number): () => number {
  let slept = 0;
  let lastNow = now();
  let last = monotonic();
  return () => {
    const [present, passed] = [now(), monotonic()];
    const ahead = present - lastNow - (passed - last);
    if (ahead > toleranceMs) slept += ahead;
    lastNow = present;
    last = passed;
    return passed + slept;
  };
}

/** The computer's own clock. */
export const computerClock: Required<Clock> = {
  now: () => Date.now(),
  elapsed: steadyTime(
    () => Date.now(),
    () => performance.now(),
  ),
};

/** Time as state sees it, handed in so that tests move it by hand. */
export interface SchedulingClock extends Clock {
  /** Calls back once after that many milliseconds; the function that is returned calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: SchedulingClock = {
  ...computerClock,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
