/**
 * The recording reverse proxy: what comes to `/{flow-id}` goes to that flow's endpoint and back untouched, and is timed
 * and counted as Meta would count it. It serves nothing else but the webhook.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerLimitMs } from '../contract/endpoint';
import { MetricsError } from '../contract/errors';
import type { UncountedRequests } from '../domain/meterState';
import type { ErrorKey } from '../contract/metric';
import { ServerDrain } from '../process/serverDrain';
import { ConnectionLimit } from './connectionLimit';
import { forward } from './forward';
import { sendText } from './textResponse';
import { errorCodeOf } from './localFailure';
import { flowProblem, type RecorderFlow } from './recorderFlow';
import { RequestCounts } from './requestCounts';
import { plainPath, splitTarget } from './requestTarget';
import { IdleTimeouts } from './idleTimeouts';
import { handleClientErrors } from './clientErrors';
import { InFlightCounter } from './inFlightCounter';
import { UncountedLog } from './uncountedLog';
import { Upstreams, type Upstream } from './upstream';
import { loopHeader, LoopDetector } from './loopDetector';
import { defined } from '../util/defined';
import type { EventSink } from '../contract/event';

/** Serves `/webhook` on the recorder's port. `search` is the query with its question mark, or empty. */
export type WebhookHandler = (request: IncomingMessage, response: ServerResponse, search: string) => void;

export interface RecorderOptions {
  readonly flows: readonly RecorderFlow[];
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly sink: EventSink;
  /** Resolves when the store has what was pushed so far; where it is given, no answer ends before its request is stored. */
  readonly stored?: () => Promise<void>;
  readonly webhook?: WebhookHandler;
  /** A longer request body is refused with 413; 10 MiB unless told otherwise, a little over what Meta sends at most. */
  readonly maxBodyBytes?: number;
  /** Milliseconds that only go forward, for durations. */
  readonly monotonic?: () => number;
  /** Epoch milliseconds, for the time of an event. */
  readonly now?: () => number;
  /** After so many milliseconds of silence the recorder answers 504 in an endpoint's place; 60 s unless told otherwise. */
  readonly idleTimeoutMs?: number;
  /** Told in one line, now and then, what came and counts for no flow. */
  readonly report?: (line: string) => void;
}

/** Counts since the start. */
interface RecorderState {
  readonly url: string;
  readonly port: number;
  /** Requests that were counted: served and failed ones. */
  readonly requests: number;
  readonly served: number;
  readonly errors: Readonly<Record<ErrorKey, number>>;
  /** Callers who hung up early; not counted as requests. */
  readonly callersGone: number;
  /** Requests that count for no flow. */
  readonly uncounted: UncountedRequests;
  /** Faults that a person must mend for requests to be counted, while they go on, as sentences. */
  readonly problems: readonly string[];
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
  setWebhook(webhook: WebhookHandler | undefined): void;
  /**
   * Stops listening, lets requests that are under way end for as long as WhatsApp waits, each answer saying that it is the
   * last one of its connection, then cuts what is left.
   */
  close(): Promise<void>;
}

const defaultMaxBodyBytes = 10 * 1024 * 1024;
/** An endpoint that was silent for so long was a time-out long before. */
const defaultIdleTimeoutMs = 60_000;
/** A caller may be about to send a request into a connection that idles: closing it at once would cut that. */
const closeIdleMs = 1_000;

/** Rejects with `invalidRequest` where a flow is wrong, and with Node's own error where the port cannot be had. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const recorder = new RunningRecorder(options);
  await recorder.listen();
  return recorder;
}

/** Its public methods are bound: they may be taken off the recorder. */
class RunningRecorder implements Recorder {
  url = '';
  port = 0;
  private readonly upstreams = new Upstreams();
  private readonly idleTimeouts: IdleTimeouts;
  private readonly uncounted: UncountedLog;
  private readonly counts: RequestCounts;
  private readonly loops = new LoopDetector();
  private readonly drain = new ServerDrain();
  private readonly connections = new ConnectionLimit();
  private readonly inFlight = new InFlightCounter();
  private readonly server: Server;
  private readonly now: () => number;
  private readonly monotonic: () => number;
  private readonly maxBodyBytes: number;
  private flows: ReadonlyMap<string, FlowRoute>;
  private webhook: WebhookHandler | undefined;
  private closed: Promise<void> | undefined;

  constructor(private readonly options: RecorderOptions) {
    this.uncounted = new UncountedLog(options.report ?? ignore);
    this.counts = new RequestCounts(options.sink, this.uncounted);
    this.now = options.now ?? Date.now;
    this.monotonic = options.monotonic ?? ((): number => performance.now());
    this.maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
    this.flows = routesTo(options.flows, this.upstreams);
    this.webhook = options.webhook;
    this.idleTimeouts = new IdleTimeouts(options.idleTimeoutMs ?? defaultIdleTimeoutMs);
    this.server = this.createServer();
  }

