import { type Granularity, granularityOf } from '../contract/metric';
import {
  type CalendarDate,
  isCalendarDate,
  isInstant,
  dayMs,
  isZone,
  dateInZone,
  addDays,
  daysBetween,
  startOfDay,
  intervalBegin,
  intervalEnd,
} from '../contract/calendar';
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
const panelRanges = ['24h', '7d', '30d', '90d', '180d', '1y', 'custom', 'all'] as const;

export type PanelRange = (typeof panelRanges)[number];

/** The view of a dashboard; the only thing the page keeps over a reload. */
export interface PanelView {
  readonly granularity: Granularity;
  readonly range: PanelRange;
  /** First and last day (inclusive), for `custom`. */
  readonly from?: CalendarDate;
  readonly to?: CalendarDate;
  /** By hour, whose days these are: a person reads hours by their own clock. By day they are the server's. */
  readonly zone?: string;
}

/** A view from outside (a message, or what VS Code kept over a reload); undefined where it makes no sense. */
export function parsePanelView(value: unknown): PanelView | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { granularity, range, from, to, zone } = value as Record<string, unknown>;
  const checkedGranularity = typeof granularity === 'string' ? granularityOf(granularity) : undefined;
  const checkedRange = panelRanges.find((known) => known === range);
  if (!checkedGranularity || !checkedRange) return undefined;
  if ((checkedGranularity === 'LIFETIME') !== (checkedRange === 'all')) return undefined;
  if (checkedRange !== 'custom') return { granularity: checkedGranularity, range: checkedRange };
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  if (!isCalendarDate(from) || !isCalendarDate(to) || from > to) return undefined;
  const dates = { granularity: checkedGranularity, range: checkedRange, from, to };
  if (checkedGranularity === 'DAY') return dates;
  return typeof zone === 'string' && isZone(zone) ? { ...dates, zone } : undefined;
}

/** A span from outside, likewise. */
export function isSpan(value: unknown): value is Span {
  const { begin, end } = (value ?? {}) as Partial<Record<keyof Span, unknown>>;
  return isInstant(begin) && isInstant(end) && begin < end;
}

export function sameView(a: PanelView, b: PanelView): boolean {
  return (['granularity', 'range', 'from', 'to', 'zone'] as const).every((key) => a[key] === b[key]);
}

export interface ViewPlan {
  readonly granularity: Granularity;
  readonly since?: CalendarDate;
  readonly until?: CalendarDate;
  /** Begin of the oldest day that is kept, where days before `since` are shown. */
  readonly keptFrom?: number;
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
  '180d': 180,
  '1y': 365,
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
  const { from, to, end, own } = customDays(view, clock, zone);
  const oldest = oldestSince(granularity, today)!;
  const wanted = dateInZone(startOfDay(addDays(from, -(daysBetween(from, to) + 1)), own), zone);
  const last = dateInZone(end - 1, zone);
  return {
    granularity,
    since: wanted < oldest ? oldest : wanted,
    ...(last < today ? { until: addDays(last, 1) } : {}),
  };
}

/** The days of a custom view within what the granularity allows, in the zone of their own. */
function customDays(
  view: PanelView,
  now: number,
  zone: string,
  keptFrom = Infinity,
): PeriodDates & { readonly end: number; own: string } {
  const cut = view.granularity === 'HOUR' ? 'HOUR' : 'DAY';
  const own = cut === 'HOUR' ? (view.zone ?? zone) : zone;
  const limits = dateLimits(cut, now, zone, own);
  const kept = keptFrom === Infinity ? limits.min : dateInZone(keptFrom, own);
  const dates = within(view, { ...limits, min: kept < limits.min ? kept : limits.min });
  return { ...dates, end: startOfDay(addDays(dates.to, 1), own), own };
}

export interface DateLimits {
  readonly min: CalendarDate;
  readonly max: CalendarDate;
}

function within({ from, to }: PanelView, { min, max }: DateLimits): PeriodDates {
  const clamp = (date: CalendarDate): CalendarDate => (date < min ? min : date > max ? max : date);
  return { from: clamp(from ?? max), to: clamp(to ?? max) };
}

/** The first and last day that a person may pick, in a zone of their own by hour: the first may be cut by the API's reach. */
export function dateLimits(granularity: IntervalGranularity, now: number, zone: string, own = zone): DateLimits {
  const oldest = startOfDay(oldestSince(granularity, dateInZone(now, zone))!, zone);
  return { min: dateInZone(oldest, own), max: dateInZone(now, own) };
}

/** First and last day of a period, inclusive. */
export interface PeriodDates {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
}

export interface ResolvedView {
  /** Complete intervals; absent for LIFETIME without data. */
  readonly period?: Span;
  /** The same length just before; absent where the API does not reach so far back. */
  readonly before?: Span;
  /** Nothing that begins from then on is shown, though it may have been answered: the end of the days that were chosen. */
  readonly shownUntil?: number;
  /** First and last day, inclusive, for the date inputs. */
  readonly dates: PeriodDates;
}

