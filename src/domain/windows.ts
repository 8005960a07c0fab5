/** Which intervals a health window or a dashboard view covers, what to ask for it, and what it is compared with. */
import {
  addDays,
  dateInZone,
  dayMs,
  hourMs,
  intervalBegin,
  intervalEnd,
  isCalendarDate,
  metaZone,
  startOfDay,
  type CalendarDate,
} from '../contract/calendar';
import type { ServerInfo } from '../contract/client';
import { objectOf } from '../util/json';
import type { MetricSeries } from '../contract/metric';
import { oldestSince } from '../contract/query';
import type { HealthWindow, SeriesByMetric, Span } from './model';
import { slots } from './series';
import { defined } from '../util/defined';

/** Data are said to be late when the newest are older than this. */
export const lateAfterMs = 6 * hourMs;

export type Cut = 'HOUR' | 'DAY';

/** The clock by which intervals are finished or not: the server's, where it stands still. */
export function clockOf(info: ServerInfo | undefined, now: number): number {
  return info?.clock ?? now;
}

/**
 * By what a server's intervals are cut and finished. Whatever shows a period (rows, dashboard, file) goes by the same
 * one, made by `serverTime`; none of its parts has a default, because a part left out would mean another period.
 */
export interface ServerTime {
  /** The instant, in epoch milliseconds. */
  readonly now: number;
  /** The zone in which days are cut. */
  readonly zone: string;
  /** See `isLive`. */
  readonly live: boolean;
}

/** The time of the server that says this of itself; `now` is the computer's clock. */
export function serverTime(info: ServerInfo | undefined, now: number): ServerTime {
  return { now: clockOf(info, now), zone: info?.zone ?? metaZone, live: isLive(info) };
}

export interface WindowPlan {
  readonly window: HealthWindow;
  readonly granularity: Cut;
  /** Number of intervals of the window. */
  readonly intervals: number;
  /** Asked as `since`, without `until`: covers the window and the period before it, where the API reaches. */
  readonly since: CalendarDate;
}

export const windowCuts: Readonly<Record<HealthWindow, { readonly granularity: Cut; readonly intervals: number }>> = {
  '24h': { granularity: 'HOUR', intervals: 24 },
  '7d': { granularity: 'HOUR', intervals: 7 * 24 },
  '30d': { granularity: 'DAY', intervals: 30 },
};

/** Whether that is a plan as `planWindow` makes it. */
export function isWindowPlan(value: unknown): value is WindowPlan {
  const { window, granularity, intervals, since } = objectOf(value) ?? {};
  if (!isHealthWindow(window) || typeof since !== 'string' || !isCalendarDate(since)) return false;
  const cut = windowCuts[window];
  return granularity === cut.granularity && intervals === cut.intervals;
}

export function isHealthWindow(value: unknown): value is HealthWindow {
  return typeof value === 'string' && Object.hasOwn(windowCuts, value);
}

/** What to ask so that the window can be judged and compared. */
export function planWindow(window: HealthWindow, now: number, zone: string): WindowPlan {
  const { granularity, intervals } = windowCuts[window];
  return { window, granularity, intervals, since: sinceFor(granularity, intervals, now, zone) };
}

/** The oldest day that window and period before can need, one day earlier against doubt about the zone. */
export function sinceFor(granularity: Cut, intervals: number, now: number, zone: string): CalendarDate {
  const earliest = shift(floorEnd(granularity, now, zone), -2 * intervals, granularity, zone);
  const wanted = addDays(dateInZone(earliest, zone), -1);
  const oldest = oldestSince(granularity, dateInZone(now, zone));
  return oldest !== undefined && wanted < oldest ? oldest : wanted;
}

export interface ResolvedWindow {
  readonly window: HealthWindow;
  readonly granularity: Cut;
  readonly span: Span;
  /** As many intervals just before; whether it is whole is a question for each metric. */
  readonly before: Span;
  readonly dataUpTo?: number;
  /** True where the newest data end before the window does. */
  readonly late: boolean;
}

/**
 * A meter on one's own computer knows everything up to this moment, so its running interval is no less true than the
 * others: `live` lets windows end with it. Elsewhere the newest interval is still being counted.
 */