  async listen(): Promise<void> {
    const { server, uncounted } = this;
    const { host = '127.0.0.1', port } = this.options;
    await listen(server, host, port).catch((error: unknown) => {
      this.idleTimeouts.close();
      throw error;
    });
    // A connection that could not be accepted; the next one may be.
    server.on('error', ({ code, message }: NodeJS.ErrnoException) => uncounted.add('outOfResources', code ?? message));
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  readonly state = (): RecorderState => {
    const { url, port, uncounted } = this;
    return {
      url,
      port,
      ...this.counts.state(),
      uncounted: uncounted.requests,
      problems: uncounted.problems,
      losses: this.options.sink.losses,
    };
  };

  readonly setFlows = (flows: readonly RecorderFlow[]): void => {
    this.flows = routesTo(flows, this.upstreams);
  };

  readonly setWebhook = (webhook: WebhookHandler | undefined): void => {
    this.webhook = webhook;
  };

  readonly close = (): Promise<void> => (this.closed ??= this.end());

  private async end(): Promise<void> {
    await this.drain.end(this.server, { graceMs: answerLimitMs, idleMs: closeIdleMs });
    // A cut connection is told to its request after the server has ended: what the caller gave up is no failure of
    // the endpoint, so that ways to endpoints are closed last.
    await this.inFlight.idle();
    this.upstreams.close();
    this.idleTimeouts.close();
    this.uncounted.close();
  }

  private createServer(): Server {
    const { uncounted } = this;
    const server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 60_000,
        connectionsCheckingInterval: 1_000,
        // Longer than tunnels and load balancers keep theirs, so that it is never this side that closes first.
        keepAliveTimeout: 120_000,
        maxHeaderSize: 32 * 1024,
        // Nothing depends on it, and Node would refuse without a word.
        requireHostHeader: false,
        ServerResponse: this.drain.ServerResponse,
      },
      (request, response) => {
        try {
          this.serve(request, response);
        } catch (error) {
          uncounted.add('outOfResources', errorCodeOf(error));
          response.destroy();
        }
      },
    );
    this.connections.watch(server);
    this.drain.watch(server);
    // Node would refuse or leave out what goes beyond a count, a length among them; the size of all is limited anyway.
    server.maxHeadersCount = 0;
    handleClientErrors(server, (detail) => uncounted.add('unusable', detail));
    return server;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { uncounted, inFlight } = this;
    // A broken connection is told by `close`; without a listener it would end the process.
    request.on('error', ignore);
    response.on('error', ignore);
    const admission = this.connections.accept(request, response);
    if (admission === 'tooManyPipelined') uncounted.add('unusable', 'too many were sent ahead on one connection');
    if (admission !== 'accepted') return;
    inFlight.begin();
    response.on('close', () => inFlight.end());
    const { path: written, search } = splitTarget(request.url ?? '');
    const path = written.startsWith('/') && this.flows.has(written.slice(1)) ? written : plainPath(written);
    if (path === '/webhook' && this.webhook) return this.webhook(request, response, search);
    const flow = this.flows.get(path.slice(1));
    if (!flow) {
      uncounted.add('unknownAddress');
      return sendText(request, response, 404, 'No flow is recorded at this address.');
    }
    if (this.loops.hasPassed(request)) {
      uncounted.add('circular');
      return sendText(request, response, 508, loopText, { [loopHeader]: '1' });
    }
    this.forward(request, response, flow, search);
  }

  private forward(request: IncomingMessage, response: ServerResponse, flow: FlowRoute, search: string): void {
    const { maxBodyBytes, idleTimeouts, monotonic, counts } = this;
    const { stored } = this.options;
    const time = this.now();
    const began = monotonic();
    forward(request, response, {
      upstream: flow.upstream,
      search,
      via: this.loops.viaEntry(request),
      maxBodyBytes,
      idleTimeouts,
      ...defined({ stored }),
      onEnd: (result) => counts.count(flow.id, time, Math.max(0, monotonic() - began), result),
    });
  }
}

const loopText =
  'This request has been through this recorder before: the URL that was entered for the endpoint of this flow leads back to it. ' +
  'Enter the address of the endpoint itself, such as http://127.0.0.1:3000/flow, not that of the recorder or of its tunnel.';

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface FlowRoute {
  /** Not cut out of a request: a part of a text keeps the whole text in memory, and so would each event that waits. */
  readonly id: string;
  readonly upstream: Upstream;
}

function routesTo(flows: readonly RecorderFlow[], upstreams: Upstreams): ReadonlyMap<string, FlowRoute> {
  const ids = new Set<string>();
  for (const flow of flows) {
    const problem = ids.has(flow.id) ? `Flow ${flow.id} is given twice.` : flowProblem(flow);
    if (problem !== undefined) throw new MetricsError('invalidRequest', problem);
    ids.add(flow.id);
  }
  const upstreamOf = upstreams.open(flows.map(({ upstream }) => upstream));
  return new Map(flows.map(({ id }, i) => [id, { id, upstream: upstreamOf[i]! }]));
}

function ignore(): void {}
