import { dayMs } from '../contract/calendar';
import { MeterError } from './meterStore';

/** Events may be as much ahead of the meter's clock, since those of other computers come by their own. */
const aheadMs = dayMs;

/** Which times a store takes: not before figures are kept, and not after what other clocks may be ahead. */
export class TimeLimits {
  constructor(
    private readonly retentionDays: number,
    private readonly now: () => number,
  ) {}

  readonly includes = ({ time }: { readonly time: number }): boolean =>
    time >= this.now() - this.retentionDays * dayMs && time <= this.now() + aheadMs;

  /** Throws a `MeterError` for the first event, or the mark, that cannot be taken. */
  check(events: readonly { readonly time: number }[]): void {
    const index = events.findIndex((event) => !this.includes(event));
    if (index < 0) return;
    const present = this.now();
    const oldest = present - this.retentionDays * dayMs;
    const { time } = events[index]!;
    throw new MeterError(
      'refused',
      time > present
        ? `"time" lies in the future (${isoOf(time)}): at most 24 hours after the meter's clock, now ${isoOf(present)}, are allowed.`
        : `"time" is too old (${isoOf(time)}): figures are kept for ${this.retentionDays} days, so nothing before ${isoOf(oldest)} is taken.`,
      index,
    );
  }
}

function isoOf(instant: number): string {
  return Number.isFinite(instant) && Math.abs(instant) <= 8.64e15 ? new Date(instant).toISOString() : String(instant);
}
