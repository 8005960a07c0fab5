/** A metric's series from JSON and back. One pass per answer: this is the hot path of a refresh. */
import type { MetricQuery } from './query';
import { type MetricSeries, metricNameOf, granularityOf, knownKeys } from './metric';
import { objectOf, listOf, isCount } from '../util/json';
import { graphIdOf } from './flow';
import { maxPoints, truncate, maxLength, maxKeys } from './lengthLimits';
import { parseTimestamp, formatTimestamp } from './timestamp';
import { MetricsError } from './errors';

/**
 * Reads the answer to `query`. Tolerates arrays sent as objects with keys "0", "1", …, numbers sent as text, unknown
 * keys, points out of order, and points sent twice (the later one wins). Throws `invalidResponse`, naming metric and
 * point, for values that cannot be counts or ratios and for impossible timestamps.
 */
export function parseMetricAnswer(json: unknown, query: MetricQuery): MetricSeries {
  const answer = objectOf(json);
  const metric = objectOf(answer?.metric);
  if (!metric) {
    // Graph leaves out a field that it no longer has, or sends null: the flow answers, but not about metrics.
    const isFlow = graphIdOf(answer?.id) === query.flowId;
    if (answer?.metric === null || (isFlow && answer?.metric === undefined)) throw withdrawn(query);
    throw refuse(query, 'it holds no "metric" object');
  }
  if (typeof metric.name === 'string' && metricNameOf(metric.name) !== query.metric) {
    throw refuse(query, `it is about the metric "${clip(metric.name)}"`);
  }
  if (typeof metric.granularity === 'string' && granularityOf(metric.granularity) !== query.granularity) {
    throw refuse(query, `it has the granularity "${clip(metric.granularity)}"`);
  }
  const points = metric.data_points === undefined ? [] : listOf(metric.data_points);
  if (!points) throw refuse(query, 'its "data_points" is not a list');
  if (points.length > maxPoints) throw refuse(query, `it has more than ${maxPoints} points`);

  const isRate = query.metric === 'ENDPOINT_REQUEST_ERROR_RATE';
  const count = points.length;
  const begins = new Float64Array(count);
  const keys: string[] = [...knownKeys[query.metric]];
  const columns: (Float64Array | undefined)[] = [];
  let ordered = true;
  for (let i = 0; i < count; i++) {
    const point = objectOf(points[i]);
    const begin = parseTimestamp(point?.timestamp);
    if (begin === undefined)
      throw refuse(query, `point ${i + 1} has the impossible timestamp "${clip(point?.timestamp)}"`);
    begins[i] = begin;
    if (i > 0 && begin <= begins[i - 1]!) ordered = false;
    const data = point!.data === undefined ? [] : listOf(point!.data);
    if (!data) throw refuse(query, `point ${i + 1} has no list of data`);
    // Keys mostly come in their documented order, so each is looked for right behind the one before.
    let at = -1;
    for (let j = 0; j < data.length; j++) {
      const pair = objectOf(data[j]);
      const key = pair?.key;
      if (!pair || typeof key !== 'string') throw refuse(query, `point ${i + 1} has an entry without a key`);
      const value = valueOf(pair.value, isRate);
      if (value === undefined) {
        throw refuse(
          query,
          `point ${i + 1} (${clip(point!.timestamp)}) has the impossible value "${clip(pair.value)}" for "${clip(key)}"`,
        );
      }
      at = keys[at + 1] === key ? at + 1 : keys.indexOf(key);
      if (at < 0) {
        const kept = truncate(key, maxLength.word);
        at = kept === key ? -1 : keys.indexOf(kept);
        if (at < 0 && keys.length >= maxKeys) throw refuse(query, `it has more than ${maxKeys} keys`);
        if (at < 0) at = keys.push(kept) - 1;
      }
      (columns[at] ??= new Float64Array(count))[i] = value;
    }
  }
  const order = ordered ? undefined : orderOf(begins);
  const shape = (values: Float64Array): Float64Array => (order ? pick(values, order) : values);
  const intervals = sharedBegins(shape(begins));
  return {
    metric: query.metric,
    granularity: query.granularity,
    begins: intervals,
    columns: keys.map((key, i) => ({ key, values: columns[i] ? shape(columns[i]) : sharedZeros(intervals.length) })),
  };
}

/** Columns that the answers of a refresh have in common are kept once, since no code writes into a series. */
let lastBegins: Float64Array = new Float64Array(0);
let lastZeros: Float64Array = new Float64Array(0);

/** The same intervals as those of the answer before, where they are equal. */
function sharedBegins(begins: Float64Array): Float64Array {
  let equal = begins.length === lastBegins.length;
  for (let i = 0; equal && i < begins.length; i++) equal = begins[i] === lastBegins[i];
  if (!equal) lastBegins = begins;
  return lastBegins;
}

/** The column of a key that no interval named. */
function sharedZeros(count: number): Float64Array {
  return lastZeros.length === count ? lastZeros : (lastZeros = new Float64Array(count));
}

/** Indices of the points in ascending time; of points with one timestamp only the last in the answer. */
function orderOf(begins: Float64Array): number[] {
  const last = new Map<number, number>();
  begins.forEach((begin, i) => last.set(begin, i));
  return [...last.keys()].sort((a, b) => a - b).map((begin) => last.get(begin)!);
}

function pick(values: Float64Array, order: readonly number[]): Float64Array {
  return Float64Array.from(order, (i) => values[i]!);
}

/** A ratio, or a count, which is whole and exact; also from decimal text; else undefined. */
function valueOf(value: unknown, isRate: boolean): number | undefined {
  if (typeof value === 'string' && /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return valueOf(Number(value), isRate);
  const fits = isRate ? typeof value === 'number' && value >= 0 && value <= 1 : isCount(value);
  return fits ? (value as number) : undefined;
}

function refuse(query: MetricQuery, why: string): MetricsError {
  return new MetricsError('invalidResponse', `The answer for ${query.metric} cannot be used: ${why}.`);
}

function withdrawn(query: MetricQuery): MetricsError {
  return new MetricsError('withdrawn', `The answer about ${query.metric} tells of the flow, but of no metric.`);
}

function clip(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  // The message is kept for as long as the failure is.
  const clean = truncate(text, maxLength.word).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
  return clean.length > 40 ? `${clean.slice(0, 40)}…` : clean;
}

/** The answer of a server for a series: only the keys above zero, as at Meta; a rate of zero is said, NaN (no requests) is not. */
export function metricBody(flowId: string, series: MetricSeries): { readonly id: string; readonly metric: unknown } {
  const data_points = Array.from(series.begins, (begin, i) => ({
    timestamp: formatTimestamp(begin),
    data: series.columns
      .filter(({ values }) => values[i]! > 0 || (series.metric === 'ENDPOINT_REQUEST_ERROR_RATE' && values[i] === 0))
      .map(({ key, values }) => ({ key, value: values[i]! })),
  }));
  return { id: flowId, metric: { granularity: series.granularity, name: series.metric, data_points } };
}
