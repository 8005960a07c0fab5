/** Everything the page draws of one snapshot: the intervals in view, the period's totals, what they are compared with. */
import { hourMs } from '../src/contract/calendar';
import { metricNames, type Granularity, type MetricName, type MetricSeries } from '../src/contract/metric';
import type { MilliPercentiles } from '../src/contract/latency';
import type { PanelAlert, PanelMark, PanelMilliseconds, PanelSnapshot } from '../src/presentation/panelProtocol';
import { metricTable } from '../src/presentation/metricTable';
import type { PeriodTotals, SeriesByMetric, Span, Thresholds } from '../src/domain/model';
import { columnOf, drawnSpan, indexFrom, intervalGrid, type IntervalGrid } from '../src/domain/series';
import { comparableTotals, totalsOf } from '../src/domain/totals';

/** The totals of one span, with milliseconds. */
export interface Totals extends PeriodTotals {
  /** Of successful requests, where the server measures them. */
  readonly milliseconds?: MilliPercentiles;
}

export interface Interval {
  readonly begin: number;
  readonly end: number;
  /** Still running: drawn lighter, and named "so far". */
  readonly running: boolean;
  readonly totals: Totals;
}

export interface ChartData {
  readonly granularity: Granularity;
  /** The zone in which days are cut. */
  readonly zone: string;
  readonly intervals: readonly Interval[];
  /** The days or hours that are summed. */
  readonly period: Span;
  /** The interval still running, where it is drawn beyond the period. */
  readonly extra?: Interval;
  readonly totals: Totals;
  /** "since Mar 11, 08:00", where the period's milliseconds stand on more than the period. */
  readonly millisecondsSince?: string;
  /** Only what is whole in the earlier period; absent where there is none. */
  readonly before?: PeriodTotals;
  /** "compared with the 30 days before" */
  readonly compared?: string;
  readonly thresholds: Thresholds;
  /** Days before this are kept on this computer; absent where none of them is. */
  readonly keptUntil?: number;
  /** Those that fall into what is drawn. */
  readonly alerts: readonly PanelAlert[];
  /** Likewise, oldest first. */
  readonly marks: readonly PanelMark[];
  /** Those that are newer than what is drawn, where the period goes on. */
  readonly laterMarks: readonly PanelMark[];
  /** The figures of any span. */
  readonly sums: (span: Span) => Totals;
  /** Likewise, of metrics alone that have every interval of the span. */
  readonly earlier: (span: Span) => PeriodTotals;
  /** The finished intervals of all that was read, the period before included. */
  readonly known: () => IntervalGrid;
  /** Where each interval is a step of several: what was measured, and how many of its intervals a step has. */
  readonly steps?: { readonly of: ChartData; readonly size: number };
}

/** The figures of a snapshot; undefined where it holds no period or no series. */
export function chartDataOf(snapshot: PanelSnapshot): ChartData | undefined {
  const { period, before, source, thresholds, milliseconds, shownUntil, keptUntil, marks = [] } = snapshot;
  const series = drawnSeriesOf(snapshot);
  const list = Object.values(series);
  // After a change of period the old series stay until the new ones come, so they say themselves what they are.
  const granularity = list[0]?.granularity;
  if (!period || !granularity || list.some((one) => one.granularity !== granularity)) return undefined;
  const { zone } = source;
  const lifetime = granularity === 'LIFETIME';
  const drawn = drawnSpan(period, list, zone, shownUntil);
  const { begins, ends } = intervalGrid(drawn, granularity, zone, list);
  const now = snapshotClock(snapshot);
  const intervals = begins.map((begin, i): Interval => {
    const span = { begin, end: ends[i]! };
    const totals = withMilliseconds(withStatedRate(totalsOf(series, span), series), milliseconds?.series);
    return { ...span, running: !lifetime && span.end > now, totals };
  });
  const extra = intervals.find(({ begin }) => begin >= period.end);
  return {
    granularity,
    zone,
    intervals,
    period,
    ...(extra ? { extra } : {}),
    totals: { ...totalsOf(series, period), ...(milliseconds ? { milliseconds: milliseconds.period } : {}) },
    ...(milliseconds?.since ? { millisecondsSince: milliseconds.since } : {}),
    ...(before ? { before: comparableTotals(series, before, zone), compared: before.label } : {}),
    thresholds,
    ...(keptUntil !== undefined && period.begin < keptUntil ? { keptUntil } : {}),
    sums: (span) => totalsOf(series, span),
    earlier: (span) => comparableTotals(series, span, zone),
    known: () => {
      const begin = Math.min(...list.map((one) => one.begins[0] ?? Infinity));
      const end = intervals.findLast(({ running }) => !running)?.end ?? -Infinity;
      return intervalGrid({ begin, end }, granularity, zone, list);
    },
    alerts: (snapshot.alerts ?? []).filter((alert) => during(alert, { begin: drawn.begin, end: ends.at(-1)! })),
    // A lifetime has no time at which anything could stand.
    marks: lifetime ? [] : marks.filter(({ time }) => time >= drawn.begin && time < ends.at(-1)!),
    laterMarks: lifetime || shownUntil !== undefined ? [] : marks.filter(({ time }) => time >= ends.at(-1)!),
  };
}

