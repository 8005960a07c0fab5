/** What became of a request whose connection broke before there was an answer. */
import type { ClientRequest } from 'node:http';

/** What went out of the request. */
export interface Sent {
  /** Pieces of its body. */
  readonly pieces: number;
  readonly size: number;
  /** When its first byte was handed to the connection, by `performance.now()`; undefined: none was. */
  readonly sentAt: number | undefined;
  /** What a byte takes to the endpoint and back, at least. */
  readonly roundTripMs: number;
}

export type RequestFate =
  /** Nothing of it, or of its body, left this computer: it may be sent once more. */
  | 'unsent'
  /** It met the end of a kept connection. The endpoint may have taken it, so that it is not sent again. */
  | 'crossed'
  /** The endpoint had it, and gave no answer. */
  | 'failed';

/** What goes out in one write, into an empty buffer of the system: all of it, or nothing. */
const oneWriteBytes = 16 * 1024;
/** How late the end of a connection may be noticed, besides the way that it takes. */
const noticeMs = 50;
const ends: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN']);

/**
 * Only a kept connection can end for a reason older than the request. `unsent` needs proof: no byte was handed to the
 * connection, or the system refused the one write that had them all. The endpoint's end of a connection alone proves
 * nothing, since an endpoint that takes a request and dies sends the same. Such an end is laid to the kept connection
 * where it came so early that it may have been under way when the request was sent, and else to the endpoint.
 */
export function requestFate(
  request: ClientRequest,
  { code, syscall }: NodeJS.ErrnoException,
  { pieces, size, sentAt, roundTripMs }: Sent,
): RequestFate {
  const { socket, bytesReadBefore } = request as ClientRequest & { readonly bytesReadBefore?: number };
  if (!request.reusedSocket || !ends.has(code)) return 'failed';
  if (socket && bytesReadBefore !== undefined && socket.bytesRead > bytesReadBefore) return 'failed';
  if (sentAt === undefined) return 'unsent';
  const isOneWrite = pieces <= 1 && size <= oneWriteBytes && !request.chunkedEncoding;
  if (syscall === 'write' && isOneWrite) return 'unsent';
  return performance.now() - sentAt <= roundTripMs + noticeMs ? 'crossed' : 'failed';
}
