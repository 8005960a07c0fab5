/** The same span before and after an instant, in whole intervals. */
import type { Span } from './model';
import type { IntervalGrid } from './series';

export interface Sides {
  readonly before: Span;
  readonly after: Span;
  /** How many intervals each of them has. */
  readonly count: number;
  /** The interval in which the instant lies, which belongs to neither; absent where the instant is a border. */
  readonly between?: Span;
  /** Where the intervals end, if each side has fewer than asked for. */
  readonly shortOf?: 'before' | 'after';
}

/** As many intervals on one side as on the other, `most` at most; undefined where there is none on a side. */
export function sidesOf(instant: number, { begins, ends }: IntervalGrid, most: number): Sides | undefined {
  const first = begins.findIndex((begin) => begin >= instant);
  const next = first < 0 ? begins.length : first;
  const previous = next > 0 && ends[next - 1]! > instant ? next - 1 : next;
  const count = Math.min(most, previous, begins.length - next);
  if (count < 1) return undefined;
  const span = (from: number, to: number): Span => ({ begin: begins[from]!, end: ends[to - 1]! });
  return {
    before: span(previous - count, previous),
    after: span(next, next + count),
    count,
    ...(previous < next ? { between: span(previous, next) } : {}),
    ...(count < most ? { shortOf: previous === count ? 'before' : 'after' } : {}),
  };
}