/** True where the alert held at any time of the span. */
export function during({ begin, end = Infinity }: PanelAlert, span: Span): boolean {
  return begin < span.end && (end > span.begin || begin >= span.begin);
}

/** The clock by which intervals are finished: the server's, where it stands still. */
export function snapshotClock({ clock, now }: PanelSnapshot): number {
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

function withMilliseconds(totals: Totals, series: PanelMilliseconds['series'] | undefined): Totals {
  if (!series) return totals;
  const i = indexFrom(series, totals.span.begin);
  if (!(series.begins[i]! < totals.span.end)) return totals;
  return { ...totals, milliseconds: { p50: series.p50[i]!, p90: series.p90[i]!, p99: series.p99[i]! } };
}

function drawnSeriesOf(snapshot: PanelSnapshot): SeriesByMetric {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  for (const { metric, state, series: one } of snapshot.sections) {
    // A section that shows a message is not counted in tiles either.
    if (one && (state === 'ready' || state === 'stale' || state === 'loading')) series[metric] = one;
  }
  return series;
}

/** True where two snapshots draw the same charts and tables. */
export function sameChartData(a: PanelSnapshot, b: PanelSnapshot): boolean {
  const [before, after] = [drawnSeriesOf(a), drawnSeriesOf(b)];
  return (
    drawingContextOf(a) === drawingContextOf(b) &&
    sameMilliseconds(a.milliseconds, b.milliseconds) &&
    metricNames.every((metric) => {
      const [one, other] = [before[metric], after[metric]];
      return one && other ? sameSeries(one, other) : one === other;
    })
  );
}

/** All that decides over drawing besides the series. The clock counts only where it ends an interval. */
function drawingContextOf(snapshot: PanelSnapshot): string {
  const { period, shownUntil, keptUntil, before, thresholds, source, locale, alerts, marks } = snapshot;
  return JSON.stringify([
    period,
    shownUntil,
    keptUntil,
    before,
    thresholds,
    alerts,
    marks,
    source.zone,
    locale,
    Math.floor(snapshotClock(snapshot) / hourMs),
  ]);
}

function sameSeries(a: MetricSeries, b: MetricSeries): boolean {
  return (
    a.granularity === b.granularity &&
    sameValues(a.begins, b.begins) &&
    a.columns.length === b.columns.length &&
    a.columns.every(({ key, values }, i) => key === b.columns[i]!.key && sameValues(values, b.columns[i]!.values))
  );
}

function sameMilliseconds(a: PanelMilliseconds | undefined, b: PanelMilliseconds | undefined): boolean {
  if (!a || !b) return a === b;
  const [before, after] = [a, b].map(({ period, since }) => JSON.stringify([period, since]));
  return (
    before === after &&
    (['begins', 'p50', 'p90', 'p99'] as const).every((column) => sameValues(a.series[column], b.series[column]))
  );
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** True where an interval's figure stands on enough requests or checks to be judged. */
function isJudgeable({ totals }: Interval, metric: MetricName): boolean {
  const { value, sample, minimum } = metricTable[metric];
  return value(totals) !== undefined && sample(totals) >= minimum;
}

/** Which intervals have a figure that stands on too little to be judged or to set a scale; none where all are so. */
export function fewFlags({ intervals }: ChartData, metric: MetricName): boolean[] {
  const judgeable = intervals.map((interval) => isJudgeable(interval, metric));
  const some = judgeable.includes(true);
  return intervals.map(({ totals }, i) => some && !judgeable[i] && metricTable[metric].value(totals) !== undefined);
}

/** The intervals that set a scale: those that stand on enough, so that noise is not blown up; all where none does. */
export function judgeableIntervals({ intervals }: ChartData, metric: MetricName): readonly Interval[] {
  const some = intervals.filter((interval) => isJudgeable(interval, metric));
  return some.length > 0 ? some : intervals;
}

/** Which intervals have no value of the metric. The running one may still get it, so it is not missing. */
export function missingFlags({ intervals }: ChartData, metric: MetricName): boolean[] {
  return intervals.map(({ running, totals }) => !running && metricTable[metric].value(totals) === undefined);
}

/** An interval with the largest or smallest figure, and whether others that stand on too little go beyond it. */
interface Extreme {
  readonly interval: Interval;
  readonly figure: number;
  readonly exceeded: boolean;
}

/**
 * The interval with the metric's largest value (or the smallest, with `sign` −1) among those that stand on enough;
 * undefined without any.
 */
export function extreme({ intervals }: ChartData, metric: MetricName, sign: 1 | -1 = 1): Extreme | undefined {
  let best: Interval | undefined;
  let most = -Infinity;
  let mostOfAll = -Infinity;
  for (const interval of intervals) {
    const figure = metricTable[metric].value(interval.totals);
    if (figure === undefined) continue;
    mostOfAll = Math.max(mostOfAll, sign * figure);
    if (sign * figure <= most || !isJudgeable(interval, metric)) continue;
    most = sign * figure;
    best = interval;
  }
  return best && { interval: best, figure: sign * most, exceeded: mostOfAll > most };
}

/** The largest value of the intervals, the running one included; `floor` where there is none. */
export function largest(
  intervals: readonly Interval[],
  value: (totals: PeriodTotals) => number | undefined,
  floor = 0,
): number {
  return intervals.reduce((most, { totals }) => Math.max(most, value(totals) ?? floor), floor);
}
