/** The endpoint behind a flow, and how the recorder reaches it. */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

/**
 * A connection without a request is closed after once to twice this time. Shorter than any common server keeps its own
 * (gunicorn 2 s, Node and Apache 5 s): a request sent into a connection that is just being closed would fail through no
 * fault of the endpoint.
 */
const lookMs = 500;

export interface UpstreamRequest {
  readonly method: string;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** Names and values in turn, without `Host`. */
  readonly headers: readonly string[];
}

/** Connections to all endpoints, kept for the next request. */
export class Upstreams {
  // An agent's own `timeout` is set anew at every read and write: an eighth of what a request costs the recorder.
  private readonly plain = new HttpAgent({ keepAlive: true, scheduling: 'lifo' });
  private readonly secure = new HttpsAgent({ keepAlive: true, scheduling: 'lifo' });
  /** Runs while there are connections. */
  private timer: NodeJS.Timeout | undefined;
  /** What had been written to an idle connection at the last look; the same at the next one tells that it idled between. */
  private readonly written = new WeakMap<Socket, number>();

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
    return ({ method, search: own, headers }) => {
      this.timer ??= setInterval(() => this.closeIdle(), lookMs).unref();
      return send({
        ...fixed,
        method,
        path: pathname + (search === '' ? own : search + own.replace('?', '&')),
        // The endpoint is called by its own name, as Meta would: by that of the recorder it might not answer.
        headers: ['Host', host, ...headers],
      });
    };
  }

  close(): void {
    this.stopLooking();
    this.plain.destroy();
    this.secure.destroy();
  }

  private closeIdle(): void {
    const agents = [this.plain, this.secure];
    for (const socket of agents.flatMap(({ freeSockets }) => Object.values(freeSockets).flat())) {
      if (!socket) continue;
      const { bytesWritten } = socket;
      if (this.written.get(socket) !== bytesWritten) this.written.set(socket, bytesWritten);
      // A closed connection is told of later, and the agent would give it to a request that comes before.
      else socket.destroy().emit('agentRemove');
    }
    const left = agents.flatMap(({ sockets, freeSockets }) => [...Object.keys(sockets), ...Object.keys(freeSockets)]);
    if (left.length === 0) this.stopLooking();
  }

  private stopLooking(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
