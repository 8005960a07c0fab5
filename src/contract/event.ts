/**
 * Events that a meter records: one for each request to a flow's endpoint and for each availability check. On the wire
 * an event is one line of JSON (NDJSON), the same from the recorder, the middleware, or a script in any language.
 */
import { isCalendarDate } from './calendar';
import { isGraphId } from './flow';
import { errorKeys, type ErrorKey } from './metric';
import { objectOf } from '../util/json';
import { parsed, problem, type Parsed } from '../util/parsed';

export const eventContentType = 'application/x-ndjson';
/** The most that one POST may hold. */
export const maxEventLines = 10_000;

/** How a request ended (`success`, or Meta's error keys), or what an availability check found. */
export const eventOutcomes = ['success', ...errorKeys, 'check_succeeded', 'check_failed'] as const;
export type EventOutcome = 'success' | ErrorKey | 'check_succeeded' | 'check_failed';

export interface MeterEvent {
  /** 1 to 64 characters of `A-Z a-z 0-9 . _ : -`; the same id of the same flow within 24 hours is the same event. */
  readonly id: string;
  readonly flowId: string;
  /** When the request came in or the check began, in epoch milliseconds. */
  readonly time: number;
  readonly outcome: EventOutcome;
  /** How long the answer took; always there with `success`. */
  readonly milliseconds?: number;
  /** Why a check failed. */
  readonly reason?: string;
}

/** Longer than a day would be no answer to anybody; the limit keeps slips of unit (microseconds) out. */
export const maxMilliseconds = 86_400_000;
export const maxReasonLength = 200;

/**
 * Reads events, one to a line; empty lines are passed over. The first line that is no event refuses them all: `line`, from 1
 * on, is the one at which `problem` says what is wrong and what is allowed.
 */
export function parseEventLines(text: string): Parsed<readonly MeterEvent[], { readonly line: number }> {
  const events: MeterEvent[] = [];
  let line = 0;
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    line++;
    // Each of several files that were put together may begin with a byte order mark.
    const content = text.slice(text.charCodeAt(from) === 0xfeff ? from + 1 : from, end);
    from = end + 1;
    if (content.trim() === '') continue;
    if (events.length === maxEventLines) {
      return { ...problem(`there are too many events: ${maxEventLines} are allowed in one request.`), line };
    }
    const event = parseEvent(content);
    if (!event.ok) return { ...event, line };
    events.push(event.value);
  }
  return parsed(events);
}

/** The event as a line, without a line break at its end. */
export function formatEvent({ id, flowId, time, outcome, milliseconds, reason }: MeterEvent): string {
  return JSON.stringify({ id, flow: flowId, time, outcome, ms: milliseconds, reason });
}

const idShape = /^[A-Za-z0-9._:-]{1,64}$/;
const outcomes: ReadonlySet<unknown> = new Set(eventOutcomes);

function parseEvent(line: string): Parsed<MeterEvent> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return problem('it is not JSON: write one JSON object to a line.');
  }
  const object = objectOf(json);
  if (!object) return problem('it is not a JSON object.');
  const { id, flow, time, outcome, ms, reason } = object;
  if (typeof id !== 'string' || !idShape.test(id)) {
    return problem('"id" must be 1 to 64 characters of A-Z, a-z, 0-9, ".", "_", ":" and "-".');
  }
  if (!isGraphId(flow)) return problem('"flow" must be a flow id: 1 to 20 digits, as text.');
  const instant = instantOf(time);
  if (instant === undefined) {
    return problem(
      '"time" must be an ISO time with its zone, such as "2026-03-12T14:18:00.250Z", or epoch milliseconds.',
    );
  }
  if (!outcomes.has(outcome)) return problem(`"outcome" must be one of ${eventOutcomes.join(', ')}.`);
  const timed = ms !== undefined && ms !== null;
  if (timed && !(typeof ms === 'number' && ms >= 0 && ms <= maxMilliseconds)) {
    return problem(`"ms" must be a number of milliseconds from 0 to ${maxMilliseconds}.`);
  }
  if (!timed && outcome === 'success') return problem('"ms" is missing: a success has its milliseconds.');
  const reasoned = reason !== undefined && reason !== null;
  if (reasoned && !(outcome === 'check_failed' && typeof reason === 'string' && reason.length <= maxReasonLength)) {
    return problem(`"reason" must be text of at most ${maxReasonLength} characters, and belongs to check_failed only.`);
  }
  return parsed({
    id,
    flowId: flow,
    time: instant,
    outcome: outcome as EventOutcome,
    ...(timed ? { milliseconds: ms as number } : {}),
    // No store holds these as they are: NUL ends a text there, and half a character is none.
    ...(reasoned ? { reason: (reason as string).replace(/[\0\p{Surrogate}]/gu, '\ufffd') } : {}),
  });
}

// A time without a zone would mean another instant on another computer.
const isoShape = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;
const lastInstant = Date.UTC(9999, 11, 31);

/** A time with its zone or a number as whole epoch milliseconds, or undefined. */
export function instantOf(time: unknown): number | undefined {
  if (typeof time === 'number') return time >= 0 && time <= lastInstant ? Math.floor(time) : undefined;
  const match = typeof time === 'string' ? isoShape.exec(time) : null;
  if (!match || !isCalendarDate(match[1]!)) return undefined;
  const instant = Date.parse((time as string).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return instant >= 0 && instant <= lastInstant ? instant : undefined;
}

/** Takes events for writing: never waits, never throws, and counts the events that it had to drop. */
export interface EventSink {
  /** Takes the event for writing; where there is no room left it counts as lost. */
  push(event: MeterEvent): void;
  /** Events that were dropped since the start. */
  readonly losses: number;
}

/**
 * Ids of events, unique without asking anybody: what is random tells processes apart, a counter the events of one. The
 * time stands first, so that ids which come together lie together in a meter's file, however many processes send them.
 */
export function createEventIds(): () => string {
  const own = crypto.randomUUID().replaceAll('-', '');
  let counter = 0;
  return () => `${Date.now().toString(36).padStart(9, '0')}-${own}-${(counter++).toString(36)}`;
}
