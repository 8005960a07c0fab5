/** Everything about the five metrics that the wire fixes: names, keys, granularities and the shape of a series. */

/** Metric names in the order in which Flowmeter shows them. */
export const metricNames = [
  'ENDPOINT_REQUEST_COUNT',
  'ENDPOINT_REQUEST_ERROR',
  'ENDPOINT_REQUEST_ERROR_RATE',
  'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
  'ENDPOINT_AVAILABILITY',
] as const;
export type MetricName = (typeof metricNames)[number];

export const granularities = ['HOUR', 'DAY', 'LIFETIME'] as const;
export type Granularity = (typeof granularities)[number];

/** Error types of ENDPOINT_REQUEST_ERROR, in drawing order from the baseline up. */
export const errorKeys = [
  'timeout_error',
  'unexpected_http_status_code',
  'cannot_be_served',
  'no_http_response_error',
] as const;
export type ErrorKey = (typeof errorKeys)[number];

/** Keys of the latency histogram: seconds rounded up, and everything over 10 s. */
export const latencyKeys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '10+'] as const;

export const availabilityKeys = ['succeeded', 'failed'] as const;

/** The keys Meta documents for a metric; an answer may hold others, which are kept. */
export const knownKeys: Readonly<Record<MetricName, readonly string[]>> = {
  ENDPOINT_REQUEST_COUNT: ['value'],
  ENDPOINT_REQUEST_ERROR: errorKeys,
  ENDPOINT_REQUEST_ERROR_RATE: ['value'],
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: latencyKeys,
  ENDPOINT_AVAILABILITY: availabilityKeys,
};

/** One key of a metric over all intervals of a series. */
export interface SeriesColumn {
  readonly key: string;
  /** One value per interval, parallel to `MetricSeries.begins`; a key that an interval did not name is 0. */
  readonly values: Float64Array;
}

/**
 * The answer to one metric query, in typed columns from parser to chart.
 * An interval that is not listed was not measured: it is unknown, not zero.
 */
export interface MetricSeries {
  readonly metric: MetricName;
  readonly granularity: Granularity;
  /** Begin of each interval in epoch milliseconds, ascending, without duplicates. */
  readonly begins: Float64Array;
  /** The documented keys first, in documented order, then unknown keys in order of appearance. */
  readonly columns: readonly SeriesColumn[];
}

/** The metric of that name in any case, or undefined. */
export function metricNameOf(text: string): MetricName | undefined {
  const upper = text.toUpperCase();
  return metricNames.find((name) => name === upper);
}

/** The granularity of that name in any case, or undefined. */
export function granularityOf(text: string): Granularity | undefined {
  const upper = text.toUpperCase();
  return granularities.find((granularity) => granularity === upper);
}

/** True for the name of a metric, from outside. */
export function isMetricName(value: unknown): value is MetricName {
  return metricNames.some((name) => name === value);
}

/** From how many requests on Meta gives figures; other servers state their own limit. */
export const metaMinRequests = 250;
