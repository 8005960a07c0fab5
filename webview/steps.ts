/** Intervals too narrow to be seen by themselves are drawn several at once, as one step. */
import type { Granularity, MetricName } from '../src/contract/metric';
import { metricTable } from '../src/presentation/metricTable';
import type { ChartData, Totals } from './chartData';

/** Intervals narrower than this many pixels would run together. */
const narrowest = 2;

/** How many intervals a step may have; the last of them, or several times as many, where the others do not suffice. */
const sizes: Readonly<Record<Exclude<Granularity, 'LIFETIME'>, readonly [number, ...number[]]>> = {
  HOUR: [24, 3, 6, 12],
  DAY: [28, 7, 14],
};

/** Of how many intervals a step is, where one interval is so many pixels wide. */
export function stepSize({ granularity }: ChartData, width: number): number {
  if (granularity === 'LIFETIME' || width >= narrowest || width <= 0) return 1;
  const [largest, ...smaller] = sizes[granularity];
  return smaller.find((size) => size * width >= narrowest) ?? largest * Math.ceil(narrowest / (width * largest));
}

const known = new WeakMap<ChartData, Map<number, ChartData>>();

/** The figures with steps in place of intervals; the last step may be shorter. */
export function inSteps(figures: ChartData, size: number): ChartData {
  if (size === 1) return figures;
  // Five charts of about the same width ask one after another.
  const bySize = known.get(figures) ?? new Map<number, ChartData>();
  known.set(figures, bySize);
  let steps = bySize.get(size);
  if (!steps) {
    const { intervals, sums } = figures;
    const count = Math.ceil(intervals.length / size);
    steps = {
      ...figures,
      steps: { of: figures, size },
      intervals: Array.from({ length: count }, (_, i) => {
        const { begin } = intervals[i * size]!;
        const { end, running } = intervals[Math.min((i + 1) * size, intervals.length) - 1]!;
        return { begin, end, running, totals: sums({ begin, end }) };
      }),
    };
    bySize.set(size, steps);
  }
  return steps;
}

/** The measured intervals, and how many of them one drawn interval has. */
export function measuredOf(figures: ChartData): { readonly of: ChartData; readonly size: number } {
  return figures.steps ?? { of: figures, size: 1 };
}

/** The values of each step's intervals that are not left out; of figures without steps the value alone. */
function valuesOf(
  figures: ChartData,
  value: (totals: Totals) => number | undefined,
  leftOut: readonly boolean[] = [],
): number[][] {
  const { of, size } = measuredOf(figures);
  return figures.intervals.map((_, i) =>
    of.intervals.slice(i * size, (i + 1) * size).flatMap(({ totals }, j) => {
      const one = leftOut[i * size + j] ? undefined : value(totals);
      return one === undefined ? [] : [one];
    }),
  );
}

/** How many intervals of each step were measured; at least one. */
export function measuredCounts(figures: ChartData, metric: MetricName): readonly number[] {
  if (!figures.steps) return figures.intervals.map(() => 1);
  return valuesOf(figures, metricTable[metric].value).map(({ length }) => Math.max(1, length));
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The least and the most of each step's intervals; NaN where it has none, and empty where there are no steps. */
export function rangesOf(figures: ChartData, metric: MetricName, leftOut: readonly boolean[] = []): readonly Range[] {
  if (!figures.steps) return [];
  return valuesOf(figures, metricTable[metric].value, leftOut).map((values) =>
    values.length === 0 ? { low: NaN, high: NaN } : { low: Math.min(...values), high: Math.max(...values) },
  );
}
