/** Latency percentiles by nearest rank over the histogram, in integers: upper bounds, never interpolated. */
import { latencyKeys, type MetricSeries } from '../contract/metric';
import type { LatencyBucket, Span } from './model';
import { columnOf, indexRangeOf } from './series';

/** The first bucket whose cumulative count reaches numerator/denominator of all; undefined without counts. */
export function percentileBucket(
  counts: readonly number[],
  numerator: number,
  denominator: number,
): LatencyBucket | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  let cumulative = 0;
  for (let i = 0; i < counts.length; i++) {
    cumulative += counts[i]!;
    // An empty bucket holds no request, so it can never be the answer.
    if (counts[i]! > 0 && denominator * cumulative >= numerator * total) return (i + 1) as LatencyBucket;
  }
  return undefined;
}

/** Eleven counts, summed over the points that begin in the span; undefined where it holds no point. */
export function latencyCounts(series: MetricSeries, span?: Span): readonly number[] | undefined {
  const { from, to } = span ? indexRangeOf(series, span) : { from: 0, to: series.begins.length };
  if (from === to) return undefined;
  return latencyKeys.map((key) => {
    const values = columnOf(series, key)?.values;
    let sum = 0;
    if (values) for (let i = from; i < to; i++) sum += values[i]!;
    return sum;
  });
}

/** p50, p90 and p99 of a histogram. */
export function percentiles(counts: readonly number[]): {
  readonly p50?: LatencyBucket;
  readonly p90?: LatencyBucket;
  readonly p99?: LatencyBucket;
} {
  const p50 = percentileBucket(counts, 1, 2);
  const p90 = percentileBucket(counts, 9, 10);
  const p99 = percentileBucket(counts, 99, 100);
  return p50 === undefined || p90 === undefined || p99 === undefined ? {} : { p50, p90, p99 };
}
