/** Alerts of a flow as a meter keeps them, from Meta's quality webhooks; and the field `flowmeter_alerts`. */
import { dayMs } from './calendar';
import { MetricsError } from './errors';
import { isCount } from '../util/json';
import { truncate, maxLength } from './lengthLimits';
import { defined } from '../util/defined';

export const alertsField = 'flowmeter_alerts';
/** The field gives the newest ones only. */
export const maxAlerts = 100;
/** Of one alert; Meta names about a dozen kinds of errors. */
export const maxAlertErrors = 20;

/** One kind of errors that an alert counts. */
export interface AlertError {
  /** In one spelling, whatever Meta's: lower case with underscores, such as `timeout_error`. */
  readonly type: string;
  readonly count?: number;
  /** In percent. */
  readonly rate?: number;
}

export interface MeterAlert {
  /** Unique. */
  readonly id: string;
  readonly flowId: string;
  /** Meta's name of the event, such as `ENDPOINT_ERROR_RATE`. */
  readonly type: string;
  readonly state: 'ACTIVATED' | 'DEACTIVATED';
  /** When it was activated, in epoch milliseconds. */
  readonly time: number;
  /** When it ended. */
  readonly until?: number;
  /** In the unit of its type: percent, or milliseconds for latency. */
  readonly value?: number;
  readonly threshold?: number;
  readonly text: string;
  /** On how many requests it stands. */
  readonly requestsCount?: number;
  /** In milliseconds; `value` is the p90. */
  readonly p50Latency?: number;
  readonly errors?: readonly AlertError[];
  /** Of a change of status: from what to what, and Meta's reason. */
  readonly oldStatus?: string;
  readonly newStatus?: string;
  readonly reason?: string;
}

/** How far ahead of ours another computer's clock may be. */
const aheadMs = dayMs;
/** For so long at most an alert is taken to hold: its end was missed, or its time is none. */
const longestMs = 400 * dayMs;

/** False for an alert that cannot be: of a time to come, or one that would still hold after longer than any is kept. */
export function isPlausibleAlert({ time, until, state }: MeterAlert, now: number): boolean {
  if (time > now + aheadMs) return false;
  return state !== 'ACTIVATED' || until !== undefined || time >= now - longestMs;
}

/** One notice of Meta: an alert began or ended, or a status changed. */
export type AlertNotice = Omit<MeterAlert, 'until'>;

/** The value of the field; `alerts` are newest first. */
export function alertsBody(alerts: readonly MeterAlert[]): unknown {
  return {
    data: alerts.map((alert) => ({
      id: alert.id,
      type: alert.type,
      state: alert.state,
      time: new Date(alert.time).toISOString(),
      // JSON leaves out properties that are undefined.
      until: alert.until === undefined ? undefined : new Date(alert.until).toISOString(),
      value: alert.value,
      threshold: alert.threshold,
      text: alert.text,
      requests_count: alert.requestsCount,
      p50_latency: alert.p50Latency,
      errors: alert.errors?.map(({ type, count, rate }) => ({
        error_type: type,
        error_count: count,
        error_rate: rate,
      })),
      old_status: alert.oldStatus,
      new_status: alert.newStatus,
      reason: alert.reason,
    })),
  };
}

/** Reads the answer to `fields=flowmeter_alerts`; throws `invalidResponse` where it is none. */
export function parseAlertsAnswer(json: unknown, flowId: string): readonly MeterAlert[] {
  const data = (((json ?? {}) as Record<string, unknown>)[alertsField] as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(data)) throw new MetricsError('invalidResponse', 'The answer holds no list of alerts.');
  return data.slice(0, maxAlerts).map((entry: unknown) => readAlert(entry, flowId));
}

function readAlert(json: unknown, flowId: string): MeterAlert {
  const given = (json ?? {}) as Record<string, unknown>;
  const { id, type, state, time, until, text } = given;
  const begin = typeof time === 'string' ? Date.parse(time) : NaN;
  const end = typeof until === 'string' ? Date.parse(until) : undefined;
  const valid =
    typeof id === 'string' &&
    typeof type === 'string' &&
    (state === 'ACTIVATED' || state === 'DEACTIVATED') &&
    Number.isFinite(begin) &&
    !Number.isNaN(end) &&
    typeof text === 'string';
  if (!valid) throw new MetricsError('invalidResponse', 'The answer holds an alert that cannot be read.');
  return {
    id: truncate(id, maxLength.id),
    flowId,
    type: truncate(type, maxLength.word),
    state,
    time: begin,
    ...defined({ until: end }),
    ...numberAt('value', given.value),
    ...numberAt('threshold', given.threshold),
    text: truncate(text, maxLength.text),
    ...countAt('requestsCount', given.requests_count),
    ...numberAt('p50Latency', given.p50_latency),
    ...(Array.isArray(given.errors) ? { errors: given.errors.slice(0, maxAlertErrors).flatMap(readError) } : {}),
    ...textAt('oldStatus', given.old_status),
    ...textAt('newStatus', given.new_status),
    ...textAt('reason', given.reason),
  };
}

function readError(json: unknown): readonly AlertError[] {
  const { error_type: type, error_count: count, error_rate: rate } = (json ?? {}) as Record<string, unknown>;
  return typeof type === 'string'
    ? [{ type: truncate(type, maxLength.word), ...countAt('count', count), ...numberAt('rate', rate) }]
    : [];
}

function numberAt<K extends string>(key: K, value: unknown): { readonly [P in K]?: number } {
  const isFigure = typeof value === 'number' && value >= 0 && value < Infinity;
  return (isFigure ? { [key]: value } : {}) as { [P in K]?: number };
}

function countAt<K extends string>(key: K, value: unknown): { readonly [P in K]?: number } {
  return (isCount(value) ? { [key]: value } : {}) as { [P in K]?: number };
}

function textAt<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  return (typeof value === 'string' ? { [key]: truncate(value, maxLength.text) } : {}) as { [P in K]?: string };
}
