/** The head of a caller's request, as it goes on to the endpoint. */
import type { IncomingMessage } from 'node:http';
import { endToEndHeaders } from './forwardedHeaders';
import { announcedTrailers } from './trailers';

const leftOut: ReadonlySet<string> = new Set([
  // The upstream's own name takes its place.
  'host',
  // Node has answered it to the caller already.
  'expect',
]);

/** Node would send a body of no chunks with any other method where no length is told. */
const withoutBody: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** Node keeps headers up to a count, and frames the body also by those that it does not keep. */
export function isFramed({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

/** Names and values in turn; `via` is the entry of `Via` that is added. */
export function requestHead({ method, headers, rawHeaders }: IncomingMessage, via: string): string[] {
  const kept = endToEndHeaders(rawHeaders, headers.connection, leftOut);
  // How long the body is must be said for every method, or the endpoint would read it as the next request.
  if (headers['transfer-encoding'] !== undefined) {
    kept.push('Transfer-Encoding', 'chunked');
    const trailers = announcedTrailers(headers.trailer, headers.connection);
    if (trailers !== undefined) kept.push('Trailer', trailers);
  } else if (headers['content-length'] === undefined && !withoutBody.has(method)) kept.push('Content-Length', '0');
  kept.push('Via', via);
  return kept;
}
