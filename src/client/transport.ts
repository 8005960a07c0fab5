/** One request over HTTP: bounded in time, size and sockets, to one origin only, with errors in our own words. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch from 'node-fetch';
import { elapsedBy, type Clock } from '../util/clock';
import { MetricsError, type UnreachableCause } from '../contract/errors';
import { defined } from '../util/defined';
import { isPlainAnswer } from '../util/transferCoding';
import { cancelledError, timedOut } from './clientErrors';

export interface TransportLimits {
  /** Of one answer, after decompression. */
  readonly maxBytes: number;
  readonly maxSockets: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

export interface HttpRequest {
  /** Begins with a slash. */
  readonly path: string;
  /** The form of a POST; without it and `json` it is a GET. */
  readonly form?: string;
  /** The JSON of a POST. */
  readonly json?: string;
  readonly token: string;
  /** From sending to the last byte, in milliseconds. */
  readonly deadlineMs: number;
}

export interface Transport {
  /** Rejects with a `MetricsError`; answers of any status resolve. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes kept-alive connections. */
  close(): void;
}

export const formType = 'application/x-www-form-urlencoded';
export const jsonType = 'application/json';

/** After so long without a request, idle connections may be dead (sleep, a changed network), in milliseconds. */
const idleMs = 25_000;

export function createTransport(baseUrl: string, limits: TransportLimits, clock: Clock): Transport {
  // Plain agents of node:http and node:https, because VS Code routes those through the user's proxy, loopback excepted.
  // Certificates count whatever NODE_TLS_REJECT_UNAUTHORIZED in the environment says: a token is at stake.
  const kept = { keepAlive: true, maxSockets: limits.maxSockets };
  const agent = baseUrl.startsWith('https:')
    ? new HttpsAgent({ ...kept, rejectUnauthorized: true })
    : new HttpAgent(kept);
  let lastUse = elapsedBy(clock);

  function dropIdleSockets(): void {
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  return {
    async send({ path, form, json, token, deadlineMs }, signal) {
      const body = form ?? json;
      if (signal.aborted) throw cancelledError();
      if (elapsedBy(clock) - lastUse > idleMs) dropIdleSockets();
      lastUse = elapsedBy(clock);
      const controller = new AbortController();
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        controller.abort();
      }, deadlineMs);
      const cancel = (): void => controller.abort();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        const response = await fetch(baseUrl + path, {
          agent,
          // A redirect would carry the token to wherever the answer points.
          redirect: 'error',
          signal: controller.signal,
          headers: {
            accept: 'application/json',
            'accept-encoding': 'gzip',
            authorization: `Bearer ${token}`,
            'user-agent': 'flowmeter',
            ...(body === undefined ? {} : { 'content-type': form === undefined ? jsonType : formType }),
          },
          ...(body === undefined ? {} : { method: 'POST', body }),
        });
        if (!isPlainAnswer(response.headers.get('transfer-encoding'))) {
          const what = 'The answer is packed by its Transfer-Encoding, which nothing asked for.';
          throw new MetricsError('invalidResponse', what);
        }
        const text = await readBodyText(response.body, limits.maxBytes);
        return { status: response.status, header: (name) => response.headers.get(name), text };
      } catch (error) {
        controller.abort();
        if (late) throw timedOut(deadlineMs);
        if (signal.aborted) throw cancelledError();
        const known = error instanceof MetricsError ? error : errorOf(error, new URL(baseUrl));
        // The next attempt shall not meet another connection that died the same way.
        if (known.kind === 'network') dropIdleSockets();
        throw known;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        lastUse = elapsedBy(clock);
      }
    },
    close: () => agent.destroy(),
  };
}

/** The body of an answer, which may have none; rejects where it is longer than allowed. */
export async function readBodyText(body: AsyncIterable<unknown> | null, maxBytes: number): Promise<string> {
  if (!body) return '';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new MetricsError('invalidResponse', `The answer is larger than ${maxBytes} bytes.`, { tooLarge: true });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** In our own words: the transport's texts name whole addresses. Only its code, a fixed word, is taken over. */
function errorOf(error: unknown, server: URL): MetricsError {
  const { code, type } = (error ?? {}) as { readonly code?: unknown; readonly type?: unknown };
  if (type === 'no-redirect' || type === 'invalid-redirect') {
    return new MetricsError(
      'invalidResponse',
      'The server redirects to another address, which Flowmeter never follows.',
    );
  }
  const word = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,50}$/.test(code) ? code : 'unknown cause';
  if (/^(HPE_|Z_|ERR_ZLIB)/.test(word)) {
    return new MetricsError('invalidResponse', `The answer is not proper HTTP (${word}).`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(word)) {
    const details = { unreachable: 'certificate' } as const;
    return new MetricsError('network', `The server's certificate is not trusted (${word}).`, details);
  }
  if (/^(EPROTO|ERR_SSL)/.test(word)) {
    const details = { transient: true, unreachable: 'tls' } as const;
    return new MetricsError('network', `No TLS connection can be made (${word}).`, details);
  }
  if (isAtProxy(error, server)) {
    const details = { transient: true, unreachable: 'proxy' } as const;
    return new MetricsError('network', `The proxy cannot be reached (${word}).`, details);
  }
  const [what, unreachable] = networkCauses.get(word) ?? ['The server cannot be reached', undefined];
  return new MetricsError('network', `${what} (${word}).`, { transient: true, ...defined({ unreachable }) });
}

/** VS Code leads requests through the person's proxy: an error then names the proxy's host or port, not the server's. */
function isAtProxy(error: unknown, server: URL): boolean {
  const { hostname, port } = (error ?? {}) as { readonly hostname?: unknown; readonly port?: unknown };
  const ownPort = Number(server.port) || (server.protocol === 'https:' ? 443 : 80);
  if (typeof hostname === 'string') return hostname !== server.hostname;
  return typeof port === 'number' && port !== ownPort;
}

const networkCauses: ReadonlyMap<string, readonly [text: string, cause: UnreachableCause]> = new Map([
  ['ENOTFOUND', ["The server's name is not known", 'name']],
  ['EAI_AGAIN', ["The server's name cannot be looked up", 'name']],
  ['ECONNREFUSED', ['The server refuses the connection', 'refused']],
  ['EHOSTUNREACH', ['No network leads to the server', 'noRoute']],
  ['ENETUNREACH', ['No network leads to the server', 'noRoute']],
  ['ECONNRESET', ['The connection broke off', 'broken']],
  ['EPIPE', ['The connection broke off', 'broken']],
  ['ERR_STREAM_PREMATURE_CLOSE', ['The connection broke off', 'broken']],
]);
