/** One request on its way through the recorder: to the endpoint and back, byte for byte, in both directions at once. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { endToEndHeaders } from './forwardedHeaders';
import type { SilenceWatch } from './silenceWatch';
import type { UpstreamRequest } from './upstream';

export type ForwardResult =
  /** The endpoint's answer arrived whole, with this HTTP status. */
  | { readonly kind: 'answered'; readonly status: number }
  /** There was none, or it broke off. `reason` is the code of the error, such as ECONNREFUSED. */
  | { readonly kind: 'noAnswer'; readonly reason: string }
  /** The endpoint stayed silent until the recorder gave it up. */
  | { readonly kind: 'silent' }
  /** The caller hung up before the answer was there. */
  | { readonly kind: 'callerGone' }
  /** The recorder itself refused; the endpoint is not to blame. */
  | { readonly kind: 'refused' };

/** What the recorder answers itself. Headers and body of an endpoint's own answer are never touched. */
export function answerPlainly(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  // What is still to come of the request is not waited for.
  const cut = !request.complete;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
    'x-content-type-options': 'nosniff',
    ...(cut ? { connection: 'close' } : {}),
  });
  response.end(`${text}\n`);
  request.resume();
}

const requestHeadersLeftOut: ReadonlySet<string> = new Set([
  // The upstream's own name takes its place.
  'host',
  // Node has answered it to the caller already.
  'expect',
]);
const nothingLeftOut: ReadonlySet<string> = new Set();

export interface ForwardOptions {
  readonly send: (request: UpstreamRequest) => ClientRequest;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** A longer request body is refused with 413. */
  readonly maxBodyBytes: number;
  readonly silence: SilenceWatch;
  /** Called once, when it is known how the request counts. */
  readonly onEnd: (result: ForwardResult) => void;
}

export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { send, search, maxBodyBytes, silence, onEnd }: ForwardOptions,
): void {
  const { method = 'GET', headers } = request;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    answerPlainly(request, response, 501, 'The transfer coding must be chunked.');
    return onEnd({ kind: 'refused' });
  }
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) {
    answerPlainly(request, response, 413, `The body is too long: ${maxBodyBytes} bytes are allowed.`);
    return onEnd({ kind: 'refused' });
  }
  const kept = endToEndHeaders(request.rawHeaders, headers.connection, requestHeadersLeftOut);
  // How long the body is must be said for every method, or the endpoint would read it as the next request.
  if (coding !== undefined) kept.push('Transfer-Encoding', 'chunked');
  else if (headers['content-length'] === undefined && method === 'POST') kept.push('Content-Length', '0');

  let ended = false;
  const end = (result: ForwardResult): void => {
    if (ended) return;
    ended = true;
    onEnd(result);
  };
  const onward = send({ method, search, headers: kept });
  let answered = false;
  const watched = silence.begin(() => {
    if (ended) return;
    if (!answered) answerPlainly(request, response, 504, 'The endpoint behind this flow did not answer in time.');
    else response.destroy();
    end({ kind: 'silent' });
    onward.destroy();
  });
  const moved = (): void => silence.moved(watched);
  onward.on('response', (answer) => {
    answered = true;
    relay(answer, response, moved, end);
  });
  onward.on('error', (error: NodeJS.ErrnoException) => {
    // A broken answer is noticed where it is relayed; what ended already has its result.
    if (answered || ended) return;
    const reason = error.code ?? error.name;
    end({ kind: 'noAnswer', reason });
    answerPlainly(request, response, 502, `The endpoint behind this flow gave no HTTP answer (${reason}).`);
  });
  // Listened to before anything can break: a caller who leaves takes the request to the endpoint along.
  response.on('close', () => {
    silence.end(watched);
    if (response.writableFinished) return;
    end({ kind: 'callerGone' });
    onward.destroy();
  });

  let size = 0;
  pump(request, onward, (chunk) => {
    size += chunk.length;
    moved();
    if (size <= maxBodyBytes) return true;
    if (!ended && !answered) {
      end({ kind: 'refused' });
      answerPlainly(request, response, 413, `The body is too long: ${maxBodyBytes} bytes are allowed.`);
      onward.destroy();
    }
    return false;
  });
}

function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  moved: () => void,
  end: (result: ForwardResult) => void,
): void {
  const { statusCode: status = 0, statusMessage = '', rawHeaders, headers } = answer;
  // The endpoint's own date stands in its headers, or none does.
  response.sendDate = false;
  response.writeHead(status, statusMessage, endToEndHeaders(rawHeaders, headers.connection, nothingLeftOut));
  let bodyBegan = false;
  answer.on('end', () => end({ kind: 'answered', status }));
  answer.on('error', () => undefined);
  answer.on('close', () => {
    if (answer.complete) return;
    end({ kind: 'noAnswer', reason: 'ECONNRESET' });
    // The caller must see the same break, not an answer that looks whole.
    response.destroy();
  });
  pump(answer, response, () => {
    bodyBegan = true;
    moved();
    return true;
  });
  // Node holds headers back until the body begins. Where nobody knows when that will be, they go ahead.
  if (headers['content-length'] === undefined) {
    setImmediate(() => {
      if (!bodyBegan && !response.destroyed && !response.writableEnded) response.flushHeaders();
    });
  }
}

/** Moves a body on, no faster than it is taken. What `take` refuses, and what nobody wants any more, is dropped. */
function pump(from: Readable, to: Writable, take: (chunk: Buffer) => boolean): void {
  from.on('data', (chunk: Buffer) => {
    if (!take(chunk) || to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.on('end', () => {
    if (!to.destroyed) to.end();
  });
  // Nobody takes any more: what is left must not hold the connection.
  to.on('close', () => from.resume());
}
