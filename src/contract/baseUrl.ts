/** The address of a server of the API: what is allowed, and where an account's requests go. */
import { parsed, problem, type Parsed } from '../util/parsed';

interface BaseUrl {
  /** Origin and path, without a slash at its end. */
  readonly url: string;
  /** A token is bound to it. */
  readonly origin: string;
}

const maxLength = 500;

/**
 * Checks a base URL as a person typed it: https anywhere, plain http only for 127.0.0.1 and [::1] written exactly so.
 * The host must be spelled the way `new URL()` reads it, so that what is read on the screen is where the token goes. A problem is a whole sentence
 * that says what is allowed.
 */
export function parseBaseUrl(text: string): Parsed<BaseUrl> {
  if (text === '') return problem('The base URL is empty: write one such as https://metrics.example.com.');
  if (text.length > maxLength) return problem(`The base URL is longer than ${maxLength} characters.`);
  if (/\s|\p{Cc}|\p{Cf}/u.test(text)) {
    return problem('The base URL must not hold spaces, line breaks or invisible characters.');
  }
  if (text.includes('\\')) return problem('The base URL must not hold a backslash: use "/".');
  if (/[^\x21-\x7e]/.test(text)) {
    return problem('The base URL may only hold plain ASCII letters: look-alike letters lead to another host.');
  }
  const parts = /^(https?):\/\/([^/?#]+)([^?#]*)([?#].*)?$/i.exec(text);
  if (!parts) return problem('The base URL must begin with https://, followed by a host name.');
  const [, scheme, authority, path, rest] = parts as unknown as [string, string, string, string, string?];
  if (authority.includes('@')) return problem('The base URL must not hold a user name or password ("@").');
  if (rest !== undefined) return problem('The base URL must not hold a query ("?") or a fragment ("#").');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const address = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::([0-9]+))?$/i.exec(authority);
  if (!url || !address) return problem('The host or port of the base URL cannot be read.');
  const [, host, port] = address as unknown as [string, string, string?];
  const hostProblem = problemOfHost(host.toLowerCase(), url);
  if (hostProblem) return problem(hostProblem);
  if (port !== undefined && !isPlainPort(port)) {
    return problem('The port of the base URL must be a number from 1 to 65535 without leading zeros.');
  }
  if (scheme.toLowerCase() === 'http' && url.hostname !== '127.0.0.1' && url.hostname !== '[::1]') {
    return problem(
      'Plain http is only allowed for 127.0.0.1 and [::1], written exactly so: use https, or 127.0.0.1 in place of localhost.',
    );
  }
  if (path !== '' && (path !== url.pathname || !/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(path))) {
    return problem('The path of the base URL may only hold letters, digits and - . _ ~ between single slashes.');
  }
  const plainPath = path.replace(/\/$/, '');
  if (/\/v\d+(\.\d+)?$/i.test(plainPath)) {
    return problem('The base URL must not end with a version such as /v26.0: the version is a setting of its own.');
  }
  return parsed({ url: url.origin + plainPath, origin: url.origin });
}

function problemOfHost(host: string, url: URL): string | undefined {
  if (host.endsWith('.')) return 'The host of the base URL must not end with a dot.';
  if (url.hostname.startsWith('[::ffff:'))
    return 'The host of the base URL must not be an IPv4 address written as IPv6.';
  if (host !== url.hostname) return `The host of the base URL is not what it seems: write it as ${url.hostname}.`;
  const isName = /^[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*$/.test(host);
  return isName || host.startsWith('[') ? undefined : 'The host of the base URL is not a host name.';
}

function isPlainPort(port: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 65_535;
}
