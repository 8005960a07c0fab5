/** Everything the page draws of one snapshot: the intervals in view, the period's totals, what they are compared with. */
import { hourMs } from '../src/contract/calendar';
import { metricNames, type Granularity, type MetricName, type MetricSeries } from '../src/contract/metric';
import type { PanelSnapshot, Thresholds } from '../src/contract/panel';
import { metricTable } from '../src/core/metrics';
import type { PeriodTotals, SeriesByMetric, Span } from '../src/core/model';
import { columnOf, drawnSpan, indexFrom, slots } from '../src/core/series';
import { comparableTotals, totalsOf } from '../src/core/totals';

export interface Interval {
  readonly begin: number;
  readonly end: number;
  /** Still running: drawn lighter and left out of "busiest", "highest", "lowest". */
  readonly running: boolean;
  readonly totals: PeriodTotals;
}

export interface Figures {
  readonly granularity: Granularity;
  /** The zone in which days are cut. */
  readonly zone: string;
  readonly intervals: readonly Interval[];
  readonly period: Span;
  readonly totals: PeriodTotals;
  /** Only what is whole in the earlier period; absent where there is none. */
  readonly before?: PeriodTotals;
  readonly thresholds: Thresholds;
}

/** The figures of a snapshot; undefined where it holds no period or no series. */
export function figuresOf(snapshot: PanelSnapshot): Figures | undefined {
  const { period, before, source, thresholds } = snapshot;
  const series = seriesOf(snapshot);
  const list = Object.values(series);
  // After a change of period the old series stay until the new ones come, so they say themselves what they are.
  const granularity = list[0]?.granularity;
  if (!period || !granularity || list.some((one) => one.granularity !== granularity)) return undefined;
  const { zone } = source;
  const lifetime = granularity === 'LIFETIME';
  const drawn = lifetime ? period : drawnSpan(period, list, zone);
  const { begins, ends } = slots(drawn, granularity, zone, list);
  const now = clockOf(snapshot);
  return {
    granularity,
    zone,
    intervals: begins.map((begin, i) => {
      const span = { begin, end: ends[i]! };
      return { ...span, running: !lifetime && span.end > now, totals: withStatedRate(totalsOf(series, span), series) };
    }),
    period,
    totals: totalsOf(series, period),
    ...(before ? { before: comparableTotals(series, before, zone) } : {}),
    thresholds,
  };
}

/** The clock by which intervals are finished: the server's, where it stands still. */
export function clockOf({ clock, now }: PanelSnapshot): number {
  return clock ?? now;
}

/** One interval's rate is the server's own word where it said one, so that the table repeats what was sent. */
function withStatedRate(totals: PeriodTotals, { ENDPOINT_REQUEST_ERROR_RATE: rate }: SeriesByMetric): PeriodTotals {
  if (!rate || totals.requests === 0) return totals;
  const i = indexFrom(rate, totals.span.begin);
  const measured = i < rate.begins.length && rate.begins[i]! < totals.span.end;
  const stated = measured ? columnOf(rate, 'value')?.values[i] : undefined;
  return stated === undefined ? totals : { ...totals, errorRate: stated };
}

function seriesOf(snapshot: PanelSnapshot): SeriesByMetric {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  for (const { metric, state, series: one } of snapshot.sections) {
    // What a message stands in place of is not counted in tiles either.
    if (one && (state === 'ready' || state === 'stale' || state === 'loading')) series[metric] = one;
  }
  return series;
}

/** True where two snapshots draw the same charts and tables. */
export function sameFigures(a: PanelSnapshot, b: PanelSnapshot): boolean {
  const [before, after] = [seriesOf(a), seriesOf(b)];
  return (
    frameOf(a) === frameOf(b) &&
    metricNames.every((metric) => {
      const [one, other] = [before[metric], after[metric]];
      return one && other ? sameSeries(one, other) : one === other;
    })
  );
}

/** All that decides over drawing besides the series. The clock counts only where it ends an interval. */
function frameOf(snapshot: PanelSnapshot): string {
  const { period, before, thresholds, source, locale } = snapshot;
  return JSON.stringify([period, before, thresholds, source.zone, locale, Math.floor(clockOf(snapshot) / hourMs)]);
}

function sameSeries(a: MetricSeries, b: MetricSeries): boolean {
  return (
    a.granularity === b.granularity &&
    sameValues(a.begins, b.begins) &&
    a.columns.length === b.columns.length &&
    a.columns.every(({ key, values }, i) => key === b.columns[i]!.key && sameValues(values, b.columns[i]!.values))
  );
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** True where an interval's figure stands on enough requests or checks to be judged. */
function tells({ totals }: Interval, metric: MetricName): boolean {
  const { value, sample, minimum } = metricTable[metric];
  return value(totals) !== undefined && sample(totals) >= minimum;
}

/** The intervals that set a scale: those that stand on enough, so that noise is not blown up; all where none does. */
export function telling({ intervals }: Figures, metric: MetricName): readonly Interval[] {
  const some = intervals.filter((interval) => tells(interval, metric));
  return some.length > 0 ? some : intervals;
}

/** Which intervals have no value of the metric. The running one may still get it, so it is not missing. */
export function missing({ intervals }: Figures, metric: MetricName): boolean[] {
  return intervals.map(({ running, totals }) => !running && metricTable[metric].value(totals) === undefined);
}

/**
 * The finished interval with the metric's largest value (or the smallest, with `sign` −1) among those that stand on
 * enough; undefined without any.
 */
export function extreme({ intervals }: Figures, metric: MetricName, sign: 1 | -1 = 1): Interval | undefined {
  let best: Interval | undefined;
  let most = -Infinity;
  for (const interval of intervals) {
    if (interval.running || !tells(interval, metric)) continue;
    const figure = metricTable[metric].value(interval.totals)!;
    if (sign * figure <= most) continue;
    most = sign * figure;
    best = interval;
  }
  return best;
}

/** The largest value of the intervals, the running one included; `floor` where there is none. */
export function largest(
  intervals: readonly Interval[],
  value: (totals: PeriodTotals) => number | undefined,
  floor = 0,
): number {
  return intervals.reduce((most, { totals }) => Math.max(most, value(totals) ?? floor), floor);
}
