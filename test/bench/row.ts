/** One line of the bench's table, and what a group of lines is given. */

export interface Row {
  /** What it is about: `refresh`, `parser`, `charts`, … */
  readonly area: string;
  /** What of Flowmeter was measured, with its size: `1000 flows × 5 metrics, batch`. */
  readonly measured: string;
  /** What a user would otherwise have, measured in the same run. */
  readonly against: string;
  /** As `mark` reads it: speed-ups are above 1, shares of time or memory below. */
  readonly ratio: number;
  /** What to reach: `≥ 34×`, `≤ 0.45×`. */
  readonly mark: string;
  readonly reached: boolean;
  /** The medians with their spread, in units, and whatever was left out or estimated. */
  readonly detail: string;
}

export interface BenchRun {
  /** Fewer repetitions and sizes, so that all groups together take less than two minutes in place of ten. */
  readonly quick: boolean;
  /** Prints a line that belongs to no row, such as a point of a cost curve. */
  readonly note: (line: string) => void;
}

/** Runs in a process of its own, started with --expose-gc. One that throws fails alone. */
export type Group = (run: BenchRun) => Promise<readonly Row[]>;

/** `mark` and `reached` of a ratio that shall not be smaller. */
export function atLeast(ratio: number, limit: number): Pick<Row, 'ratio' | 'mark' | 'reached'> {
  return { ratio, mark: `≥ ${limit}×`, reached: ratio >= limit };
}

/** `mark` and `reached` of a ratio that shall not be greater. */
export function atMost(ratio: number, limit: number): Pick<Row, 'ratio' | 'mark' | 'reached'> {
  return { ratio, mark: `≤ ${limit}×`, reached: ratio <= limit };
}
