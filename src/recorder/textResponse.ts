/** Answers of the recorder itself, in place of an endpoint. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** For a caller whose body has another transfer coding, and for the log. */
export const unsupportedCodingText = 'The transfer coding must be chunked.';
export const unsupportedCoding = 'the transfer coding is not chunked';

export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  request.resume();
  if (response.headersSent) return void response.destroy();
  // The rest of the request is not waited for.
  const cut = !request.complete;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(cut ? { connection: 'close' } : {}),
  });
  response.end(`${text}\n`);
}
