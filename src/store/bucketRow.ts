/** The figures of one interval as a row of numbers, and how rows become the series of each metric. */
import {
  availabilityKeys,
  errorKeys,
  latencyKeys,
  type MetricName,
  type MetricSeries,
  type SeriesColumn,
} from '../contract/metric';
import type { SeriesRequest } from './metricStore';

/** Where each figure stands in a row. */
export const figureAt = {
  requests: 0,
  errors: 1,
  latency: 1 + errorKeys.length,
  succeeded: 1 + errorKeys.length + latencyKeys.length,
  failed: 2 + errorKeys.length + latencyKeys.length,
} as const;
export const figureCount = figureAt.failed + 1;

/** The series of rows by their begin, in ascending order. */
export function seriesOfRows(
  { metric, granularity }: Pick<SeriesRequest, 'metric' | 'granularity'>,
  rows: ReadonlyMap<number, Float64Array>,
): MetricSeries {
  const measured = metric === 'ENDPOINT_AVAILABILITY' ? [...rows].filter(([, row]) => checksOf(row) > 0) : [...rows];
  const column = (key: string, figure: (row: Float64Array) => number): SeriesColumn => ({
    key,
    values: Float64Array.from(measured, ([, row]) => figure(row)),
  });
  const columns = (keys: readonly string[], from: number): SeriesColumn[] =>
    keys.map((key, i) => column(key, (row) => row[from + i]!));
  const byMetric: Record<MetricName, () => readonly SeriesColumn[]> = {
    ENDPOINT_REQUEST_COUNT: () => [column('value', (row) => row[figureAt.requests]!)],
    ENDPOINT_REQUEST_ERROR: () => columns(errorKeys, figureAt.errors),
    ENDPOINT_REQUEST_ERROR_RATE: () => [column('value', rateOf)],
    ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: () => columns(latencyKeys, figureAt.latency),
    ENDPOINT_AVAILABILITY: () => columns(availabilityKeys, figureAt.succeeded),
  };
  return { metric, granularity, begins: Float64Array.from(measured, ([begin]) => begin), columns: byMetric[metric]() };
}

function checksOf(row: Float64Array): number {
  return row[figureAt.succeeded]! + row[figureAt.failed]!;
}

/** Errors over requests with the 14 significant digits of Meta's own figures; NaN without requests. */
function rateOf(row: Float64Array): number {
  const errors = errorKeys.reduce((sum, _, i) => sum + row[figureAt.errors + i]!, 0);
  return Number((errors / row[figureAt.requests]!).toPrecision(14));
}