/** The view over the series that were answered; `own` is the zone by which a person reads hours. */
export function resolveView(
  view: PanelView,
  plan: ViewPlan,
  series: SeriesByMetric,
  time: ServerTime,
  own = time.zone,
): ResolvedView {
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
  const reach = plan.keptFrom ?? (plan.since === undefined ? -Infinity : startOfDay(plan.since, zone));
  const { end: newestEnd } = windowEnd(series, cut, time);
  const intervals = presetIntervals(view);
  if (intervals !== undefined) {
    const begin = Math.max(reach, shiftIntervals(newestEnd, -intervals, cut, zone));
    const earlier = shiftIntervals(begin, -intervals, cut, zone);
    return {
      period: { begin, end: newestEnd },
      ...(earlier >= reach ? { before: { begin: earlier, end: begin } } : {}),
      dates: datesOf({ begin, end: Math.min(newestEnd, now + 1) }, cut === 'HOUR' ? own : zone),
    };
  }
  const { from, to, end: shownUntil, own: zoneOfDays } = customDays(view, now, zone, plan.keptFrom);
  const dates = { from, to };
  const begin = Math.max(reach, startOfDay(from, zoneOfDays));
  // Where nothing in the chosen days is complete yet, the running interval is all there is to show.
  const complete = Math.min(shownUntil, newestEnd);
  if (complete <= begin) {
    const running = intervalEnd(intervalBegin(now, cut, zone), cut, zone);
    return { period: { begin, end: Math.min(shownUntil, running) }, shownUntil, dates };
  }
  const length = intervalGrid({ begin, end: complete }, cut, zone).begins.length;
  const earlier = shiftIntervals(begin, -length, cut, zone);
  return {
    period: { begin, end: complete },
    ...(earlier >= reach ? { before: { begin: earlier, end: begin } } : {}),
    shownUntil,
    dates,
  };
}

/** First and last day of a span. */
export function datesOf({ begin, end }: Span, zone: string): PeriodDates {
  return { from: dateInZone(begin, zone), to: dateInZone(end - 1, zone) };
}

/** The query for a live view's percentiles in milliseconds. They are made of whole days, so the first may be too long. */
export function millisecondsOf(
  view: PanelView,
  time: ServerTime,
): { readonly granularity: Granularity; readonly since?: CalendarDate; readonly until?: CalendarDate } {
  const { granularity } = view;
  if (granularity === 'LIFETIME') return { granularity };
  const { now, zone } = time;
  const { period } = resolveView(view, planView(view, now, zone), {}, time);
  const { from, to } = datesOf(period!, zone);
  return { granularity, since: from, ...(to < dateInZone(now, zone) ? { until: addDays(to, 1) } : {}) };
}

/** Hours do not reach so far. */
const beyondHours: ReadonlySet<PanelRange> = new Set(['90d', '180d', '1y']);

/** True for ranges that need kept days. */
export function isBeyondApi(range: PanelRange): boolean {
  return range === '180d' || range === '1y';
}

/** True where less is kept than the range asks for. */
export function isShort({ range }: PanelView, { begin, end }: Span): boolean {
  return isBeyondApi(range) && Math.round((end - begin) / dayMs) < rangeDays[range]!;
}

/** The view after a person picks a range: 24 hours are shown by hour, 90 days by day. */
export function withRange(view: PanelView, range: Exclude<PanelRange, 'custom' | 'all'>): PanelView {
  const granularity =
    range === '24h' ? 'HOUR' : beyondHours.has(range) || view.granularity === 'LIFETIME' ? 'DAY' : view.granularity;
  return { granularity, range };
}

/**
 * The view after a person picks a granularity: hours reach back 30 days at most, days begin at a week. Chosen days
 * stay, though by hour they are those of the person's zone, `own`, within `limits`.
 */
export function withGranularity(view: PanelView, granularity: Granularity, limits: DateLimits, own: string): PanelView {
  if (granularity === 'LIFETIME') return { granularity, range: 'all' };
  if (view.range === 'all') return { granularity, range: granularity === 'HOUR' ? '24h' : '30d' };
  if (view.range === 'custom') {
    return { granularity, range: 'custom', ...within(view, limits), ...(granularity === 'HOUR' ? { zone: own } : {}) };
  }
  if (granularity === 'DAY') return { granularity, range: view.range === '24h' ? '7d' : view.range };
  return { granularity, range: beyondHours.has(view.range) ? '30d' : view.range };
}

/** The view that shows exactly a health window. */
export function viewOfWindow(window: HealthWindow): PanelView {
  return { granularity: windowIntervals[window].granularity, range: window };
}
