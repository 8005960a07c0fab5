/**
 * Measures a flow's endpoint from inside: wraps a listener of node:http, or what a framework calls with the same request
 * and response, and tells a meter how each request ended. Handler, request and answer stay as they are, whatever comes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isGraphId } from '../contract/flow';
import { defined } from '../util/defined';
import { isPrintableWord } from '../util/printableWord';
import { RepeatedLines, withoutDetails } from '../util/repeatedLines';
import { EventSender } from './eventSender';
import { isFirstToCount, isNodeResponse, markNotServed, outcomeOf } from './nodeResponse';
import { createEventIds } from '../contract/event';

export interface RecordFlowOptions<Request = IncomingMessage> {
  /**
   * The flow's id, as text of digits; or a function that tells it for a request, where one handler serves several flows
   * or a whole server is wrapped. A request for which it gives undefined is not measured.
   */
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

/** The methods that are added to the handler. */
export interface FlowRecording {
  state(): RecordFlowState;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
  /** Call it when the program ends: sends what waits, once, and records no more. Never rejects. */
  close(): Promise<void>;
}

/** Bivariant, as methods are: a framework's handler may ask for more than node:http promises. */
export type FlowHandler = {
  handle(request: IncomingMessage, response: ServerResponse, ...rest: unknown[]): unknown;
}['handle'];

/** The handler's own kind of request, where it names one. */
export type RequestOf<Handler extends FlowHandler> = Parameters<Handler>[0] extends IncomingMessage
  ? Parameters<Handler>[0]
  : IncomingMessage;

const noResponse =
  'Nothing is recorded of a handler that gets no response of node:http. Requests are served all the same. ' +
  'Wrap what node:http calls, as the README says for each framework.';
const noFlowId = 'A request is not recorded: flowId must return the digits of a flow id, as text, or undefined.';

let warnedOfMark = false;

/**
 * Marks an answer of which the endpoint knows that its flow cannot be served: it counts as `cannot_be_served`, whatever
 * its status. Call it before the answer ends, with the response of node:http.
 */
export function cannotBeServed(response: ServerResponse): void {
  if (isNodeResponse(response)) {
    markNotServed(response);
  } else if (!warnedOfMark) {
    warnedOfMark = true;
    warn('cannotBeServed marks nothing: it needs the response of node:http, such as reply.raw of Fastify.');
  }
}

/**
 * Wraps a handler: `createServer(recordFlow(handler, { flowId }))` or `app.post('/flow', recordFlow(handler, { flowId }))`.
 * Its arguments, results and errors are passed on. Throws a `TypeError` where an option makes no sense.
 */
export function recordFlow<Handler extends FlowHandler>(
  handler: Handler,
  options: RecordFlowOptions<RequestOf<Handler>>,
): Handler & FlowRecording {
  checkCall(handler, options);
  const report = guardedListener(options.onTrouble);
  const meter = meterOf(options, report);
  // A meter that refuses every batch is told of once a minute.
  const repeated = new RepeatedLines({ write: report });
  const { intervalMs, queueLimit } = options;
  const onTrouble = (message: string): void => repeated.add(message, withoutDetails(message));
  const sender = meter && new EventSender({ ...meter, onTrouble, ...defined({ intervalMs, queueLimit }) });
  const state = { callersGone: 0 };
  const measure = sender && measurer({ ...options, url: meter.url }, sender, state, onceEach(report));
  const recording: FlowRecording = {
    state: () => ({
      sent: sender?.sent ?? 0,
      waiting: sender?.waiting ?? 0,
      lost: sender?.losses ?? 0,
      callersGone: state.callersGone,
    }),
    flush: async () => sender?.flush(),
    close: async () => {
      await sender?.close();
      repeated.close();
    },
  };
  // A proxy, so that the handler keeps its name, its number of parameters and whatever else a framework reads of it.
  return new Proxy(handler, {
    apply: (target, self, given: Parameters<Handler>): unknown => {
      measure?.(given[0], given[1]);
      return Reflect.apply(target, self, given);
    },
    get: (target, key): unknown => Reflect.get(Object.hasOwn(recording, key) ? recording : target, key),
  }) as Handler & FlowRecording;
}

/** Callers without types may pass anything. */
function checkCall(handler: unknown, options: Partial<RecordFlowOptions<never>> | undefined): void {
  if (typeof handler !== 'function')
    throw new TypeError('recordFlow: the first argument must be the handler, a function.');
  const { flowId, onTrouble, intervalMs, queueLimit } = options ?? {};
  if (typeof flowId !== 'function' && !isGraphId(flowId)) {
    throw new TypeError('recordFlow: flowId must be the digits of a flow id, as text, at most 20.');
  }
  if (onTrouble !== undefined && typeof onTrouble !== 'function') {
    throw new TypeError('recordFlow: onTrouble must be a function that takes a line of text.');
  }
  if (!isPositive(intervalMs)) throw new TypeError('recordFlow: intervalMs must be a positive number of milliseconds.');
  if (!isPositive(queueLimit)) throw new TypeError('recordFlow: queueLimit must be a positive number of events.');
}

