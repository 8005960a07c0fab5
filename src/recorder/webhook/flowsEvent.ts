/** Meta's quality webhooks: what a payload says, read as tolerantly as its many spellings need. */
import { isGraphId } from '../../contract/flow';
import type { MeterAlert } from '../../contract/alert';

export interface WebhookReading {
  readonly alerts: readonly MeterAlert[];
  /** Statuses that flows have from now on, in the order in which they were told. */
  readonly statuses: readonly { readonly flowId: string; readonly status: string }[];
  /** What was left out, one line each, for the log. */
  readonly unknown: readonly string[];
}

/** Events in whose payload a measured value stands, and where. */
const measuredBy: Readonly<Record<string, { readonly value: string; readonly unit: string; readonly what: string }>> = {
  CLIENT_ERROR_RATE: { value: 'error_rate', unit: '%', what: 'error rate of the clients' },
  ENDPOINT_ERROR_RATE: { value: 'error_rate', unit: '%', what: 'error rate of the endpoint' },
  ENDPOINT_LATENCY: { value: 'p90_latency', unit: ' ms', what: 'p90 latency of the endpoint' },
  ENDPOINT_AVAILABILITY: { value: 'availability', unit: '%', what: 'availability of the endpoint' },
};

const maxText = 500;

/**
 * Reads a payload; undefined where it is not one of a WhatsApp Business Account. `now` stands in for a missing time.
 * Events of other kinds and of future ones are named in `unknown`, never an error: Meta would send them again and again.
 */
export function readWebhook(payload: unknown, now: number): WebhookReading | undefined {
  if (!isRecord(payload) || !Array.isArray(payload.entry)) return undefined;
  const alerts: MeterAlert[] = [];
  const statuses: { flowId: string; status: string }[] = [];
  const unknown: string[] = [];
  for (const entry of payload.entry as unknown[]) {
    if (!isRecord(entry) || !Array.isArray(entry.changes)) {
      unknown.push('an entry without changes');
      continue;
    }
    const time = timeOf(entry.time) ?? now;
    for (const change of entry.changes as unknown[]) {
      const read = isRecord(change) ? readChange(change, time) : 'a change that is no object';
      if (typeof read === 'string') {
        unknown.push(read);
        continue;
      }
      alerts.push(read);
      const status = nameOf((change as { value: Record<string, unknown> }).value.new_status);
      if (read.type === 'FLOW_STATUS_CHANGE' && status !== '') statuses.push({ flowId: read.flowId, status });
    }
  }
  return { alerts, statuses, unknown };
}

/** The alert, or what it is instead. */
function readChange({ field, value }: Record<string, unknown>, time: number): MeterAlert | string {
  if (field !== 'flows') return `field ${shown(field)}`;
  if (!isRecord(value)) return 'field flows without a value';
  const type = nameOf(value.event);
  const flowId = typeof value.flow_id === 'number' ? String(value.flow_id) : value.flow_id;
  if (!isGraphId(flowId)) return `event ${shown(value.event)} without a flow id`;
  const base = { flowId, type, time };
  switch (type) {
    case 'CLIENT_ERROR_RATE':
    case 'ENDPOINT_ERROR_RATE':
    case 'ENDPOINT_LATENCY':
    case 'ENDPOINT_AVAILABILITY':
      return readAlert(value, base);
    case 'FLOW_STATUS_CHANGE':
      return readStatusChange(value, base);
    case 'FLOW_VERSION_EXPIRY_WARNING': {
      const text = textOf(value.warning) ?? textOf(value.message) ?? 'The version of the flow expires.';
      // Nothing ever ends it, so it stands for the moment at which it came.
      return withId({ ...base, state: 'DEACTIVATED', until: time, text });
    }
    default:
      return `event ${shown(value.event)} of flow ${flowId}`;
  }
}

interface AlertBase {
  readonly flowId: string;
  readonly type: string;
  readonly time: number;
}

function readAlert(value: Record<string, unknown>, base: AlertBase): MeterAlert | string {
  const state = nameOf(value.alert_state);
  if (state !== 'ACTIVATED' && state !== 'DEACTIVATED') {
    return `event ${base.type} of flow ${base.flowId} with alert_state ${shown(value.alert_state)}`;
  }
  const { value: field, unit, what } = measuredBy[base.type]!;
  const measured = numberOf(value[field]);
  const threshold = numberOf(value.threshold);
  const figures = [
    measured === undefined ? '' : `${what} ${measured}${unit}`,
    threshold === undefined ? '' : `threshold ${threshold}${unit}`,
  ].filter(Boolean);
  return withId({
    ...base,
    state,
    ...(state === 'DEACTIVATED' ? { until: base.time } : {}),
    ...(measured === undefined ? {} : { value: measured }),
    ...(threshold === undefined ? {} : { threshold }),
    text: textOf(value.message) ?? (figures.join(', ') || base.type),
  });
}

/** A flow that Meta holds back is an alert until Meta lets go of it. */
function readStatusChange(value: Record<string, unknown>, base: AlertBase): MeterAlert {
  const before = nameOf(value.old_status);
  const after = nameOf(value.new_status);
  const isHeldBack = after === 'THROTTLED' || after === 'BLOCKED';
  const change =
    before === '' ? `The flow's status is ${after}.` : `The flow's status went from ${before} to ${after}.`;
  const text = [textOf(value.message) ?? change, textOf(value.warning)].filter(Boolean).join(' ');
  return withId({
    ...base,
    state: isHeldBack ? 'ACTIVATED' : 'DEACTIVATED',
    ...(isHeldBack ? {} : { until: base.time }),
    text: text.slice(0, maxText),
  });
}

/** What Meta delivers twice has the same id, and so replaces itself. */
function withId(alert: Omit<MeterAlert, 'id'>): MeterAlert {
  const { flowId, type, time, state, threshold } = alert;
  return { id: [flowId, type, time, state, threshold ?? ''].join(':'), ...alert };
}

/** Seconds since 1970, as number or text; milliseconds are told by their size. */
function timeOf(time: unknown): number | undefined {
  const number = numberOf(time);
  if (number === undefined || number <= 0) return undefined;
  const instant = number > 1e11 ? number : number * 1000;
  return instant < Date.UTC(2200, 0) ? Math.floor(instant) : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Meta spells the same word with hyphens, blanks, underscores and in any case. */
function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? value
        .trim()
        .toUpperCase()
        .replaceAll(/[\s-]+/g, '_')
        .slice(0, 64)
    : '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, maxText) : undefined;
}

/** Text from outside, fit for one line of a log. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value;
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64)}"`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
