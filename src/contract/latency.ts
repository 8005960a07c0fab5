/** The field `flowmeter_latency`: percentiles of a flow's successful requests in milliseconds, which only a meter has. */
import type { CalendarDate } from './calendar';
import { MetricsError } from './errors';
import { isCount, objectOf, type JsonObject } from '../util/json';
import { granularityOf, type Granularity } from './metric';
import { parseTimestamp, formatTimestamp } from './timestamp';
import { maxPoints } from './lengthLimits';

export const latencyField = 'flowmeter_latency';

export interface LatencyQuery {
  readonly flowId: string;
  readonly granularity: Granularity;
  /** As in a metric query. */
  readonly since?: CalendarDate;
  readonly until?: CalendarDate;
}

/** Milliseconds; each is true to 1 %. */
export interface MilliPercentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Percentiles of each interval with successful requests, in parallel columns, and of all of them together. */
export interface MilliSeries {
  readonly granularity: Granularity;
  /** Begin of each interval in epoch milliseconds, ascending. */
  readonly begins: Float64Array;
  readonly p50: Float64Array;
  readonly p90: Float64Array;
  readonly p99: Float64Array;
  /** Of the whole period; absent where there was no successful request. */
  readonly period?: MilliPercentiles & { readonly count: number };
}

export const milliKeys = ['p50', 'p90', 'p99'] as const;

/** The query as an entry of `fields`. */
function latencyFieldOf({ granularity, since, until }: LatencyQuery): string {
  const from = since ? `.since(${since})` : '';
  const to = until ? `.until(${until})` : '';
  return `${latencyField}.granularity(${granularity})${from}${to}`;
}

/** Path of the query; begins with `/vN.N`. */
export function latencyPath(version: string, query: LatencyQuery): string {
  return `/${version}/${query.flowId}?fields=${latencyFieldOf(query)}`;
}

/** The value of the field. */
export function latencyBody(series: MilliSeries): unknown {
  return {
    unit: 'ms',
    granularity: series.granularity,
    data_points: Array.from(series.begins, (begin, i) => ({
      timestamp: formatTimestamp(begin),
      data: milliKeys.map((key) => ({ key, value: series[key][i]! })),
    })),
    ...(series.period ? { period: series.period } : {}),
  };
}

/** Reads the answer to `latencyPath`; throws `invalidResponse` where it is none. */
export function parseLatencyAnswer(json: unknown): MilliSeries {
  const body = objectOf(objectOf(json)?.[latencyField]);
  const granularity = typeof body?.granularity === 'string' ? granularityOf(body.granularity) : undefined;
  if (body?.unit !== 'ms' || !granularity || !Array.isArray(body.data_points)) throw invalid();
  if (body.data_points.length > maxPoints) throw invalid();
  const points = body.data_points.map(objectOf);
  const valueOf = (point: JsonObject | undefined, wanted: string): number => {
    const data: unknown = point?.data;
    if (!Array.isArray(data)) throw invalid();
    return numberOf(data.map(objectOf).find((pair) => pair?.key === wanted)?.value);
  };
  const column = (key: string): Float64Array => Float64Array.from(points, (point) => valueOf(point, key));
  const begins = Float64Array.from(points, (point) => parseTimestamp(point?.timestamp) ?? NaN);
  if (begins.some((begin, i) => Number.isNaN(begin) || (i > 0 && begin <= begins[i - 1]!))) throw invalid();
  const period = objectOf(body.period);
  return {
    granularity,
    begins,
    p50: column('p50'),
    p90: column('p90'),
    p99: column('p99'),
    ...(period
      ? {
          period: {
            p50: numberOf(period.p50),
            p90: numberOf(period.p90),
            p99: numberOf(period.p99),
            count: countOf(period.count),
          },
        }
      : {}),
  };
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw invalid();
  return value;
}

function countOf(value: unknown): number {
  if (!isCount(value)) throw invalid();
  return value;
}

function invalid(): MetricsError {
  return new MetricsError('invalidResponse', 'The answer holds no latency in milliseconds that can be read.');
}
