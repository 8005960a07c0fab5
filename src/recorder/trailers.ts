/**
 * Trailers on their way through the recorder (RFC 9110, 6.5): fields behind the chunks of a body, such as a digest of it.
 * Fields that frame or route a message, or say who sent it, count in the head only, and are left out.
 */
import { connectionNames, hopByHop } from './forwardedHeaders';
import { cleanFieldValue } from './fieldValue';

const headOnly: ReadonlySet<string> = new Set([
  ...hopByHop,
  // The frame of a message, and how its body is read.
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  // Where it goes, and what shall be done with it.
  'host',
  'via',
  'max-forwards',
  'expect',
  'cache-control',
  'pragma',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  // Who sent it.
  'authorization',
  'www-authenticate',
  'authentication-info',
  'proxy-authentication-info',
  'cookie',
  'set-cookie',
  // What holds of an answer as a whole.
  'age',
  'date',
  'expires',
  'location',
  'retry-after',
  'vary',
  'warning',
]);

/** The trailers that go on, in their order and spelling; `rawTrailers` has names and values in turn. */
export function forwardableTrailers(
  rawTrailers: readonly string[],
  connection: string | undefined,
): [string, string][] {
  const named = connectionNames(connection);
  const kept: [string, string][] = [];
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = rawTrailers[i]!;
    if (mayTrail(name, named)) kept.push([name, cleanFieldValue(rawTrailers[i + 1]!)]);
  }
  return kept;
}

/** The value of the header `Trailer` with those that go on; undefined where it announces none of them. */
export function announcedTrailers(trailer: string | undefined, connection: string | undefined): string | undefined {
  const named = connectionNames(connection);
  const names = (trailer ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && mayTrail(name, named)).join(', ') || undefined;
}

function mayTrail(name: string, named: ReadonlySet<string> | undefined): boolean {
  const lower = name.toLowerCase();
  return !headOnly.has(lower) && !named?.has(lower);
}
