/** Health windows: the intervals that each covers, the query for it, and the period it is compared with. */
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
import { indexFrom, intervalGrid } from './series';
import { defined } from '../util/defined';

/** Data are late when the newest are older than this. */
const lateAfterMs = 6 * hourMs;

export type IntervalGranularity = 'HOUR' | 'DAY';

/** The present by which intervals are finished: the server's clock where that stands still (demo data), else `now`. */
export function serverNow(info: ServerInfo | undefined, now: number): number {
  return info?.clock ?? now;
}

/** A server's clock, by which rows, dashboard and file cut the same period; a part with a default would mean another one. */
export interface ServerTime {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The zone in which days are cut. */
  readonly zone: string;
  /** See `isLive`. */
  readonly live: boolean;
}

/** The clock of the server that sent `info`; `now` is the computer's. */
export function serverTime(info: ServerInfo | undefined, now: number): ServerTime {
  return { now: serverNow(info, now), zone: info?.zone ?? metaZone, live: isLive(info) };
}

export interface WindowPlan {
  readonly window: HealthWindow;
  readonly granularity: IntervalGranularity;
  /** Number of intervals of the window. */
  readonly intervals: number;
  /** Asked as `since`, without `until`: covers the window and the period before it, where the API reaches. */
  readonly since: CalendarDate;
}

export const windowIntervals: Readonly<
  Record<HealthWindow, { readonly granularity: IntervalGranularity; readonly intervals: number }>
> = {
  '24h': { granularity: 'HOUR', intervals: 24 },
  '7d': { granularity: 'HOUR', intervals: 7 * 24 },
  '30d': { granularity: 'DAY', intervals: 30 },
};

export function isWindowPlan(value: unknown): value is WindowPlan {
  const { window, granularity, intervals, since } = objectOf(value) ?? {};
  if (!isHealthWindow(window) || typeof since !== 'string' || !isCalendarDate(since)) return false;
  const cut = windowIntervals[window];
  return granularity === cut.granularity && intervals === cut.intervals;
}

export function isHealthWindow(value: unknown): value is HealthWindow {
  return typeof value === 'string' && Object.hasOwn(windowIntervals, value);
}

/** The query by which the window can be judged and compared. */
export function planWindow(window: HealthWindow, now: number, zone: string): WindowPlan {
  const { granularity, intervals } = windowIntervals[window];
  return { window, granularity, intervals, since: sinceFor(granularity, intervals, now, zone) };
}

/** The oldest day that window and period before can need, one day earlier because the server's zone is uncertain. */
export function sinceFor(granularity: IntervalGranularity, intervals: number, now: number, zone: string): CalendarDate {
  const earliest = shiftIntervals(earliestEnd(granularity, now, zone), -2 * intervals, granularity, zone);
  const wanted = addDays(dateInZone(earliest, zone), -1);
  const oldest = oldestSince(granularity, dateInZone(now, zone));
  return oldest !== undefined && wanted < oldest ? oldest : wanted;
}

interface ResolvedWindow {
  readonly window: HealthWindow;
  readonly granularity: IntervalGranularity;
  readonly span: Span;
  /** As many intervals just before; each metric may or may not have all of them. */
  readonly before: Span;
  readonly dataUpTo?: number;
  /** True where the newest data end before the window does. */
  readonly late: boolean;
}

/** A meter knows all requests up to now, so windows end with its running interval; elsewhere that is still being counted. */
export function isLive(info: ServerInfo | undefined): boolean {
  return info?.store === 'meter';
}

/** The window over the series that were answered. */
export function resolveWindow(plan: WindowPlan, series: SeriesByMetric, time: ServerTime): ResolvedWindow {
  const { window, granularity, intervals } = plan;
  const { now, zone } = time;
  const { end, late } = windowEnd(series, granularity, time);
  const begin = shiftIntervals(end, -intervals, granularity, zone);
  const upTo = dataUpTo(series, zone, now);
  return {
    window,
    granularity,
    span: { begin, end },
    before: { begin: shiftIntervals(begin, -intervals, granularity, zone), end: begin },
    ...defined({ dataUpTo: upTo }),
    late,
  };
}

/** The newest three complete hours; undefined where the series are not hourly. */
export function recentSpan(series: SeriesByMetric, time: ServerTime): Span | undefined {
  if (!seriesList(series).some(({ granularity }) => granularity === 'HOUR')) return undefined;
  const { end } = windowEnd(series, 'HOUR', time);
  return { begin: end - 3 * hourMs, end };
}

/** True where every interval of the span has a point; errors need none where `counts` has one, since none occurred. */
export function hasEveryInterval(series: MetricSeries, span: Span, zone: string, counts?: MetricSeries): boolean {
  if (series.granularity === 'LIFETIME') return false;
  const both = series.metric === 'ENDPOINT_REQUEST_ERROR' && counts ? [series, counts] : [series];
  const { begins, ends } = intervalGrid(span, series.granularity, zone, both);
  return begins.every((begin, i) => both.some((one) => one.begins[indexFrom(one, begin)]! < ends[i]!));
}

/** End of the newest interval that has data, at most `now`; undefined without any. */
export function dataUpTo(series: SeriesByMetric, zone: string, now = Infinity): number | undefined {
  let newest: number | undefined;
  for (const { begins, granularity } of seriesList(series)) {
    const begin = begins.at(-1);
    if (begin === undefined || granularity === 'LIFETIME') continue;
    newest = Math.max(newest ?? -Infinity, intervalEnd(begin, granularity, zone));
  }
  return newest === undefined ? undefined : Math.min(newest, now);
}

/** Data reach to the moment of reading at the furthest, also where their newest interval ends later. */
export function readUpTo(
  upTo: number | undefined,
  fetchedAt: number | undefined,
  info: ServerInfo | undefined,
): number | undefined {
  return upTo === undefined || fetchedAt === undefined ? upTo : Math.min(upTo, serverNow(info, fetchedAt));
}

export function seriesList(series: SeriesByMetric): readonly MetricSeries[] {
  return Object.values(series);
}

/** The earliest end a window may have. */
function earliestEnd(granularity: IntervalGranularity, now: number, zone: string): number {
  return intervalBegin(now - lateAfterMs, granularity, zone);
}

/** End of the newest complete interval with data, at the earliest six hours before now. */
export function windowEnd(
  series: SeriesByMetric,
  granularity: IntervalGranularity,
  { now, zone, live }: ServerTime,
): { readonly end: number; readonly late: boolean } {
  if (live) return { end: intervalEnd(intervalBegin(now, granularity, zone), granularity, zone), late: false };
  const floor = earliestEnd(granularity, now, zone);
  let newest = -Infinity;
  for (const { begins, granularity: cut } of seriesList(series)) {
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
export function shiftIntervals(
  instant: number,
  intervals: number,
  granularity: IntervalGranularity,
  zone: string,
): number {
  if (granularity === 'HOUR') return instant + intervals * hourMs;
  return startOfDay(addDays(dateInZone(instant, zone), intervals), zone);
}

/** Length of a calendar day in hours: 23 or 25 where clocks change. */
export function dayHours(begin: number, zone: string): number {
  return (intervalEnd(begin, 'DAY', zone) - begin) / (dayMs / 24);
}
