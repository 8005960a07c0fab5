/** The endpoint behind a flow, and how the recorder reaches it. */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/**
 * How long a connection without a request is kept. Shorter than any common server keeps its own (gunicorn 2 s, Node and
 * Apache 5 s): a request sent into a connection that is just being closed would fail through no fault of the endpoint.
 */
const idleConnectionMs = 1_000;

export interface UpstreamRequest {
  readonly method: string;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** Names and values in turn, without `Host`. */
  readonly headers: readonly string[];
}

/** Connections to all endpoints, kept for the next request. */
export class Upstreams {
  private readonly plain: HttpAgent;
  private readonly secure: HttpsAgent;

  constructor() {
    // Of this time-out the agent heeds only what concerns connections without a request.
    const options = { keepAlive: true, timeout: idleConnectionMs, scheduling: 'lifo' } as const;
    this.plain = new HttpAgent(options);
    this.secure = new HttpsAgent(options);
  }

  /** The way to an endpoint. `url` has passed `endpointUrlProblem`. */
  to(url: string): (request: UpstreamRequest) => ClientRequest {
    const { protocol, hostname, port, host, pathname, search } = new URL(url);
    const isSecure = protocol === 'https:';
    const send = isSecure ? httpsRequest : httpRequest;
    const fixed = {
      agent: isSecure ? this.secure : this.plain,
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    };
    return ({ method, search: own, headers }) =>
      send({
        ...fixed,
        method,
        path: pathname + (search === '' ? own : search + own.replace('?', '&')),
        // The endpoint is called by its own name, as Meta would: by that of the recorder it might not answer.
        headers: ['Host', host, ...headers],
      });
  }

  close(): void {
    this.plain.destroy();
    this.secure.destroy();
  }
}
