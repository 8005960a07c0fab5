/** Facts about an answer of node:http: that it is one, whether it is measured already, and how it ended. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerPatienceMs, classifyAnswer } from '../contract/endpoint';
import type { EventOutcome } from '../contract/event';

interface Marks {
  /** Answers of which the endpoint said that their flow cannot be served. */
  readonly notServed: WeakSet<object>;
  /** By answer, what it is counted for already. */
  readonly counted: WeakMap<object, readonly string[]>;
}

const shared = globalThis as { [marksKey]?: Marks };
/** A program may hold this module more than once (bundled, by import and by require); an answer is the same for all. */
const marksKey = Symbol.for('flowmeter.recordFlow');
const { notServed, counted } = (shared[marksKey] ??= { notServed: new WeakSet(), counted: new WeakMap() });

/** Told by what is used of it, since frameworks, HTTP/2 and stand-ins of tests have classes of their own. */
export function isNodeResponse(value: unknown): value is ServerResponse {
  try {
    const { on, statusCode, writableFinished } = value as Partial<ServerResponse>;
    return typeof on === 'function' && typeof statusCode === 'number' && typeof writableFinished === 'boolean';
  } catch {
    // Nothing at all, or something whose properties may not be read.
    return false;
  }
}

export function markNotServed(response: object): void {
  notServed.add(response);
}

/** True once for each answer and purpose, so that a handler that is wrapped twice counts once. */
export function isFirstToCount(response: object, purpose: string): boolean {
  const purposes = counted.get(response);
  if (purposes?.includes(purpose)) return false;
  counted.set(response, purposes ? [...purposes, purpose] : [purpose]);
  return true;
}

/** How the request counts; undefined where its caller went before the answer was there. */
export function outcomeOf(
  request: Partial<IncomingMessage>,
  response: ServerResponse,
  milliseconds: number,
): EventOutcome | undefined {
  if (notServed.has(response)) return 'cannot_be_served';
  if (response.writableFinished) return classifyAnswer(Number(response.statusCode), milliseconds);
  if (milliseconds >= callerPatienceMs) return 'timeout_error';
  const { socket } = request;
  // Where no socket can tell who cut it off, it is not held against the endpoint.
  if (!socket) return undefined;
  // A connection that neither ended nor broke on the caller's side was cut on ours.
  return socket.readableEnded || socket.errored ? undefined : 'no_http_response_error';
}
