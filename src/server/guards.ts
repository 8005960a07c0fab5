/** The checks that every request must pass first: any web page and any program can reach a local port. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { refused, tokenRefused, type GraphFailure } from './graphFailure';

export interface GuardOptions {
  /** `host:port` as they may stand in `Host`; anything else came by a name that is not ours. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Further names, in lower case, which may stand there with any port or none: a proxy or a tunnel has one of its own. */
  readonly moreNames?: ReadonlySet<string>;
  readonly token: string;
  /** A second token that is answered as expired, for testing clients. */
  readonly expiredToken?: string;
  /** Requests that need no token, as method and path; every other guard stands before them too. */
  readonly open?: (method: string, url: string) => boolean;
}

/** The parts of a request that guards look at. `rawHeaders` alternates names and values and keeps duplicates. */
interface GuardedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

type GuardResult =
  | {
      readonly passed: true;
      readonly origin: string;
      readonly target: string;
      readonly method: 'GET' | 'POST';
      /** The request showed the token; false where it needs none. */
      readonly authenticated: boolean;
    }
  | { readonly passed: false; readonly failure: GraphFailure };

/** The names under which a server on that address and port is called. */
export function allowedHosts(host: string, port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host];
  // Clients leave out the port of http where it is the usual one.
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

/** Tells whether a request may pass; the token is looked at last, so that a foreign page learns nothing about it. */
export function guard(request: GuardedRequest, options: GuardOptions): GuardResult {
  const { method, url = '' } = request;
  const values = (name: string): string[] =>
    request.rawHeaders.filter((_, i) => i % 2 === 1 && request.rawHeaders[i - 1]!.toLowerCase() === name);
  const [host, ...otherHosts] = values('host');
  const origin = host === undefined || otherHosts.length > 0 ? undefined : originOf(host, values, options);
  if (origin === undefined || !url.startsWith('/')) return no(refused(421, wrongName));
  // Only web pages send these. No page has a reason to call, so none is let in and no CORS header is ever sent.
  if (values('origin').length > 0 || values('sec-fetch-site').some((site) => site !== 'none')) {
    return no(refused(403, 'This server does not answer web pages.'));
  }
  if (method !== 'GET' && method !== 'POST') {
    return no(refused(405, 'Only GET and POST are answered.', { allow: 'GET, POST' }));
  }
  if (options.open?.(method, url)) return { passed: true, origin, target: url, method, authenticated: false };
  const tokens = values('authorization');
  if (tokens.length === 0) return no(tokenRefused('missing'));
  const token = /^Bearer +(\S+)$/i.exec(tokens[0]!)?.[1] ?? '';
  if (tokens.length === 1 && sameText(token, options.token)) {
    return { passed: true, origin, target: url, method, authenticated: true };
  }
  const expired = options.expiredToken !== undefined && sameText(token, options.expiredToken);
  return no(tokenRefused(expired ? 'expired' : 'invalid'));
}

const wrongName =
  'This server does not answer under that name. Where a TLS proxy, a tunnel or a mapped port calls it by another one, ' +
  'start it with --allow-host NAME (of the command serve).';

/** Scheme and host for links; undefined where the server is not called by that host. */
function originOf(
  host: string,
  values: (name: string) => readonly string[],
  { allowedHosts: own, moreNames }: GuardOptions,
): string | undefined {
  if (own.has(host)) return `http://${host}`;
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+?)\.?(?::(\d{1,5}))?$/i.exec(host) ?? [];
  if (name === undefined || !moreNames?.has(name.toLowerCase())) return undefined;
  const protocol = values('x-forwarded-proto')[0] ?? /\bproto="?(\w+)/i.exec(values('forwarded')[0] ?? '')?.[1] ?? '';
  const scheme = protocol.split(',', 1)[0]!.trim().toLowerCase();
  if (scheme === 'http' || scheme === 'https') return `${scheme}://${host}`;
  // A link that is followed carries the token, so without a word of the proxy the usual port is taken for that of https.
  return `${port === undefined || port === '443' ? 'https' : 'http'}://${host}`;
}

function no(failure: GraphFailure): GuardResult {
  return { passed: false, failure };
}

/** Compares in a time that tells nothing about how much of the text is right; digests make the lengths equal. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
