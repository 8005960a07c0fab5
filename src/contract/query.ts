/** A metric query: written and read in both directions, with the date rules that client and server share. */
import { addDays, isCalendarDate, type CalendarDate } from './calendar';
import { MetricsError } from './errors';
import { isGraphId } from './flow';
import type { LatencyQuery } from './latency';
import { granularities, granularityOf, metricNameOf, metricNames, type Granularity, type MetricName } from './metric';
import { defined } from '../util/defined';

export interface MetricQuery {
  readonly flowId: string;
  readonly metric: MetricName;
  readonly granularity: Granularity;
  /** First day, in the server's zone. Left out: the oldest allowed. */
  readonly since?: CalendarDate;
  /** The day after the last one. Left out: up to now. */
  readonly until?: CalendarDate;
}

type MetricArguments = Omit<MetricQuery, 'flowId'>;
export type SpanArguments = Omit<LatencyQuery, 'flowId'>;

/** How many days before today `since` may lie; LIFETIME has no limit. */
export const reachDays: Readonly<Record<Granularity, number | undefined>> = { HOUR: 30, DAY: 90, LIFETIME: undefined };

/** The same text for the same question: the cache key of a query. */
export function queryKey(query: MetricQuery): string {
  return `${query.flowId}?${metricField(query)}`;
}

/** The query as the value of `fields`. */
export function metricField(query: MetricArguments): string {
  const since = query.since ? `.since(${query.since})` : '';
  const until = query.until ? `.until(${query.until})` : '';
  return `metric.name(${query.metric}).granularity(${query.granularity})${since}${until}`;
}

/**
 * Turns raw arguments into a query, or throws `invalidRequest` naming the argument and what is allowed.
 * `today` is the date in the server's zone; `toleranceDays` widens the oldest allowed `since`
 * for a client that does not know that zone for certain.
 */
export function readMetricArguments(
  raw: ReadonlyMap<string, string>,
  today: CalendarDate,
  toleranceDays = 0,
): MetricArguments {
  const name = raw.get('name');
  if (!name) throw invalid('name', `"name" is missing: allowed are ${metricNames.join(', ')}.`);
  const metric = metricNameOf(name);
  if (!metric) throw invalid('name', `"${short(name)}" is not a metric: allowed are ${metricNames.join(', ')}.`);
  return { metric, ...readSpan(raw, today, toleranceDays) };
}

/** The same for the arguments of `flowmeter_latency`. */
export function readLatencyArguments(raw: ReadonlyMap<string, string>, today: CalendarDate): SpanArguments {
  return readSpan(raw, today, 0);
}

function readSpan(raw: ReadonlyMap<string, string>, today: CalendarDate, toleranceDays: number): SpanArguments {
  const granularityText = raw.get('granularity');
  if (!granularityText)
    throw invalid('granularity', `"granularity" is missing: allowed are ${granularities.join(', ')}.`);
  const granularity = granularityOf(granularityText);
  if (!granularity) {
    throw invalid(
      'granularity',
      `"${short(granularityText)}" is not a granularity: allowed are ${granularities.join(', ')}.`,
    );
  }
  const since = raw.get('since');
  const until = raw.get('until');
  const span: SpanArguments = {
    granularity,
    ...defined({ since, until }),
  };
  checkDates(span, today, toleranceDays);
  return span;
}

/** The oldest `since` that the granularity allows on that day; undefined without a limit. */
export function oldestSince(granularity: Granularity, today: CalendarDate): CalendarDate | undefined {
  const reach = reachDays[granularity];
  return reach === undefined ? undefined : addDays(today, -reach);
}

/** Throws `invalidRequest` where dates are impossible, too old or in the wrong order. */
function checkDates(query: SpanArguments, today: CalendarDate, toleranceDays = 0): void {
  const { granularity, since, until } = query;
  for (const [name, date] of [
    ['since', since],
    ['until', until],
  ] as const) {
    if (date !== undefined && !isCalendarDate(date)) {
      throw invalid(name, `"${short(date)}" is not a date: ${name} is a real day written YYYY-MM-DD.`);
    }
  }
  const oldest = oldestSince(granularity, today);
  if (since !== undefined && oldest !== undefined && since < addDays(oldest, -toleranceDays)) {
    throw invalid('since', `since ${since} is too old: with ${granularity} the oldest allowed day is ${oldest}.`);
  }
  if (since !== undefined && until !== undefined && since >= until) {
    throw invalid('until', `until ${until} must come after since ${since}: until is the day after the last one.`);
  }
  if (since !== undefined && since > addDays(today, toleranceDays)) {
    throw invalid('since', `since ${since} lies in the future: today is ${today}.`);
  }
}

/** The check that the client makes before it sends. */
export function checkQuery(query: MetricQuery, today: CalendarDate): void {
  if (!isGraphId(query.flowId)) throw invalid('flow', `"${short(query.flowId)}" is not a flow id: it has digits only.`);
  checkDates(query, today, 1);
}

function invalid(parameter: string, message: string): MetricsError {
  return new MetricsError('invalidRequest', message, { parameter, code: 100 });
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