export function isLive(info: ServerInfo | undefined): boolean {
  return info?.store === 'meter';
}

/** Lays the window on what was answered. */
export function resolveWindow(plan: WindowPlan, series: SeriesByMetric, time: ServerTime): ResolvedWindow {
  const { window, granularity, intervals } = plan;
  const { now, zone } = time;
  const { end, late } = windowEnd(series, granularity, time);
  const begin = shift(end, -intervals, granularity, zone);
  const upTo = dataUpTo(series, zone, now);
  return {
    window,
    granularity,
    span: { begin, end },
    before: { begin: shift(begin, -intervals, granularity, zone), end: begin },
    ...defined({ dataUpTo: upTo }),
    late,
  };
}

/** The newest three complete hours; undefined where the series are not hourly. */
export function recentSpan(series: SeriesByMetric, time: ServerTime): Span | undefined {
  if (!all(series).some(({ granularity }) => granularity === 'HOUR')) return undefined;
  const { end } = windowEnd(series, 'HOUR', time);
  return { begin: end - 3 * hourMs, end };
}

/**
 * True where every interval of the span has a point. With `counts` given, an interval whose requests were counted
 * needs no point of errors: there were none. An error rate needs requests and errors and is asked of those.
 */
export function isWhole(series: MetricSeries, span: Span, zone: string, counts?: MetricSeries): boolean {
  if (series.granularity === 'LIFETIME') return false;
  const both = series.metric === 'ENDPOINT_REQUEST_ERROR' && counts ? [series, counts] : [series];
  const { begins, ends } = slots(span, series.granularity, zone, both);
  return begins.every((begin, i) => both.some((one) => hasPoint(one.begins, begin, ends[i]!)));
}

function hasPoint(points: Float64Array, begin: number, end: number): boolean {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]! < begin) low = middle + 1;
    else high = middle;
  }
  return low < points.length && points[low]! < end;
}

/** End of the newest interval that has data, at most `now`; undefined without any. */
export function dataUpTo(series: SeriesByMetric, zone: string, now = Infinity): number | undefined {
  let newest: number | undefined;
  for (const { begins, granularity } of all(series)) {
    const begin = begins.at(-1);
    if (begin === undefined || granularity === 'LIFETIME') continue;
    newest = Math.max(newest ?? -Infinity, intervalEnd(begin, granularity, zone));
  }
  return newest === undefined ? undefined : Math.min(newest, now);
}

export function all(series: SeriesByMetric): readonly MetricSeries[] {
  return Object.values(series);
}

/** The earliest end a window may have. */
function floorEnd(granularity: Cut, now: number, zone: string): number {
  return intervalBegin(now - lateAfterMs, granularity, zone);
}

/** End of the newest complete interval with data, at the earliest six hours before now. */
export function windowEnd(
  series: SeriesByMetric,
  granularity: Cut,
  { now, zone, live }: ServerTime,
): { readonly end: number; readonly late: boolean } {
  if (live) return { end: intervalEnd(intervalBegin(now, granularity, zone), granularity, zone), late: false };
  const floor = floorEnd(granularity, now, zone);
  let newest = -Infinity;
  for (const { begins, granularity: cut } of all(series)) {
    if (cut !== granularity) continue;
    for (let i = begins.length - 1; i >= 0; i--) {
      const end = intervalEnd(begins[i]!, granularity, zone);
      if (end > now) continue;
      newest = Math.max(newest, end);
      break;
    }
  }
  return { end: Math.max(floor, newest), late: newest !== -Infinity && newest < floor };
}

/** Moves the begin of an interval by whole intervals. */
export function shift(instant: number, intervals: number, granularity: Cut, zone: string): number {
  if (granularity === 'HOUR') return instant + intervals * hourMs;
  return startOfDay(addDays(dateInZone(instant, zone), intervals), zone);
}

/** How long a day of the API's calendar is, in hours: 23 or 25 where clocks change. */
export function dayHours(begin: number, zone: string): number {
  return (intervalEnd(begin, 'DAY', zone) - begin) / (dayMs / 24);
}
