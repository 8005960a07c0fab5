/** A period's figures. Rates are sums over sums, percentiles come from summed buckets; nothing is a mean of means. */
import { errorKeys, metricNames, type MetricName, type MetricSeries } from '../contract/metric';
import type { PeriodTotals, SeriesByMetric, Span } from './model';
import { latencyCounts, percentiles } from './percentiles';
import { columnOf, indexFrom, indexRangeOf } from './series';
import { hasEveryInterval } from './windows';

/** Beyond this difference the server's own error rate is shown beside the computed one. */
const statedRateTolerance = 0.005;

/** Sums of the points that begin in the span; a figure without points is absent. */
export function totalsOf(series: SeriesByMetric, span: Span): PeriodTotals {
  const requests = requestsOf(series.ENDPOINT_REQUEST_COUNT, span);
  const errorsByKey = errorsOf(series.ENDPOINT_REQUEST_ERROR, span, requests !== undefined);
  const errors = errorsByKey?.reduce((sum, { count }) => sum + count, 0);
  // Servers do not promise that errors and requests agree to the last unit.
  const errorRate =
    errors !== undefined && requests !== undefined && requests > 0 ? Math.min(1, errors / requests) : undefined;
  const stated = statedRate(series, span);
  const latency =
    series.ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL && latencyCounts(series.ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL, span);
  const totals: Writable<PeriodTotals> = { span, errorsByKey: errorsByKey ?? [] };
  if (requests !== undefined) totals.requests = requests;
  if (errors !== undefined) totals.errors = errors;
  if (errorRate !== undefined) {
    totals.errorRate = errorRate;
    if (stated !== undefined && Math.abs(stated - errorRate) > statedRateTolerance) totals.statedErrorRate = stated;
  }
  if (latency) Object.assign(totals, { latency, measured: sum(latency) }, percentiles(latency));
  return Object.assign(totals, availabilityOf(series.ENDPOINT_AVAILABILITY, span));
}

/** Filled in place: copies of parts would cost more than the sums. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The totals of an earlier period, of metrics alone that have every interval of it: others would compare unfairly. */
export function comparableTotals(series: SeriesByMetric, span: Span, zone: string): PeriodTotals {
  const whole: Partial<Record<MetricName, MetricSeries>> = {};
  for (const metric of metricNames) {
    const one = series[metric];
    if (one && hasEveryInterval(one, span, zone, series.ENDPOINT_REQUEST_COUNT)) whole[metric] = one;
  }
  return totalsOf(whole, span);
}

/** Sums by index, without slices: a dashboard sums thousands of intervals. */
function sum(values: ArrayLike<number> = [], from = 0, to = values.length): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}

function requestsOf(series: MetricSeries | undefined, span: Span): number | undefined {
  if (!series) return undefined;
  const { from, to } = indexRangeOf(series, span);
  return from === to ? undefined : sum(columnOf(series, 'value')?.values, from, to);
}

/** Where requests were counted, no point of errors means no errors. */
function errorsOf(
  series: MetricSeries | undefined,
  span: Span,
  counted: boolean,
): PeriodTotals['errorsByKey'] | undefined {
  if (!series) return undefined;
  const { from, to } = indexRangeOf(series, span);
  if (from === to && !counted) return undefined;
  const known: readonly string[] = errorKeys;
  return series.columns
    .map(({ key, values }) => ({ key, count: sum(values, from, to) }))
    .filter(({ key, count }) => count > 0 || known.includes(key));
}

/** The server's own rate, weighted by the requests of the same intervals. */
function statedRate(series: SeriesByMetric, span: Span): number | undefined {
  const { ENDPOINT_REQUEST_ERROR_RATE: rate, ENDPOINT_REQUEST_COUNT: count } = series;
  if (!rate || !count) return undefined;
  const rates = columnOf(rate, 'value')?.values;
  const requests = columnOf(count, 'value')?.values;
  if (!rates || !requests) return undefined;
  let weighted = 0;
  let weight = 0;
  for (let i = indexFrom(rate, span.begin); i < rate.begins.length && rate.begins[i]! < span.end; i++) {
    const j = indexFrom(count, rate.begins[i]!);
    if (count.begins[j] !== rate.begins[i]) continue;
    weighted += rates[i]! * requests[j]!;
    weight += requests[j]!;
  }
  return weight > 0 ? weighted / weight : undefined;
}

function availabilityOf(
  series: MetricSeries | undefined,
  span: Span,
): Pick<PeriodTotals, 'succeeded' | 'failed' | 'availability'> {
  if (!series) return {};
  const { from, to } = indexRangeOf(series, span);
  if (from === to) return {};
  const succeeded = sum(columnOf(series, 'succeeded')?.values, from, to);
  const failed = sum(columnOf(series, 'failed')?.values, from, to);
  const checks = succeeded + failed;
  return { succeeded, failed, ...(checks > 0 ? { availability: succeeded / checks } : {}) };
}
