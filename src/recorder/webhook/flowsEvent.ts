/** Meta's quality webhooks: what a payload says, read as tolerantly as its many spellings need. */
import { createHash } from 'node:crypto';
import { graphIdOf } from '../../contract/flow';
import { maxAlertErrors, type AlertError, type AlertNotice } from '../../contract/alert';
import { isCount, objectOf, type JsonObject } from '../../util/json';
import { parsed, problem, type Parsed } from '../../util/parsed';
import { truncate, maxLength } from '../../contract/lengthLimits';
import { defined } from '../../util/defined';

export interface WebhookReading {
  readonly notices: readonly AlertNotice[];
  /** Fields other than `flows` of which something was told, such as `messages`. */
  readonly otherFields: ReadonlySet<string>;
  /** Changes that were left out, with their counts: one line each for the log, not more than a few. */
  readonly unknown: ReadonlyMap<string, number>;
}

/** Events in whose payload a measured value stands, and where. */
const measuredBy: Readonly<Record<string, { readonly value: string; readonly unit: string; readonly what: string }>> = {
  CLIENT_ERROR_RATE: { value: 'error_rate', unit: '%', what: 'error rate of the clients' },
  ENDPOINT_ERROR_RATE: { value: 'error_rate', unit: '%', what: 'error rate of the endpoint' },
  ENDPOINT_LATENCY: { value: 'p90_latency', unit: ' ms', what: 'p90 latency of the endpoint' },
  ENDPOINT_AVAILABILITY: { value: 'availability', unit: '%', what: 'availability of the endpoint' },
};

/** Meta's samples name some errors otherwise than its list of them does. */
const sameError: ReadonlyMap<string, string> = new Map([
  ['timeout', 'timeout_error'],
  ['capability_error', 'missing_capability'],
  ['public_key_signiture_verification', 'public_key_signature_verification'],
]);

const maxUnknown = 20;

/** Lines with how often each was said; after some different ones the others are only counted. */
class Counted {
  readonly lines = new Map<string, number>();

  add(line: string): void {
    const key = this.lines.has(line) || this.lines.size < maxUnknown ? line : 'something else';
    this.lines.set(key, (this.lines.get(key) ?? 0) + 1);
  }
}

/**
 * Reads a payload; undefined where it is not one of a WhatsApp Business Account. `now` stands in for a missing time.
 * Events of other kinds and of future ones are named in `unknown`, never an error: Meta would send them again and again.
 */
export function readWebhook(payload: unknown, now: number): WebhookReading | undefined {
  const entries = objectOf(payload)?.entry;
  if (!Array.isArray(entries)) return undefined;
  const notices: AlertNotice[] = [];
  const otherFields = new Set<string>();
  const unknown = new Counted();
  for (const entry of entries.map(objectOf)) {
    if (!Array.isArray(entry?.changes)) {
      unknown.add('an entry without changes');
      continue;
    }
    const time = timeOf(entry.time) ?? now;
    for (const change of entry.changes.map(objectOf)) {
      if (typeof change?.field === 'string' && change.field !== 'flows') {
        if (otherFields.size < maxUnknown) otherFields.add(shown(change.field));
        continue;
      }
      const notice = change ? parseChange(change, time) : problem('a change that is no object');
      if (notice.ok) notices.push(notice.value);
      else unknown.add(notice.problem);
    }
  }
  return { notices, otherFields, unknown: unknown.lines };
}

/** The notice; a problem says what the change is instead. */
function parseChange({ field, value: json }: JsonObject, time: number): Parsed<AlertNotice> {
  if (field !== 'flows') return problem('a change without a field');
  const value = objectOf(json);
  if (!value) return problem('field flows without a value');
  const type = nameOf(value.event);
  const flowId = graphIdOf(value.flow_id);
  if (flowId === undefined) {
    const hasLostDigits = typeof value.flow_id === 'number' && value.flow_id > Number.MAX_SAFE_INTEGER;
    const flaw = hasLostDigits ? 'with a number as flow id, too large to be exact' : 'without a flow id';
    return problem(`event ${shown(value.event)} ${flaw}`);
  }
  const base = { flowId, type, time };
  switch (type) {
    case 'CLIENT_ERROR_RATE':
    case 'ENDPOINT_ERROR_RATE':
    case 'ENDPOINT_LATENCY':
    case 'ENDPOINT_AVAILABILITY':
      return parseAlert(value, base);
    case 'FLOW_STATUS_CHANGE':
      return parseStatusChange(value, base);
    case 'FLOW_VERSION_EXPIRY_WARNING': {
      const text = textOf(value.warning) ?? textOf(value.message) ?? 'The version of the flow expires.';
      // Nothing ever ends it, so it stands for the moment at which it came.
      return parsed(withId({ ...base, state: 'DEACTIVATED', text }));
    }
    default:
      return problem(`event ${shown(value.event)} of flow ${flowId}`);
  }
}

