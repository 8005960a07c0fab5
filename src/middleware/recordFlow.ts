/**
 * Measures a flow's endpoint from inside: wraps its request handler, of node:http or of Express, and tells a meter how
 * each request ended. The handler, the request and the answer stay as they are.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerPatienceMs, classifyAnswer } from '../contract/endpoint';
import type { EventOutcome } from '../contract/event';
import { eventIds } from '../contract/eventIds';
import { isGraphId } from '../contract/flow';
import { createEventSender, type EventSender } from './eventSender';

export interface RecordFlowOptions<Request = IncomingMessage> {
  /** The flow's id, as text of digits; or a function that tells it for a request, where one handler serves several. */
  readonly flowId: string | ((request: Request) => string | undefined);
  /** Base URL of the meter; the environment variable FLOWMETER_URL, else http://127.0.0.1:8600. */
  readonly url?: string;
  /** The meter's token; the environment variable FLOWMETER_TOKEN. Without either nothing is recorded. */
  readonly token?: string;
  /** Milliseconds between two batches; 1000 unless told otherwise. */
  readonly intervalMs?: number;
  /** Events that wait while the meter is away; what comes beyond is lost and counted. 10 000 unless told otherwise. */
  readonly queueLimit?: number;
  /** Told in one line what keeps events from being recorded; a process warning unless told otherwise. */
  readonly onTrouble?: (message: string) => void;
}

/** Counts since the start. */
export interface RecordFlowState {
  /** Events that the meter has on its disk. */
  readonly sent: number;
  /** Events that wait to be sent. */
  readonly waiting: number;
  /** Events that found no room, or that the meter refused. */
  readonly lost: number;
  /** Callers who hung up before the answer was there; not counted as requests. */
  readonly callersGone: number;
}

/** What is added to the handler. */
export interface FlowRecording {
  state(): RecordFlowState;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
  /** Call it when the program ends: sends what waits, once, and records no more. Never rejects. */
  close(): Promise<void>;
}

export type FlowHandler<Request, Response, Rest extends unknown[]> = (
  request: Request,
  response: Response,
  ...rest: Rest
) => unknown;

const notServed: WeakSet<object> = new WeakSet();

/**
 * Marks an answer of which the endpoint knows that its flow cannot be served: it counts as `cannot_be_served`, whatever
 * its status. Call it before the answer ends.
 */
export function cannotBeServed(response: ServerResponse): void {
  notServed.add(response);
}

/**
 * Wraps a handler: `createServer(recordFlow(handler, { flowId }))` or `app.post('/flow', recordFlow(handler, { flowId }))`.
 * What the handler returns or throws is passed on. Throws a `TypeError` where an option makes no sense.
 */
export function recordFlow<Request extends IncomingMessage, Response extends ServerResponse, Rest extends unknown[]>(
  handler: FlowHandler<Request, Response, Rest>,
  options: RecordFlowOptions<Request>,
): FlowHandler<Request, Response, Rest> & FlowRecording {
  const { flowId } = options;
  if (typeof flowId !== 'function' && !isGraphId(flowId)) {
    throw new TypeError('recordFlow: flowId must be the digits of a flow id, as text, at most 20.');
  }
  const onTrouble = options.onTrouble ?? ((message: string): void => process.emitWarning(message, 'FlowmeterWarning'));
  const sender = senderOf(options, onTrouble);
  const flowOf = typeof flowId === 'function' ? flowId : (): string => flowId;
  const nextId = eventIds();
  let callersGone = 0;

  const recorded = (request: Request, response: Response, ...rest: Rest): unknown => {
    if (sender) {
      const time = Date.now();
      const began = performance.now();
      const id = flowOf(request);
      // Answered or not, every response closes, and by then it is known how it ended.
      response.on('close', () => {
        const milliseconds = performance.now() - began;
        const outcome = outcomeOf(request, response, milliseconds);
        if (outcome === undefined) callersGone++;
        else if (isGraphId(id)) {
          const event = { id: nextId(), flowId: id, time, outcome };
          // Whole microseconds: more digits only make longer lines.
          const rounded = Math.round(milliseconds * 1000) / 1000;
          sender.push(outcome === 'success' ? { ...event, milliseconds: rounded } : event);
        }
      });
    }
    return handler(request, response, ...rest);
  };
  return Object.assign(recorded, {
    state: (): RecordFlowState => ({
      sent: sender?.sent ?? 0,
      waiting: sender?.waiting ?? 0,
      lost: sender?.losses ?? 0,
      callersGone,
    }),
    flush: async (): Promise<void> => sender?.flush(),
    close: async (): Promise<void> => sender?.close(),
  });
}

/** How the request counts; undefined where its caller went before the answer was there. */
function outcomeOf(request: IncomingMessage, response: ServerResponse, milliseconds: number): EventOutcome | undefined {
  if (notServed.has(response)) return 'cannot_be_served';
  if (response.writableFinished) return classifyAnswer(response.statusCode, milliseconds);
  if (milliseconds >= callerPatienceMs) return 'timeout_error';
  // A connection that neither ended nor broke on the caller's side was cut on ours.
  const { socket } = request;
  return socket.readableEnded || socket.errored ? undefined : 'no_http_response_error';
}

/** True where the option is left out, too. */
function isPositive(option: number | undefined): boolean {
  return option === undefined || (Number.isFinite(option) && option > 0);
}

function senderOf<Request>(
  {
    url = process.env.FLOWMETER_URL || 'http://127.0.0.1:8600',
    token,
    intervalMs,
    queueLimit,
  }: RecordFlowOptions<Request>,
  onTrouble: (message: string) => void,
): EventSender | undefined {
  if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(url) || !URL.canParse(url)) {
    throw new TypeError('recordFlow: url must be the base URL of a meter, such as http://127.0.0.1:8600.');
  }
  if (!isPositive(intervalMs)) throw new TypeError('recordFlow: intervalMs must be a positive number of milliseconds.');
  if (!isPositive(queueLimit)) throw new TypeError('recordFlow: queueLimit must be a positive number of events.');
  // Callers without types could pass anything, and what is no text must not get into a header.
  if (token !== undefined && typeof token !== 'string') {
    throw new TypeError('recordFlow: token must be text, or left out for FLOWMETER_TOKEN.');
  }
  const secret = token ?? process.env.FLOWMETER_TOKEN;
  if (!secret) {
    onTrouble('Nothing is recorded: recordFlow needs the token of the meter, as an option or in FLOWMETER_TOKEN.');
    return undefined;
  }
  if (!/^[\x21-\x7e]{1,4096}$/.test(secret)) {
    throw new TypeError('recordFlow: the token must be one word of printable ASCII characters.');
  }
  return createEventSender({
    url,
    token: secret,
    onTrouble,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(queueLimit === undefined ? {} : { queueLimit }),
  });
}
