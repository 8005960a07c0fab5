/** The parts of each of the five sections: figure, note, legend, charts, readings and table. */
import { latencyKeys, type MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { crossingOf } from '../src/domain/health';
import { metricTable } from '../src/presentation/metricTable';
import type { MilliPercentiles } from '../src/contract/latency';
import type { LatencyBucket } from '../src/domain/model';
import { availabilityChart, availabilityScaleFloor } from './charts/availabilityChart';
import { errorKeysOf, errorsChart, requestsChart } from './charts/countCharts';
import { latencyChart, latencyLayout } from './charts/latencyChart';
import { limitsOf } from './charts/levels';
import {
  lifetimeAvailability,
  lifetimeErrors,
  lifetimeRate,
  lifetimeRateTop,
  lifetimeRequests,
} from './charts/lifetimeCharts';
import type { PlotConfiguration } from './charts/plot';
import { rateChart, rateScaleTop } from './charts/rateChart';
import type { IntervalNames } from './dates';
import { alertText } from './alerts';
import { during, extreme, largest, type ChartData, type Interval, type Totals } from './chartData';
import { markSentence, ownMarksIn } from './marks';
import { measuredOf } from './steps';
import type { Spark } from './spark';
import { errorTypeText, levelTexts, sampleText, texts } from './texts';
import { type Area, areaOf, type Canvas } from './charts/area';
import { markText } from '../src/presentation/texts/limitTexts';

/** A line of a legend or a reading; `fill` names its swatch in the style sheet. */
export interface LegendRow {
  readonly fill?: string;
  readonly name: string;
  readonly figure: string;
  /** The key as the server wrote it, where the name is a translation. */
  readonly title?: string;
}

export interface SectionView {
  /** Classes of its card. */
  readonly shape: string;
  figure(totals: Totals, formats: Formats): string;
  note(figures: ChartData, formats: Formats, names: IntervalNames): string;
  /** The legend of the colours, with the period's figures. */
  legend?(figures: ChartData, formats: Formats): readonly LegendRow[];
  readonly legendClass?: string;
  /** True where the chart reaches the limit (ratio or bucket edge) and names it; for judged metrics. */
  reaches?(limit: number, figures: ChartData): boolean;
  /** Absent figures in a tile. */
  readonly absent: string;
  area(canvas: Canvas, narrow: boolean): Area;
  chart(canvas: Canvas, narrow: boolean): PlotConfiguration;
  /** Undefined where the period's histogram stands alone. */
  lifetime?(canvas: Canvas): PlotConfiguration;
  /** True where the period's histogram stands beside the chart. */
  readonly histogram?: boolean;
  readings(totals: Totals, figures: ChartData, formats: Formats): readonly LegendRow[];
  heads(figures: ChartData, formats: Formats): readonly string[];
  /** The cells of one interval; undefined where it was not measured. */
  cells(totals: Totals, figures: ChartData, formats: Formats): readonly string[] | undefined;
  spark(figures: ChartData): Spark;
}

const wholeCanvas = (canvas: Canvas): Area => areaOf(canvas);

function extremeNote(
  figures: ChartData,
  names: IntervalNames,
  metric: MetricName,
  describe: (figure: string, when: string) => string,
  format: (value: number) => string,
  sign: 1 | -1 = 1,
): string {
  const best = figures.granularity === 'LIFETIME' ? undefined : extreme(figures, metric, sign);
  // The most of nothing is not worth a note.
  if (!best || (sign === 1 && best.figure === 0)) return '';
  const note = describe(format(best.figure), names.note(best.interval));
  return best.exceeded ? `${note} (${texts.orMore(metricTable[metric].minimum, sampleText(metric))})` : note;
}

const percentileKeys = ['p50', 'p90', 'p99'] as const;

const bucketGroups = [
  [7, 11],
  [5, 7],
  [1, 5],
  [0, 1],
] as const;

export const sectionViews: Readonly<Record<MetricName, SectionView>> = {
  ENDPOINT_REQUEST_COUNT: {
    shape: '',
    figure: ({ requests }, formats) => formats.count(requests),
    note: (figures, formats, names) =>
      extremeNote(figures, names, 'ENDPOINT_REQUEST_COUNT', texts.busiest, formats.count),
    absent: texts.noData,
    area: wholeCanvas,
    chart: requestsChart,
    lifetime: lifetimeRequests,
    readings: ({ requests }, _, formats) => [
      { fill: 'requests', name: texts.requests, figure: formats.count(requests) },
    ],
    heads: () => [texts.requests],
    cells: ({ requests }, _, formats) => (requests === undefined ? undefined : [formats.count(requests)]),
    spark: (figures) => ({
      kind: 'bars',
      className: 'requests',
      ...countSpark(figures, ({ requests }) => requests),
    }),
  },
  ENDPOINT_REQUEST_ERROR: {
    shape: '',
    figure: ({ errors }, formats) => formats.count(errors),
    note: (figures, formats, names) => extremeNote(figures, names, 'ENDPOINT_REQUEST_ERROR', texts.most, formats.count),
    // A lifetime's bars bear their names.
    legend: (figures, formats) =>
      figures.granularity === 'LIFETIME' ? [] : errorReadings(figures.totals, figures, formats),
    legendClass: 'four',
    absent: texts.noData,
    area: wholeCanvas,
    chart: errorsChart,
    lifetime: lifetimeErrors,
    readings: (totals, figures, formats) => [
      ...[...errorReadings(totals, figures, formats)].reverse(),
      { name: texts.allErrors, figure: formats.count(totals.errors) },
    ],
    heads: (figures) => [texts.allErrors, ...errorKeysOf(figures).map(errorTypeText)],
    cells: (totals, figures, formats) =>
      totals.errors === undefined
        ? undefined
        : [formats.count(totals.errors), ...errorKeysOf(figures).map((key) => formats.count(errorCount(totals, key)))],
    spark: (figures) => ({
      kind: 'bars',
      className: 'errors',
      ...countSpark(figures, ({ errors }) => errors),
    }),
  },
  ENDPOINT_REQUEST_ERROR_RATE: {
    shape: 'full',
    figure: ({ errorRate }, formats) => formats.percent(errorRate),
    note: (figures, formats, names) => {
      const highest = extremeNote(figures, names, 'ENDPOINT_REQUEST_ERROR_RATE', texts.highest, formats.percent);
      const stated = figures.totals.statedErrorRate;
      return [highest, stated === undefined ? '' : texts.stated(formats.percent(stated))].filter(Boolean).join(' · ');
    },
    reaches: (limit, figures) =>
      figures.granularity === 'LIFETIME'
        ? limit > 0 && limit < lifetimeRateTop(figures)
        : limit <= rateScaleTop(figures),
    absent: texts.noRequests,
    area: wholeCanvas,
    chart: rateChart,
    lifetime: lifetimeRate,
    readings: ({ errorRate, errors, requests }, _, formats) => [
      { fill: 'judged', name: texts.errorRate, figure: formats.percent(errorRate) },
      { name: texts.errors, figure: formats.count(errors) },
      { name: texts.requests, figure: formats.count(requests) },
    ],
    heads: () => [texts.errorRate],
    cells: ({ errorRate }, _, formats) => (errorRate === undefined ? undefined : [formats.percent(errorRate)]),
    spark: (figures) => ({
      kind: 'line',
      values: figures.intervals.map(({ totals }) => totals.errorRate),
      min: 0,
      max: Math.max(mildestLimit('ENDPOINT_REQUEST_ERROR_RATE', figures) ?? 0, rateScaleTop(figures)),
    }),
  },
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: {
    shape: 'wide tall',
    figure: ({ p90 }, formats) => `${texts.p90} ${formats.latency(p90)}`,
    note: ({ totals: { p50, p99 } }, formats) => `p50 ${formats.latency(p50)} · p99 ${formats.latency(p99)}`,
    legend: ({ totals: { milliseconds }, millisecondsSince }, formats) => [
      ...(milliseconds ? percentileReadings(milliseconds, formats) : []),
      ...(millisecondsSince ? [{ name: millisecondsSince, figure: '' }] : []),
    ],
    absent: texts.noData,
    area: (canvas, narrow) => latencyLayout(canvas, narrow).area,
    chart: latencyChart,
    histogram: true,
    reaches: () => true,
    readings: (totals, figures, formats) => [
      ...percentileKeys
        .map((name) => ({
          ...(name === 'p90' ? { fill: 'judged' } : {}),
          name,
          figure: totals.milliseconds ? formats.milliseconds(totals.milliseconds[name]) : formats.latency(totals[name]),
        }))
        .reverse(),
      ...bucketGroups.map(([from, to]) => ({
        fill: `bucket-${Math.min(11, to - (to === 11 ? 1 : 0))}`,
        name: texts.bucketGroup(from, to),
        figure: formats.count(totals.latency?.slice(from, to).reduce((sum, count) => sum + count, 0)),
      })),
    ],
    heads: ({ totals }, formats) => [
      ...percentileKeys,
      ...(totals.milliseconds ? percentileKeys.map(texts.inMilliseconds) : []),
      ...latencyKeys.map((_key, i) => formats.latency((i + 1) as LatencyBucket)),
    ],
    cells: (totals, figures, formats) =>
      totals.latency && [
        ...percentileKeys.map((key) => formats.latency(totals[key])),
        ...(figures.totals.milliseconds ? percentileKeys.map((key) => formats.count(totals.milliseconds?.[key])) : []),
        ...totals.latency.map(formats.count),
      ],
    spark: (figures) => ({
      kind: 'steps',
      values: figures.intervals.map(({ totals }) => totals.p90),
      min: 0,
      max: Math.max(
        5,
        largest(figures.intervals, ({ p90 }) => p90),
      ),
    }),
  },
  ENDPOINT_AVAILABILITY: {
    shape: 'tall full',
    figure: ({ availability }, formats) => formats.availability(availability),
    note: (figures, formats, names) =>
      extremeNote(figures, names, 'ENDPOINT_AVAILABILITY', texts.lowest, formats.availability, -1),
    legend: ({ granularity, totals }, formats) => (granularity === 'LIFETIME' ? [] : checkReadings(totals, formats)),
    reaches: (limit, figures) => limit > availabilityScaleFloor(figures),
    absent: texts.noChecks,
    area: wholeCanvas,
    chart: availabilityChart,
    lifetime: lifetimeAvailability,
    readings: (totals, _, formats) => [
      { fill: 'judged', name: texts.availability, figure: formats.availability(totals.availability) },
      ...checkReadings(totals, formats),
    ],
    heads: () => [texts.availability, texts.succeeded, texts.failed],
    cells: ({ availability, succeeded, failed }, _, formats) =>
      succeeded === undefined
        ? undefined
        : [formats.availability(availability), formats.count(succeeded), formats.count(failed)],
    spark: (figures) => ({
      kind: 'line',
      values: figures.intervals.map(({ totals }) => totals.availability),
      min: availabilityScaleFloor(figures),
      max: 1,
    }),
  },
};

/** A step has as much as its intervals on average. */
function countSpark(
  figures: ChartData,
  count: (totals: Totals) => number | undefined,
): Pick<Spark, 'values' | 'min' | 'max'> {
  const { of, size } = measuredOf(figures);
  const values = figures.intervals.map(({ totals }, i) => {
    const sum = count(totals);
    return sum === undefined ? undefined : sum / Math.min(size, of.intervals.length - i * size);
  });
  return { values, min: 0, max: Math.max(0, ...values.map((value) => value ?? 0)) };
}

function percentileReadings(milliseconds: MilliPercentiles, formats: Formats): LegendRow[] {
  return percentileKeys.map((name) => ({ name, figure: formats.milliseconds(milliseconds[name]) }));
}

function errorCount({ errorsByKey }: Totals, key: string): number {
  return errorsByKey.find((entry) => entry.key === key)?.count ?? 0;
}

function errorReadings(totals: Totals, figures: ChartData, formats: Formats): LegendRow[] {
  return errorKeysOf(figures).map((key) => ({
    fill: key,
    name: errorTypeText(key),
    figure: formats.count(errorCount(totals, key)),
    title: key,
  }));
}

function checkReadings({ succeeded, failed }: Totals, formats: Formats): LegendRow[] {
  return [
    { fill: 'succeeded', name: texts.succeeded, figure: formats.count(succeeded) },
    { fill: 'failed', name: texts.failed, figure: formats.count(failed) },
  ];
}

function mildestLimit(metric: MetricName, { thresholds }: ChartData): number | undefined {
  return limitsOf(metric, thresholds).at(-1)?.value;
}

/** An interval's level in words: "above 10%: warning"; or that it stands on too little to be judged. */
export function levelText(
  metric: MetricName,
  totals: Totals,
  { thresholds }: ChartData,
  formats: Formats,
): string | undefined {
  const definition = metricTable[metric];
  const value = definition.value(totals);
  const limits = limitsOf(metric, thresholds);
  const mild = limits.at(-1);
  if (value === undefined || !mild) return undefined;
  if (definition.sample(totals) < definition.minimum)
    return texts.tooFew(formats.count(definition.minimum), sampleText(metric));
  const crossing = crossingOf(metric, value, thresholds);
  if (crossing) return `${markText(metric, crossing.threshold, formats)}: ${levelTexts[crossing.level]}`;
  const limit = definition.limitText(mild.threshold, formats);
  return definition.direction === 'higherIsBetter' ? texts.notBelow(limit) : texts.notAbove(limit);
}

/** The interval in one sentence, for screen readers. */
export function describeInterval(view: SectionView, interval: Interval, figures: ChartData, formats: Formats): string {
  const events = [
    ...figures.alerts.filter((alert) => during(alert, interval)).map(alertText),
    ...ownMarksIn(figures, interval).map((mark) => `${texts.mark} ${markSentence(mark)}`),
  ];
  if (!view.cells(interval.totals, figures, formats))
    return [interval.running ? texts.nothingYet : texts.noData, ...events].join('. ');
  const readings = view.readings(interval.totals, figures, formats).map(({ name, figure }) => `${name} ${figure}`);
  return [readings.join(', '), ...events].join('. ');
}

/** The period's percentiles in words. */
export function percentileSentence({ totals, millisecondsSince }: ChartData, formats: Formats): string {
  // Percentiles of more than the period do not belong beside its histogram.
  const milliseconds = millisecondsSince === undefined ? totals.milliseconds : undefined;
  const limit = (key: 'p50' | 'p90' | 'p99'): string =>
    milliseconds ? texts.atMost(formats.milliseconds(milliseconds[key])) : formats.latency(totals[key]);
  return texts.half(limit('p50'), limit('p90'), limit('p99'));
}
