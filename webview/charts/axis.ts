/** Scales and their ticks: round steps upwards, calendar steps along time. */
import { dateInZone } from '../../src/contract/calendar';
import type { Formats } from '../../src/presentation/formats';
import type { ChartData } from '../chartData';

export interface Scale {
  readonly step: number;
  readonly top: number;
}

/** The lowest round top at or above `max` with about `count` steps, each a round number times a power of ten. */
export function roundScale(max: number, count: number, steps: readonly number[] = [1, 2, 2.5, 5, 10]): Scale {
  if (max <= 0) return { step: 1, top: count };
  const candidates = [count, count + 1, count + 2].map((parts): Scale => {
    const power = 10 ** Math.floor(Math.log10(max / parts));
    const step = (steps.find((one) => one * power >= max / parts - 1e-12) ?? 10) * power;
    return { step, top: Math.ceil(max / step - 1e-9) * step };
  });
  return candidates.reduce((best, one) => (one.top < best.top - 1e-9 ? one : best));
}

/** Counts have whole steps. */
export function countScale(max: number, count: number): Scale {
  if (max <= count) return { step: 1, top: Math.max(1, Math.ceil(max)) };
  const scale = roundScale(max, count);
  if (Number.isInteger(scale.step)) return scale;
  return roundScale(max, count, [1, 2, 5, 10]);
}

/** From 0 to `top`, both included. */
export function ticksOf({ step, top }: Scale): number[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}

interface TimeTick {
  /** In intervals from the left end. */
  readonly at: number;
  readonly label: string;
}

/**
 * Labels under a time axis. Days: each Monday, up to two weeks each day. Hours: every sixth, of half a day each, midnights
 * with their date; beyond two days midnights only, beyond eight days Mondays only. `step` is one interval in pixels.
 */
export function timeTicks(
  { intervals, granularity, zone }: ChartData,
  formats: Formats,
  step: number,
  k: number,
): TimeTick[] {
  const apart = 52 * k;
  // The last label is centred and must not be cut off at the right end.
  const last = intervals.length * step - 16 * k;
  const ticks: TimeTick[] = [];
  let free = 0;
  intervals.forEach(({ begin }, i) => {
    const label = granularity === 'DAY' ? dayLabel(begin) : hourLabel(begin);
    // Midnight is an edge between days, not the middle of an hour.
    const at = granularity === 'HOUR' && intervals.length > 48 ? i : i + 0.5;
    const x = at * step;
    if (label === undefined || (ticks.length > 0 && x < free - 0.5) || x > last) return;
    ticks.push({ at, label });
    free = x + apart;
  });
  const [first] = intervals;
  if (ticks.length === 0 && first) {
    ticks.push({
      at: 0.5,
      label: granularity === 'DAY' ? formats.day(dateInZone(first.begin, zone)) : formats.clock(first.begin),
    });
  }
  return ticks;

  function dayLabel(begin: number): string | undefined {
    const date = dateInZone(begin, zone);
    const monday = new Date(`${date}T12:00:00Z`).getUTCDay() === 1;
    return intervals.length > 14 && !monday ? undefined : formats.day(date);
  }

  function hourLabel(begin: number): string | undefined {
    const local = new Date(begin);
    const hour = local.getHours();
    const every = intervals.length <= 12 ? 1 : 6;
    if (intervals.length <= 48) return hour % every ? undefined : hour ? formats.clock(begin) : formats.date(begin);
    if (hour !== 0) return undefined;
    return intervals.length > 192 && local.getDay() !== 1 ? undefined : formats.date(begin);
  }
}
