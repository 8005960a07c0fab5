/** What the recorder answers itself, in place of an endpoint. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a caller is told whose body travels in another way, and what the log is told. */
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
  // What is still to come of the request is not waited for.
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