/** Watches one request after another; whatever is odd about one is said, and never thrown into the endpoint. */
function measurer<Request>(
  { flowId, url }: RecordFlowOptions<Request>,
  sender: EventSender,
  state: { callersGone: number },
  report: (message: string) => void,
): (request: Request, response: unknown) => void {
  const flowOf = typeof flowId === 'function' ? flowId : (): string => flowId;
  const nextId = createEventIds();
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (thrown) {
      // Only the kind of error: its text may hold what the request held.
      report(`A request is not recorded: ${thrown instanceof Error ? thrown.name : 'an error'} while measuring it.`);
    }
  };
  return (request, response) =>
    guarded(() => {
      if (!isNodeResponse(response)) return report(noResponse);
      const time = Date.now();
      const began = performance.now();
      const id: unknown = flowOf(request);
      if (id === undefined) return;
      if (!isGraphId(id)) {
        // A promise that nobody waits for must not end the program when it rejects.
        Promise.resolve(id).catch(() => undefined);
        return report(noFlowId);
      }
      if (!isFirstToCount(response, `${id} ${url}`)) return;
      // Answered or not, every response closes, and by then it is known how it ended.
      response.on('close', () =>
        guarded(() => {
          const milliseconds = performance.now() - began;
          const outcome = outcomeOf(request as Partial<IncomingMessage>, response, milliseconds);
          if (outcome === undefined) {
            state.callersGone++;
            return;
          }
          const event = { id: nextId(), flowId: copyOf(id), time, outcome };
          // Whole microseconds: more digits only make longer lines.
          const rounded = Math.round(milliseconds * 1000) / 1000;
          sender.push(outcome === 'success' ? { ...event, milliseconds: rounded } : event);
        }),
      );
    });
}

/** A part of a text keeps the whole text in memory: an id that was cut out of an address would keep that while it waits. */
function copyOf(id: string): string {
  return Buffer.from(id, 'latin1').toString('latin1');
}

function warn(message: string): void {
  process.emitWarning(message, 'FlowmeterWarning');
}

/** The person's own listener, which may fail in ways of its own. */
function guardedListener(onTrouble: RecordFlowOptions['onTrouble'] = warn): (message: string) => void {
  return (message) => void (async () => onTrouble(message))().catch(() => warn(message));
}

/** Says each thing once, not for each request. */
function onceEach(report: (message: string) => void): (message: string) => void {
  const reported = new Set<string>();
  return (message) => {
    if (reported.has(message)) return;
    reported.add(message);
    report(message);
  };
}

/** True where the option is left out, too. */
function isPositive(option: number | undefined): boolean {
  return option === undefined || (Number.isFinite(option) && option > 0);
}

interface Meter {
  readonly url: string;
  readonly token: string;
}

/**
 * The meter to which events go; undefined, and said, where the environment names none. What a developer wrote wrongly is
 * thrown; what stands wrongly in the environment must not keep a program from starting.
 */
function meterOf({ url, token }: Partial<Meter>, report: (message: string) => void): Meter | undefined {
  const address = url === undefined ? process.env.FLOWMETER_URL || 'http://127.0.0.1:8600' : url;
  if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(address) || !URL.canParse(address)) {
    return wrong('url', url, 'must be the base URL of a meter, such as http://127.0.0.1:8600.', report);
  }
  // Callers without types could pass anything, and what is no text must not get into a header.
  if (token !== undefined && typeof token !== 'string') {
    throw new TypeError('recordFlow: token must be text, or left out for FLOWMETER_TOKEN.');
  }
  const secret = token ?? process.env.FLOWMETER_TOKEN;
  if (!secret) {
    report('Nothing is recorded: recordFlow needs the token of the meter, as an option or in FLOWMETER_TOKEN.');
    return undefined;
  }
  if (!isPrintableWord(secret, 4096)) {
    return wrong('token', token, 'must be one word of printable ASCII characters.', report);
  }
  return { url: address, token: secret };
}

function wrong(name: 'url' | 'token', option: unknown, what: string, report: (message: string) => void): undefined {
  if (option !== undefined) throw new TypeError(`recordFlow: ${name} ${what}`);
  report(`Nothing is recorded: FLOWMETER_${name.toUpperCase()} ${what}`);
}
