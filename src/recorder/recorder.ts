/**
 * The recording reverse proxy: what comes to `/{flow-id}` goes to that flow's endpoint and back untouched, and is timed
 * and counted as Meta would count it. It serves nothing else but the webhook.
 */
import { createServer, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerLimitMs, callerPatienceMs, classifyAnswer } from '../contract/endpoint';
import { MetricsError } from '../contract/errors';
import type { EventOutcome } from '../contract/event';
import { eventIds } from '../contract/eventIds';
import type { EventSink } from '../contract/eventSink';
import { errorKeys, type ErrorKey } from '../contract/metric';
import { answerPlainly, forward, type ForwardResult } from './forward';
import { flowProblem, type RecorderFlow } from './recorderFlow';
import { SilenceWatch } from './silenceWatch';
import { Upstreams, type UpstreamRequest } from './upstream';

/** What else is served on the recorder's port, at `/webhook`. `search` is the query with its question mark, or empty. */
export type Webhook = (request: IncomingMessage, response: ServerResponse, search: string) => void;

export interface RecorderOptions {
  readonly flows: readonly RecorderFlow[];
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly sink: EventSink;
  readonly webhook?: Webhook;
  /** A longer request body is refused with 413; 10 MiB unless told otherwise, a little over what Meta sends at most. */
  readonly maxBodyBytes?: number;
  /** Milliseconds that only go forward, for durations. */
  readonly monotonic?: () => number;
  /** Epoch milliseconds, for the time of an event. */
  readonly now?: () => number;
  /** After so many milliseconds of silence the recorder answers 504 in an endpoint's place; 60 s unless told otherwise. */
  readonly giveUpMs?: number;
}

/** Counts since the start. */
export interface RecorderState {
  readonly url: string;
  readonly port: number;
  /** Requests that were counted: served and failed ones. */
  readonly requests: number;
  readonly served: number;
  readonly errors: Readonly<Record<ErrorKey, number>>;
  /** Callers who hung up early; not counted as requests. */
  readonly callersGone: number;
  /** Requests that the recorder refused itself (unknown flow, body too long); not counted as requests. */
  readonly refused: number;
  /** Events that found no room in the queue before the store. */
  readonly losses: number;
}

export interface Recorder {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  state(): RecorderState;
  /** Replaces the flows from the next request on; throws `invalidRequest` and changes nothing where one is wrong. */
  setFlows(flows: readonly RecorderFlow[]): void;
  /** Serves this at `/webhook` from the next request on; undefined makes it a path like any unknown one. */
  setWebhook(webhook: Webhook | undefined): void;
  /** Stops listening, lets running requests end for a moment, then cuts what is left. */
  close(): Promise<void>;
}

const defaultMaxBodyBytes = 10 * 1024 * 1024;
/** An endpoint that was silent for so long was a time-out long before. */
const defaultGiveUpMs = 60_000;
const maxConnections = 1024;
const closeGraceMs = 1_000;

/** Rejects with `invalidRequest` where a flow is wrong, and with Node's own error where the port cannot be had. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { host = '127.0.0.1', sink, maxBodyBytes = defaultMaxBodyBytes, now = Date.now } = options;
  const monotonic = options.monotonic ?? ((): number => performance.now());
  const upstreams = new Upstreams();
  const silence = new SilenceWatch(options.giveUpMs ?? defaultGiveUpMs);
  const errors = Object.fromEntries(errorKeys.map((key) => [key, 0])) as Record<ErrorKey, number>;
  const counts = { served: 0, callersGone: 0, refused: 0 };
  const nextId = eventIds();
  let flows = waysTo(options.flows, upstreams);
  let { webhook } = options;

  const count = (flowId: string, time: number, outcome: EventOutcome, milliseconds: number): void => {
    if (outcome === 'success') counts.served++;
    else errors[outcome as ErrorKey]++;
    sink.push({ id: nextId(), flowId, time, outcome, ...(outcome === 'success' ? { milliseconds } : {}) });
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // A broken connection is told by `close`; without a listener it would end the process.
    request.on('error', ignore);
    response.on('error', ignore);
    const { url = '' } = request;
    const question = url.indexOf('?');
    const path = question < 0 ? url : url.slice(0, question);
    const search = question < 0 ? '' : url.slice(question);
    if (path === '/webhook' && webhook) return webhook(request, response, search);
    const flowId = path.slice(1);
    const send = path.startsWith('/') ? flows.get(flowId) : undefined;
    if (!send) {
      counts.refused++;
      return answerPlainly(request, response, 404, 'No flow is recorded at this address.');
    }
    const time = now();
    const began = monotonic();
    const onEnd = (result: ForwardResult): void => {
      const milliseconds = Math.max(0, monotonic() - began);
      const outcome = outcomeOf(result, milliseconds);
      if (outcome !== undefined) count(flowId, time, outcome, milliseconds);
      else if (result.kind === 'callerGone') counts.callersGone++;
      else counts.refused++;
    };
    forward(request, response, { send, search, maxBodyBytes, silence, onEnd });
  };

  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 1_000,
      // Longer than tunnels and load balancers keep theirs, so that it is never this side that closes first.
      keepAliveTimeout: 120_000,
      maxHeaderSize: 32 * 1024,
    },
    serve,
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      silence.close();
      reject(error);
    });
    server.listen({ host, port: options.port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

  return {
    url,
    port,
    state: () => ({
      url,
      port,
      requests: counts.served + errorKeys.reduce((sum, key) => sum + errors[key], 0),
      ...counts,
      errors: { ...errors },
      losses: sink.losses,
    }),
    setFlows: (changed) => {
      flows = waysTo(changed, upstreams);
    },
    setWebhook: (changed) => {
      webhook = changed;
    },
    close: async () => {
      const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
      upstreams.close();
      silence.close();
    },
  };
}

/** How a request counts; undefined where it does not. */
function outcomeOf(result: ForwardResult, milliseconds: number): EventOutcome | undefined {
  switch (result.kind) {
    case 'answered':
      return classifyAnswer(result.status, milliseconds);
    case 'noAnswer':
      // Meta had stopped waiting by then.
      return milliseconds > answerLimitMs ? 'timeout_error' : 'no_http_response_error';
    case 'silent':
      return 'timeout_error';
    case 'callerGone':
      return milliseconds >= callerPatienceMs ? 'timeout_error' : undefined;
    case 'refused':
      return undefined;
  }
}

function waysTo(
  flows: readonly RecorderFlow[],
  upstreams: Upstreams,
): ReadonlyMap<string, (request: UpstreamRequest) => ClientRequest> {
  const ways = new Map<string, (request: UpstreamRequest) => ClientRequest>();
  for (const flow of flows) {
    const problem = ways.has(flow.id) ? `Flow ${flow.id} is given twice.` : flowProblem(flow);
    if (problem !== undefined) throw new MetricsError('invalidRequest', problem);
    ways.set(flow.id, upstreams.to(flow.upstream));
  }
  return ways;
}

function ignore(): void {}
