/** A clock for deciding what is old: what is deleted because a computer's clock was wrong for a while is gone for good. */

interface ClockSource {
  /** Epoch milliseconds by the system's clock, which may jump. */
  readonly now: () => number;
  /** Milliseconds that have passed since any moment; never jumps. */
  readonly elapsed: () => number;
}

/** A jump is followed once the clock has kept its new course for so long. */
const settleMs = 3_600_000;
/** Clocks may drift, or be set right, by so much without a jump. */
const toleranceMs = 60_000;

/** The clock gives whole epoch milliseconds. */
export function retentionClock({ now, elapsed }: ClockSource): () => number {
  /** `now` less `elapsed`: the same as long as the clock does not jump. */
  let course = now() - elapsed();
  let trusted = course;
  let since = elapsed();
  return () => {
    const passed = elapsed();
    const present = now() - passed;
    if (Math.abs(present - course) > toleranceMs) since = passed;
    course = present;
    if (Math.abs(course - trusted) <= toleranceMs || passed - since >= settleMs) trusted = course;
    return Math.round(trusted + passed);
  };
}
