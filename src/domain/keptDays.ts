/** Finished days as they were read, kept beyond the reach of the API. */
import { addDays, dateInZone, intervalEnd, startOfDay, type CalendarDate } from '../contract/calendar';
import { maxKeys } from '../contract/lengthLimits';
import type { MetricName, MetricSeries } from '../contract/metric';
import type { SeriesByMetric, Span } from './model';
import { columnOf, indexFrom, slice } from './series';
import { dateLimits, isBeyondApi, type PanelView, type ViewPlan } from './view';
import { hasEveryInterval, type ServerTime } from './windows';

/** A metric's days, with a column that says when each was read, in seconds of the epoch. */
export type DatedDays = MetricSeries;

/** No key of a metric begins so. */
export const readColumn = '@read';

/** The kept days of a flow, as charts draw them. */
export interface KeptDays {
  readonly series: SeriesByMetric;
  /** Begin of the oldest day. */
  readonly from: number;
  /** When the newest of it was read, in epoch milliseconds. */
  readonly readAt: number;
}

/** The days of a series that are over, hours summed where a day has all of them; undefined where there is none. */
export function finishedDays(
  series: MetricSeries,
  counts: MetricSeries | undefined,
  zone: string,
  now: number,
  readAt: number,
): DatedDays | undefined {
  const days = series.granularity === 'HOUR' ? summedDays(series, counts, zone, now) : series;
  if (days?.granularity !== 'DAY') return undefined;
  const today = startOfDay(dateInZone(now, zone), zone);
  const over = slice(days, { begin: -Infinity, end: today });
  if (over.begins.length === 0) return undefined;
  const seconds = new Float64Array(over.begins.length).fill(Math.floor(readAt / 1000));
  return { ...over, columns: [...over.columns.slice(0, maxKeys - 1), { key: readColumn, values: seconds }] };
}

function summedDays(
  series: MetricSeries,
  counts: MetricSeries | undefined,
  zone: string,
  now: number,
): MetricSeries | undefined {
  const [first] = series.begins;
  // Rates cannot be added up; they are computed from errors and requests.
  if (first === undefined || series.metric === 'ENDPOINT_REQUEST_ERROR_RATE') return undefined;
  // The first error may come long after the first request.
  const begin = Math.min(first, counts?.begins[0] ?? first);
  const days = daysIn({ begin, end: now }, zone).filter((day) => hasEveryInterval(series, day, zone, counts));
  return {
    metric: series.metric,
    granularity: 'DAY',
    begins: Float64Array.from(days, ({ begin }) => begin),
    columns: series.columns.map(({ key, values }) => ({
      key,
      values: Float64Array.from(days, (day) => {
        const to = indexFrom(series, day.end);
        let sum = 0;
        for (let i = indexFrom(series, day.begin); i < to; i++) sum += values[i]!;
        return sum;
      }),
    })),
  };
}

/** The whole days of a span, in order. */
function daysIn({ begin, end }: Span, zone: string): readonly Span[] {
  const days: Span[] = [];
  let date: CalendarDate = dateInZone(begin, zone);
  for (let from = startOfDay(date, zone); from < end;) {
    const to = startOfDay(addDays(date, 1), zone);
    if (from >= begin && to <= end) days.push({ begin: from, end: to });
    date = addDays(date, 1);
    from = to;
  }
  return days;
}

/** Of each day what was read last, so that what a server corrects replaces what was kept. */
export function mergeDays(one: DatedDays, other: DatedDays): DatedDays {
  const begins = Float64Array.from(new Set([...one.begins, ...other.begins])).sort();
  const sources = Array.from(begins, (begin) => newer(pointOf(one, begin), pointOf(other, begin)));
  const keys = [...new Set([...one.columns, ...other.columns].map(({ key }) => key))].filter(
    (key) => key !== readColumn,
  );
  return {
    metric: one.metric,
    granularity: 'DAY',
    begins,
    columns: [...keys.slice(0, maxKeys - 1).sort(byKnownOrder(one, other)), readColumn].map((key) => ({
      key,
      values: Float64Array.from(sources, ({ series, index }) => columnOf(series, key)?.values[index] ?? 0),
    })),
  };
}

interface Point {
  readonly series: DatedDays;
  readonly index: number;
}

function pointOf(series: DatedDays, begin: number): Point | undefined {
  const index = indexFrom(series, begin);
  return series.begins[index] === begin ? { series, index } : undefined;
}

/** Of two that were read in the same second the fuller one, so that the order of merging makes no difference. */
function newer(a: Point | undefined, b: Point | undefined): Point {
  if (!a || !b) return (a ?? b)!;
  const lead = readAtOf(b) - readAtOf(a) || sumOf(b) - sumOf(a);
  return lead > 0 ? b : a;
}

