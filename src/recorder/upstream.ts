/** The endpoint behind a flow, and how the recorder reaches it. */
import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { KeepAlivePool } from './keepAlivePool';

/** The head of an answer may be as long as clients in use take it at least; Node's own limit is 16 KiB. */
const maxAnswerHeadBytes = 256 * 1024;

interface UpstreamRequest {
  readonly method: string;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** Names and values in turn, without `Host`. */
  readonly headers: readonly string[];
  /** True: on a connection that has served no other request. */
  readonly fresh?: boolean;
}

/** The way to an endpoint. */
export interface Upstream {
  readonly pool: KeepAlivePool;
  send(request: UpstreamRequest): ClientRequest;
}

/** The ways to all endpoints; flows whose endpoints share a server share its connections. */
export class Upstreams {
  private byOrigin = new Map<string, KeepAlivePool>();

  /** `urls` have passed `endpointUrlProblem`. What only earlier ones needed is let go once it has ended. */
  open(urls: readonly string[]): readonly Upstream[] {
    const before = this.byOrigin;
    this.byOrigin = new Map();
    return urls.map((text) => {
      const url = new URL(text);
      const pool =
        this.byOrigin.get(url.origin) ?? before.get(url.origin) ?? new KeepAlivePool(url.protocol === 'https:');
      this.byOrigin.set(url.origin, pool);
      return upstreamAt(url, pool);
    });
  }

  close(): void {
    for (const pool of this.byOrigin.values()) pool.close();
  }
}

function upstreamAt({ protocol, hostname, port, host, pathname, search }: URL, pool: KeepAlivePool): Upstream {
  const isSecure = protocol === 'https:';
  const send = isSecure ? httpsRequest : httpRequest;
  const fixed = {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    maxHeaderSize: maxAnswerHeadBytes,
    // Callers who ask the endpoint directly take answers that Node's strict reading refuses. What is read here in a
    // lenient way is written anew: see `parseAnswerHead`.
    insecureHTTPParser: true,
    // Said outright, because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate pass.
    rejectUnauthorized: true,
  };
  return {
    pool,
    send: ({ method, search: own, headers, fresh = false }) => {
      const request = send({
        ...fixed,
        agent: fresh ? pool.freshAgent() : pool.agent(),
        method,
        path: pathname + (search === '' ? own : search + own.replace('?', '&')),
        // The endpoint is called by its own name, as Meta would: by that of the recorder it might not answer.
        headers: ['Host', host, ...headers],
      });
      // Node would leave out what goes beyond a count; the length of the head is limited anyway.
      request.maxHeadersCount = 0;
      return request;
    },
  };
}
