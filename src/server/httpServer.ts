/**
 * The app on a port. node:http without a framework: routes are matched by the contract, every answer is JSON, and the
 * guards need the request as it came, so that a framework would only stand between.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPlainRequest } from '../util/transferCoding';
import { UnauthenticatedConnections } from './unauthenticatedConnections';
import { failureOf, refused, type GraphFailure } from './graphFailure';
import { allowedHosts, guard, type GuardOptions } from './guards';
import { readBody } from './requestBody';
import { ServerDrain } from '../process/serverDrain';
import type { ApiAnswer, App } from './api';
import { defined } from '../util/defined';

export interface HttpServerOptions {
  readonly app: App;
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Further names under which the server may be called, as URLs write them, with any port. */
  readonly moreHosts?: readonly string[];
  readonly token: string;
  readonly expiredToken?: string;
  /** Routes beside the API, by method and path: `GET /flowmeter/watch`. */
  readonly extraRoutes?: ReadonlyMap<string, ExtraRoute>;
  /** Called with an exception while a request was answered; its client gets a 500. */
  readonly onException?: (error: unknown) => void;
}

/** A request beside the API. It stands behind the same guards. */
export interface ExtraRoute {
  /** True where no token is needed. */
  readonly open?: boolean;
  /** Writes the whole answer; it may take its time. `body` is there for POST. */
  answer(request: { readonly query: URLSearchParams; readonly body: string }, response: ServerResponse): void;
}

export interface RunningServer {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops listening, lets requests that are under way end, each answer saying that it is the last one of its connection,
   * then cuts what is left.
   */
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
/**
 * A client shows its token with its first request; a window does right after the meter's hello, on the same connection. One
 * that opens many at once has none proven for a moment, and needs as many places of either kind.
 */
const connectionLimits = { authenticated: 256, unauthenticated: 256, authenticationMs: 2_000 };
const requestMs = 10_000;
/** As long as a request may take to come in. */
const closeGraceMs = requestMs;
/** A client may be about to send a request into a connection that idles. */
const closeIdleMs = 500;

/** Rejects with Node's own error where the address cannot be listened on (EADDRINUSE, EACCES, …). */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const {
    app,
    host = loopback,
    moreHosts,
    token,
    expiredToken,
    extraRoutes = new Map<string, ExtraRoute>(),
    onException,
  } = options;
  // Empty until the port is known, so that nobody is let in before.
  const hosts = new Set<string>();
  const guards: GuardOptions = {
    allowedHosts: hosts,
    moreNames: new Set(moreHosts),
    token,
    ...defined({ expiredToken }),
    open: (method, url) => extraRoutes.get(`${method} ${splitUrl(url).path}`)?.open === true,
  };
  const drain = new ServerDrain();
  const connections = new UnauthenticatedConnections(connectionLimits);
  const server = createServer(
    // Short limits: half-open requests must not hold sockets.
    {
      headersTimeout: 5_000,
      requestTimeout: requestMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 16 * 1024,
      ServerResponse: drain.ServerResponse,
    },
    (request, response) => {
      // A broken connection is told by `close`; without a listener it would end the process.
      request.on('error', ignore);
      response.on('error', ignore);
      respond({ app, guards, extraRoutes, connections }, request, response).catch((error: unknown) => {
        // The error of one request does not end the others.
        const failure = failureOf(error, onException);
        if (response.headersSent) response.destroy();
        else refuse(request, response, failure);
      });
    },
  );
  drain.watch(server);
  connections.watch(server);
  // Node would leave out what goes beyond a count, an Origin among them; the size of all is limited anyway.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 10_000;
  await listen(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  for (const name of allowedHosts(host, port)) hosts.add(name);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close: () => (closed ??= drain.end(server, { graceMs: closeGraceMs, idleMs: closeIdleMs })),
  };
}

interface Serving {
  readonly app: App;
  readonly guards: GuardOptions;
  readonly extraRoutes: ReadonlyMap<string, ExtraRoute>;
  readonly connections: UnauthenticatedConnections;
}

async function respond(
  { app, guards, extraRoutes, connections }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const result = guard(request, guards);
  if (!result.passed) {
    // Connections are counted: whoever shows no token must not keep one.
    response.setHeader('connection', 'close');
    return refuse(request, response, result.failure);
  }
  if (!isPlainRequest(request.headers['transfer-encoding'])) {
    return refuse(request, response, refused(501, 'The transfer coding must be chunked.'));
  }
  const { method, target, origin } = result;
  if (result.authenticated) connections.authenticate(request.socket);
  let body: string | undefined;
  if (method === 'POST') {
    try {
      body = await readBody(request);
    } catch (error) {
      return refuse(request, response, failureOf(error));
    }
  }
  const { path, query } = splitUrl(target);
  const route = extraRoutes.get(`${method} ${path}`);
  if (route) return route.answer({ query, body: body ?? '' }, response);
  const contentType = request.headers['content-type'];
  const answer = await app({
    method,
    target,
    origin,
    ...defined({ contentType, body }),
  });
  send(request, response, answer);
}

function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, headers, error }: GraphFailure): void {
  send(request, response, { status, headers, body: JSON.stringify({ error }) });
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  // The rest of a request is not read: Node would read it all before it takes the next one.
  const cut = !request.complete && (request.headers['content-length'] ?? '0') !== '0';
  const cutChunks = !request.complete && request.headers['transfer-encoding'] !== undefined;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(cut || cutChunks ? { connection: 'close' } : {}),
  });
  response.end(body, () => {
    if (cut || cutChunks) request.destroy();
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      // One connection that could not be accepted is no reason to end.
      server.on('error', ignore);
      resolve();
    });
  });
}

function ignore(): void {}
