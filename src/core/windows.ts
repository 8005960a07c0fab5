/** Which intervals a health window or a dashboard view covers, what to ask for it, and what it is compared with. */
import {
  addDays,
  dateInZone,
  dayMs,
  daysBetween,
  hourMs,
  intervalBegin,
  intervalEnd,
  isCalendarDate,
  metaZone,
  startOfDay,
  type CalendarDate,
} from '../contract/calendar';
import type { ServerInfo } from '../contract/client';
import { objectOf } from '../contract/json';
import type { Granularity, MetricSeries } from '../contract/metric';
import type { PanelRange, PanelView } from '../contract/panel';
import { oldestSince } from '../contract/query';
import type { HealthWindow, SeriesByMetric, Span } from './model';
import { slots } from './series';

/** Data are said to be late when the newest are older than this. */
export const lateAfterMs = 6 * hourMs;

type Cut = 'HOUR' | 'DAY';

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

const windowCuts: Readonly<Record<HealthWindow, { readonly granularity: Cut; readonly intervals: number }>> = {
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
function sinceFor(granularity: Cut, intervals: number, now: number, zone: string): CalendarDate {
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
    ...(upTo === undefined ? {} : { dataUpTo: upTo }),
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

function all(series: SeriesByMetric): readonly MetricSeries[] {
  return Object.values(series);
}

/** The earliest end a window may have. */
function floorEnd(granularity: Cut, now: number, zone: string): number {
  return intervalBegin(now - lateAfterMs, granularity, zone);
}

/** End of the newest complete interval with data, at the earliest six hours before now. */
function windowEnd(
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
function shift(instant: number, intervals: number, granularity: Cut, zone: string): number {
  if (granularity === 'HOUR') return instant + intervals * hourMs;
  return startOfDay(addDays(dateInZone(instant, zone), intervals), zone);
}

export interface ViewPlan {
  readonly granularity: Granularity;
  readonly since?: CalendarDate;
  readonly until?: CalendarDate;
}

/** How many intervals a preset range has; undefined for `custom` and `all`. */
function presetIntervals(view: PanelView): number | undefined {
  const days = rangeDays[view.range];
  return days === undefined ? undefined : view.granularity === 'HOUR' ? days * 24 : days;
}

const rangeDays: Readonly<Record<PanelRange, number | undefined>> = {
  '24h': 1,
  '7d': 7,
  '30d': 30,
  '90d': 90,
  custom: undefined,
  all: undefined,
};

/** What to ask for a view: its period and the one before it, where the API reaches. */
export function planView(view: PanelView, now: number, zone: string, info?: ServerInfo): ViewPlan {
  const { granularity } = view;
  if (granularity === 'LIFETIME') return { granularity };
  const clock = clockOf(info, now);
  const intervals = presetIntervals(view);
  if (intervals !== undefined) return { granularity, since: sinceFor(granularity, intervals, clock, zone) };
  const today = dateInZone(clock, zone);
  const { from, to } = customDates(view, today);
  const oldest = oldestSince(granularity, today)!;
  const wanted = addDays(from, -(daysBetween(from, to) + 1));
  return {
    granularity,
    since: wanted < oldest ? oldest : wanted,
    ...(to < today ? { until: addDays(to, 1) } : {}),
  };
}

/** The dates of a custom view within what the granularity allows. */
function customDates(view: PanelView, today: CalendarDate): { readonly from: CalendarDate; readonly to: CalendarDate } {
  const { min, max } = dateLimits(view.granularity === 'HOUR' ? 'HOUR' : 'DAY', today);
  const clamp = (date: CalendarDate): CalendarDate => (date < min ? min : date > max ? max : date);
  return { from: clamp(view.from ?? max), to: clamp(view.to ?? max) };
}

/** The first and last day that a person may pick. */
export function dateLimits(
  granularity: Cut,
  today: CalendarDate,
): { readonly min: CalendarDate; readonly max: CalendarDate } {
  return { min: oldestSince(granularity, today)!, max: today };
}

export interface ResolvedView {
  /** Complete intervals; absent for LIFETIME without data. */
  readonly period?: Span;
  /** The same length just before; absent where the API does not reach so far back. */
  readonly before?: Span;
  /** First and last day of the period, inclusive, for the date inputs. */
  readonly dates: { readonly from: CalendarDate; readonly to: CalendarDate };
}

/** Lays the view on what was answered. */
export function resolveView(view: PanelView, plan: ViewPlan, series: SeriesByMetric, time: ServerTime): ResolvedView {
  const { now, zone } = time;
  const today = dateInZone(now, zone);
  if (view.granularity === 'LIFETIME') {
    const begin = all(series)
      .filter(({ granularity }) => granularity === 'LIFETIME')
      .reduce((first, { begins }) => Math.min(first, begins[0] ?? Infinity), Infinity);
    if (begin === Infinity) return { dates: { from: today, to: today } };
    return { period: { begin, end: Math.max(now, begin + 1) }, dates: { from: dateInZone(begin, zone), to: today } };
  }
  const cut = view.granularity;
  const reach = plan.since === undefined ? -Infinity : startOfDay(plan.since, zone);
  const { end: newestEnd } = windowEnd(series, cut, time);
  const intervals = presetIntervals(view);
  if (intervals !== undefined) {
    const begin = Math.max(reach, shift(newestEnd, -intervals, cut, zone));
    const earlier = shift(begin, -intervals, cut, zone);
    return {
      period: { begin, end: newestEnd },
      ...(earlier >= reach ? { before: { begin: earlier, end: begin } } : {}),
      dates: { from: dateInZone(begin, zone), to: dateInZone(Math.min(newestEnd - 1, now), zone) },
    };
  }
  const dates = customDates(view, today);
  const begin = startOfDay(dates.from, zone);
  const dayAfter = startOfDay(addDays(dates.to, 1), zone);
  // Where nothing in the chosen days is complete yet, the running interval is all there is to show.
  const complete = Math.min(dayAfter, newestEnd);
  if (complete <= begin) return { period: { begin, end: dayAfter }, dates };
  const length = slots({ begin, end: complete }, cut, zone).begins.length;
  const earlier = shift(begin, -length, cut, zone);
  return {
    period: { begin, end: complete },
    ...(earlier >= reach ? { before: { begin: earlier, end: begin } } : {}),
    dates,
  };
}

/** What to ask for a live view's percentiles in milliseconds: they are made of whole days, so the first may be too long. */
export function millisecondsOf(
  view: PanelView,
  time: ServerTime,
): { readonly granularity: Granularity; readonly since?: CalendarDate; readonly until?: CalendarDate } {
  const { granularity } = view;
  if (granularity === 'LIFETIME') return { granularity };
  const { now, zone } = time;
  const { from, to } = resolveView(view, planView(view, now, zone), {}, time).dates;
  return { granularity, since: from, ...(to < dateInZone(now, zone) ? { until: addDays(to, 1) } : {}) };
}

/** The view after a person picks a range: 24 hours are shown by hour, 90 days by day. */
export function withRange(view: PanelView, range: Exclude<PanelRange, 'custom' | 'all'>): PanelView {
  const granularity =
    range === '24h' ? 'HOUR' : range === '90d' || view.granularity === 'LIFETIME' ? 'DAY' : view.granularity;
  return { granularity, range };
}

/** The view after a person picks a granularity: hours reach back 30 days at most, days begin at a week. */
export function withGranularity(view: PanelView, granularity: Granularity, today: CalendarDate): PanelView {
  if (granularity === 'LIFETIME') return { granularity, range: 'all' };
  if (view.range === 'all') return { granularity, range: granularity === 'HOUR' ? '24h' : '30d' };
  if (granularity === 'DAY') return { ...view, granularity, range: view.range === '24h' ? '7d' : view.range };
  if (view.range === '90d') return { granularity, range: '30d' };
  return view.range === 'custom'
    ? { ...view, granularity, ...customDates({ ...view, granularity }, today) }
    : { ...view, granularity };
}

/** The view that shows exactly a health window. */
export function viewOfWindow(window: HealthWindow): PanelView {
  return { granularity: windowCuts[window].granularity, range: window };
}

/** How long a day of the API's calendar is, in hours: 23 or 25 where clocks change. */
export function dayHours(begin: number, zone: string): number {
  return (intervalEnd(begin, 'DAY', zone) - begin) / (dayMs / 24);
}
