/** The fate of a request whose connection broke before there was an answer. */
import type { ClientRequest } from 'node:http';

/** How much of the request was sent. */
interface SentRequest {
  /** Chunks of its body. */
  readonly chunks: number;
  readonly size: number;
  /** When its first byte was handed to the connection, by `performance.now()`; undefined: none was. */
  readonly sentAt: number | undefined;
  /** The time of a byte to the endpoint and back, at least. */
  readonly roundTripMs: number;
}

type ConnectionLoss =
  /** Nothing of it, or of its body, left this computer: it may be sent once more. */
  | 'unsent'
  /** It met the end of its connection. The endpoint may have taken or answered it, so that it is not sent again. */
  | 'crossed'
  /** The endpoint had it, and gave no answer. */
  | 'failed';

/** One write of so much into an empty buffer of the system succeeds as a whole or not at all. */
const oneWriteBytes = 16 * 1024;
/** How late the end of a connection may be noticed, besides the way that it takes. */
const noticeMs = 50;
const ends: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN']);

/**
 * Only a kept connection can end for a reason older than the request. `unsent` needs proof: no byte was handed to the
 * connection, or the system refused the one write that had them all. The endpoint's end of a connection alone proves
 * nothing, since an endpoint that takes a request and dies sends the same. Such an end is laid to the kept connection
 * where it came so early that it may have been under way when the request was sent, and else to the endpoint. But where
 * an endpoint closes in the middle of a long request it may have answered before: Node drops what is unread then.
 */
export function classifyConnectionLoss(
  request: ClientRequest,
  { code, syscall }: NodeJS.ErrnoException,
  { chunks, size, sentAt, roundTripMs }: SentRequest,
): ConnectionLoss {
  const { socket, reusedSocket, bytesReadBefore } = request as ClientRequest & { readonly bytesReadBefore?: number };
  if (!ends.has(code)) return 'failed';
  const before = reusedSocket ? bytesReadBefore : 0;
  if (socket && before !== undefined && socket.bytesRead > before) return 'failed';
  if (syscall === 'write' && chunks > 1) return 'crossed';
  if (!reusedSocket) return 'failed';
  if (sentAt === undefined) return 'unsent';
  const isOneWrite = chunks <= 1 && size <= oneWriteBytes && !request.chunkedEncoding;
  if (syscall === 'write' && isOneWrite) return 'unsent';
  return performance.now() - sentAt <= roundTripMs + noticeMs ? 'crossed' : 'failed';
}