function readAtOf({ series, index }: Point): number {
  return columnOf(series, readColumn)?.values[index] ?? 0;
}

function sumOf({ series, index }: Point): number {
  return series.columns.reduce((sum, { values }) => sum + values[index]!, 0);
}

/** The order of the series that has more keys, then the other's. */
function byKnownOrder(one: DatedDays, other: DatedDays): (a: string, b: string) => number {
  const [first, second] = one.columns.length >= other.columns.length ? [one, other] : [other, one];
  const order = [...new Set([...first.columns, ...second.columns].map(({ key }) => key))];
  return (a, b) => order.indexOf(a) - order.indexOf(b);
}

export function sameDays(one: DatedDays, other: DatedDays): boolean {
  return (
    sameValues(one.begins, other.begins) &&
    one.columns.length === other.columns.length &&
    one.columns.every(({ key, values }) => {
      const column = columnOf(other, key);
      return column !== undefined && sameValues(values, column.values);
    })
  );
}

/** True where the second says of each of its days what the first says, whenever that was read. */
export function holdsDays(kept: DatedDays, fresh: DatedDays): boolean {
  return Array.from(fresh.begins).every((begin, i) => {
    const index = indexFrom(kept, begin);
    return (
      kept.begins[index] === begin &&
      fresh.columns.every(({ key, values }) => {
        return key === readColumn || (columnOf(kept, key)?.values[index] ?? 0) === values[i];
      })
    );
  });
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** What charts draw of kept days; undefined without any. */
export function keptDaysOf(days: Partial<Readonly<Record<MetricName, DatedDays>>>, from: number): KeptDays | undefined {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  let oldest = Infinity;
  let readAt = 0;
  for (const one of Object.values(days)) {
    const young = slice(one, { begin: from, end: Infinity });
    if (young.begins.length === 0) continue;
    oldest = Math.min(oldest, young.begins[0]!);
    const seconds = columnOf(young, readColumn)?.values ?? [];
    for (const at of seconds) readAt = Math.max(readAt, at * 1000);
    series[one.metric] = { ...young, columns: young.columns.filter(({ key }) => key !== readColumn) };
  }
  return oldest === Infinity ? undefined : { series, from: oldest, readAt };
}

/** True where days are kept that the server no longer tells. */
export function reachesBeyond(
  kept: Pick<KeptDays, 'from'> | undefined,
  { now, zone }: Pick<ServerTime, 'now' | 'zone'>,
): boolean {
  return kept !== undefined && dateInZone(kept.from, zone) < dateLimits('DAY', now, zone).min;
}

/** How a view reaches beyond the API: up to when its days are kept ones; undefined where it needs none, or has none. */
export function keptReach(
  view: PanelView,
  plan: ViewPlan,
  kept: KeptDays | undefined,
  zone: string,
): { readonly until: number; readonly plan: ViewPlan } | undefined {
  if (!kept || view.granularity !== 'DAY' || plan.granularity !== 'DAY' || plan.since === undefined) return undefined;
  const until = startOfDay(plan.since, zone);
  const reachesBack = isBeyondApi(view.range) || (view.from !== undefined && view.from < plan.since);
  return reachesBack && kept.from < until ? { until, plan: { ...plan, keptFrom: kept.from } } : undefined;
}

/** Where the newest of a series' days ends. */
export function endOfDays({ begins }: MetricSeries, zone: string): number {
  const newest = begins.at(-1);
  return newest === undefined ? -Infinity : intervalEnd(newest, 'DAY', zone);
}

/** Kept days up to that instant, then what was answered, which knows better. */
export function joinKept(
  answered: MetricSeries | undefined,
  kept: MetricSeries | undefined,
  until: number,
): MetricSeries | undefined {
  const old = kept && slice(kept, { begin: -Infinity, end: answered ? until : Infinity });
  if (!old || old.begins.length === 0 || !answered) return answered ?? old;
  const young = slice(answered, { begin: until, end: Infinity });
  const keys = [...new Set([...answered.columns, ...old.columns].map(({ key }) => key))];
  const valuesIn = (series: MetricSeries, key: string): Float64Array =>
    columnOf(series, key)?.values ?? new Float64Array(series.begins.length);
  return {
    ...answered,
    begins: Float64Array.of(...old.begins, ...young.begins),
    columns: keys.map((key) => ({ key, values: Float64Array.of(...valuesIn(old, key), ...valuesIn(young, key)) })),
  };
}