interface NoticeBase {
  readonly flowId: string;
  readonly type: string;
  readonly time: number;
}

function parseAlert(value: JsonObject, base: NoticeBase): Parsed<AlertNotice> {
  const state = nameOf(value.alert_state);
  if (state !== 'ACTIVATED' && state !== 'DEACTIVATED') {
    return problem(`event ${base.type} of flow ${base.flowId} with alert_state ${shown(value.alert_state)}`);
  }
  const { value: field, unit, what } = measuredBy[base.type]!;
  const measured = numberOf(value[field]);
  const threshold = numberOf(value.threshold);
  const requestsCount = countOf(value.requests_count);
  const p50Latency = numberOf(value.p50_latency);
  const errors = errorsOf(value.errors);
  const figures = [
    measured === undefined ? '' : `${what} ${measured}${unit}`,
    threshold === undefined ? '' : `threshold ${threshold}${unit}`,
  ].filter(Boolean);
  const notice = withId({
    ...base,
    state,
    ...defined({ value: measured, threshold }),
    text: textOf(value.message) ?? (figures.join(', ') || base.type),
    ...defined({ requestsCount, p50Latency }),
    ...(errors.length === 0 ? {} : { errors }),
  });
  return parsed(notice);
}

function errorsOf(value: unknown): readonly AlertError[] {
  // Where Graph's lists come as objects, their keys are 0, 1, 2.
  const list = Array.isArray(value) ? (value as unknown[]) : Object.values(objectOf(value) ?? {});
  return list.slice(0, maxAlertErrors).flatMap((json) => {
    const entry = objectOf(json);
    if (!entry) return [];
    const type = nameOf(entry.error_type).toLowerCase();
    const count = countOf(entry.error_count);
    const rate = numberOf(entry.error_rate);
    if (type === '' && count === undefined && rate === undefined) return [];
    return [{ type: sameError.get(type) ?? (type || 'unknown'), ...defined({ count, rate }) }];
  });
}

/** A flow that Meta holds back is an alert until its next change of status. */
function parseStatusChange(value: JsonObject, base: NoticeBase): Parsed<AlertNotice> {
  const before = nameOf(value.old_status);
  const after = nameOf(value.new_status);
  if (after === '') return problem(`event ${base.type} of flow ${base.flowId} without a new status`);
  const change =
    before === '' ? `The flow's status is ${after}.` : `The flow's status went from ${before} to ${after}.`;
  const text = [textOf(value.message) ?? change, textOf(value.warning)].filter(Boolean).join(' ');
  const reason = textOf(value.reason);
  const notice = withId({
    ...base,
    state: after === 'THROTTLED' || after === 'BLOCKED' ? 'ACTIVATED' : 'DEACTIVATED',
    text: truncate(text, maxLength.text),
    ...(before === '' ? {} : { oldStatus: before }),
    newStatus: after,
    ...defined({ reason }),
  });
  return parsed(notice);
}

/** A notice that Meta delivers twice has the same id; one that differs in anything has another, also within one second. */
function withId(notice: Omit<AlertNotice, 'id'>): AlertNotice {
  const { flowId, type, time, state, ...details } = notice;
  const digest = createHash('sha256').update(JSON.stringify(details)).digest('base64url').slice(0, 16);
  return { id: [flowId, type, time, state, digest].join(':'), ...notice };
}

/** Seconds since 1970, as number or text; milliseconds are told by their size. Whether it can be is the store's to judge. */
function timeOf(time: unknown): number | undefined {
  const number = numberOf(time);
  if (number === undefined || number <= 0) return undefined;
  return Math.floor(Math.min(number > 1e11 ? number : number * 1000, lastInstant));
}

/** The last one that a date can tell. */
const lastInstant = 8.64e15;

/** A figure of an alert is never below zero. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return isCount(number) ? number : undefined;
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
  return typeof value === 'string' && value.trim() !== '' ? truncate(value.trim(), maxLength.text) : undefined;
}

/** Text from outside, fit for one line of a log. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value;
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64)}"`;
}
