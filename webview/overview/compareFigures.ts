/** What the charts of compared flows draw and read, in the terms of a dashboard's charts. */
import { hourMs } from '../../src/contract/calendar';
import { metricNames, type MetricName } from '../../src/contract/metric';
import type { Thresholds } from '../../src/domain/model';
import type { Formats } from '../../src/presentation/formats';
import { metricTable } from '../../src/presentation/metricTable';
import type { ComparedFigures, OverviewComparison } from '../../src/presentation/overview/overviewProtocol';
import type { ChartData, Interval, Totals } from '../chartData';
import type { SectionView } from '../sectionViews';
import { texts } from '../texts';
import { compareArea } from './compareCharts';

/** A flow in the charts. */
export interface Compared {
  readonly place: number;
  readonly name: string;
  readonly figures: readonly ComparedFigures[];
  /** Why there are none. */
  readonly note?: string;
}

export interface ComparedCharts {
  readonly flows: readonly Compared[];
  /** An interval has a figure as soon as one of the flows has, so that only what nobody has looks missing. */
  readonly drawn: ChartData;
  /** The same intervals, which a cursor reads flow by flow. */
  readonly read: ChartData;
  /** Which interval the totals of `read` are. */
  readonly indexOf: ReadonlyMap<Totals, number>;
}

export function comparedCharts(
  { spans, granularity, zone, hours, marks }: OverviewComparison,
  flows: readonly Compared[],
  thresholds: Thresholds,
): ComparedCharts | undefined {
  const [first] = spans;
  const last = spans.at(-1);
  if (!first || !last) return undefined;
  const period = { begin: first.begin, end: last.end };
  const bare = (begin: number, end: number): Interval => ({
    begin,
    end,
    running: false,
    totals: { span: { begin, end }, errorsByKey: [] },
  });
  const read = spans.map(({ begin, end }) => bare(begin, end));
  const whole: ChartData = {
    granularity,
    zone,
    intervals: read,
    period,
    totals: bare(period.begin, period.end).totals,
    thresholds,
    alerts: [],
    marks: marks.filter(({ time }) => time >= period.begin && time < period.end),
    laterMarks: [],
    sums: (span) => bare(span.begin, span.end).totals,
    known: () => ({ begins: [], ends: [] }),
    earlier: (span) => bare(span.begin, span.end).totals,
  };
  const isStepped = granularity === 'HOUR' && hours > 1;
  const measured = isStepped
    ? Array.from({ length: (period.end - period.begin) / hourMs }, (_, i) =>
        bare(period.begin + i * hourMs, period.begin + (i + 1) * hourMs),
      )
    : [];
  return {
    flows,
    read: whole,
    drawn: {
      ...whole,
      intervals: read.map((interval, i) => ({ ...interval, totals: anyTotals(interval.totals, flows, i) })),
      ...(isStepped ? { steps: { of: { ...whole, intervals: measured }, size: hours } } : {}),
    },
    indexOf: new Map(read.map(({ totals }, i) => [totals, i])),
  };
}

const totalsKeys = {
  ENDPOINT_REQUEST_COUNT: 'requests',
  ENDPOINT_REQUEST_ERROR: 'errors',
  ENDPOINT_REQUEST_ERROR_RATE: 'errorRate',
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: 'p90',
  ENDPOINT_AVAILABILITY: 'availability',
} as const satisfies Record<MetricName, keyof Totals>;

function anyTotals(totals: Totals, flows: readonly Compared[], index: number): Totals {
  const known: Record<string, number> = {};
  for (const metric of metricNames) {
    const value = flows.map(({ figures }) => figures[index]?.[metric]).find((one) => one !== undefined);
    if (value !== undefined) known[totalsKeys[metric]] = value;
  }
  return { ...totals, ...known };
}

/** The readings of one metric: a line for each flow. */
export function compareView(metric: MetricName, charts: () => ComparedCharts | undefined): SectionView {
  const values = (totals: Totals): readonly (number | undefined)[] => {
    const known = charts();
    const index = known?.indexOf.get(totals) ?? -1;
    return known?.flows.map(({ figures }) => figures[index]?.[metric]) ?? [];
  };
  const cells = (totals: Totals, formats: Formats): string[] =>
    values(totals).map((value) => metricTable[metric].format(value, formats));
  return {
    shape: '',
    figure: () => '',
    note: () => '',
    absent: texts.noData,
    area: compareArea,
    chart: () => {
      throw new Error('The card draws its lines itself.');
    },
    readings: (totals, _, formats) =>
      cells(totals, formats).map((figure, i) => {
        const { place, name } = charts()!.flows[i]!;
        return { fill: `flow-${place + 1}`, name: `${place + 1} ${name}`, figure };
      }),
    heads: () => charts()?.flows.map(({ name }) => name) ?? [],
    cells: (totals, _, formats) =>
      values(totals).some((value) => value !== undefined) ? cells(totals, formats) : undefined,
    spark: () => ({ kind: 'line', values: [], min: 0, max: 1 }),
  };
}
