import { type Granularity, granularityOf } from '../contract/metric';
import { type CalendarDate, isCalendarDate, dateInZone, addDays, daysBetween, startOfDay } from '../contract/calendar';
import type { ServerInfo } from '../contract/client';
import {
  serverNow,
  sinceFor,
  type IntervalGranularity,
  type ServerTime,
  seriesList,
  windowEnd,
  shiftIntervals,
  windowIntervals,
} from './windows';
import { oldestSince } from '../contract/query';
import type { Span, SeriesByMetric, HealthWindow } from './model';
import { intervalGrid } from './series';

/** Preset spans of the dashboard; `custom` has its own dates, `all` belongs to LIFETIME. */
const panelRanges = ['24h', '7d', '30d', '90d', 'custom', 'all'] as const;

export type PanelRange = (typeof panelRanges)[number];

/** The view of a dashboard; the only thing the page keeps over a reload. */
export interface PanelView {
  readonly granularity: Granularity;
  readonly range: PanelRange;
  /** First and last day (inclusive) in the server's zone, for `custom`. */
  readonly from?: CalendarDate;
  readonly to?: CalendarDate;
}

/** A view from outside (a message, or what VS Code kept over a reload); undefined where it makes no sense. */
export function parsePanelView(value: unknown): PanelView | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { granularity, range, from, to } = value as Record<string, unknown>;
  const checkedGranularity = typeof granularity === 'string' ? granularityOf(granularity) : undefined;
  const checkedRange = panelRanges.find((known) => known === range);
  if (!checkedGranularity || !checkedRange) return undefined;
  if ((checkedGranularity === 'LIFETIME') !== (checkedRange === 'all')) return undefined;
  if (checkedRange !== 'custom') return { granularity: checkedGranularity, range: checkedRange };
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  if (!isCalendarDate(from) || !isCalendarDate(to) || from > to) return undefined;
  return { granularity: checkedGranularity, range: checkedRange, from, to };
}

export function sameView(a: PanelView, b: PanelView): boolean {
  return a.granularity === b.granularity && a.range === b.range && a.from === b.from && a.to === b.to;
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

/** The query for a view: its period and the one before it, where the API reaches. */
export function planView(view: PanelView, now: number, zone: string, info?: ServerInfo): ViewPlan {
  const { granularity } = view;
  if (granularity === 'LIFETIME') return { granularity };
  const clock = serverNow(info, now);
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
  granularity: IntervalGranularity,
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

/** The view over the series that were answered. */
export function resolveView(view: PanelView, plan: ViewPlan, series: SeriesByMetric, time: ServerTime): ResolvedView {
  const { now, zone } = time;
  const today = dateInZone(now, zone);
  if (view.granularity === 'LIFETIME') {
    const begin = seriesList(series)
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
    const begin = Math.max(reach, shiftIntervals(newestEnd, -intervals, cut, zone));
    const earlier = shiftIntervals(begin, -intervals, cut, zone);
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
  const length = intervalGrid({ begin, end: complete }, cut, zone).begins.length;
  const earlier = shiftIntervals(begin, -length, cut, zone);
  return {
    period: { begin, end: complete },
    ...(earlier >= reach ? { before: { begin: earlier, end: begin } } : {}),
    dates,
  };
}

/** The query for a live view's percentiles in milliseconds. They are made of whole days, so the first may be too long. */
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
  return { granularity: windowIntervals[window].granularity, range: window };
}
