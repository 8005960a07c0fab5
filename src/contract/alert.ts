/** Alerts of a flow as a meter keeps them, from Meta's quality webhooks; and the field `flowmeter_alerts`. */
import { MetricsError } from './errors';

export const alertsField = 'flowmeter_alerts';
/** The field gives the newest ones only. */
export const maxAlerts = 100;

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
}

/** The value of the field; `alerts` are newest first. */
export function alertsBody(alerts: readonly MeterAlert[]): unknown {
  return {
    data: alerts.map(({ id, type, state, time, until, value, threshold, text }) => ({
      id,
      type,
      state,
      time: new Date(time).toISOString(),
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
      ...(value === undefined ? {} : { value }),
      ...(threshold === undefined ? {} : { threshold }),
      text,
    })),
  };
}

/** Reads the answer to `fields=flowmeter_alerts`; throws `invalidResponse` where it is none. */
export function parseAlertsAnswer(json: unknown, flowId: string): readonly MeterAlert[] {
  const data = (((json ?? {}) as Record<string, unknown>)[alertsField] as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(data)) throw new MetricsError('invalidResponse', 'The answer holds no list of alerts.');
  return data.map((entry: unknown) => readAlert(entry, flowId));
}

function readAlert(json: unknown, flowId: string): MeterAlert {
  const { id, type, state, time, until, value, threshold, text } = (json ?? {}) as Record<string, unknown>;
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
    id,
    flowId,
    type,
    state,
    time: begin,
    ...(end === undefined ? {} : { until: end }),
    ...(typeof value === 'number' ? { value } : {}),
    ...(typeof threshold === 'number' ? { threshold } : {}),
    text,
  };
}
