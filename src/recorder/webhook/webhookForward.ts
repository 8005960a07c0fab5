/**
 * An app at Meta has one callback URL for all that it subscribes to. Where that leads to the recorder, the program that
 * had it before gets every notice from here, and Meta hears that program's own answer.
 */
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPlainAnswer } from '../../util/transferCoding';
import { endToEndHeaders } from '../forwardedHeaders';
import { httpUrlProblem } from '../httpUrl';

interface ForwardedRequest {
  readonly request: IncomingMessage;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** Absent for a handshake. */
  readonly body?: Buffer;
  /** The entry of the header `Via` that tells a request that comes back. */
  readonly via: string;
}

type ForwardedAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
  /** `status` is what Meta hears then: it sends again. */
  | { readonly kind: 'failed'; readonly status: 502 | 504; readonly reason: string };

const defaultPatienceMs = 10_000;
const maxAnswerBytes = 3 * 1024 * 1024;

/** Headers that belong to the request that is made here. */
const requestHeadersLeftOut: ReadonlySet<string> = new Set(['host', 'expect', 'content-length']);
const answerHeadersLeftOut: ReadonlySet<string> = new Set(['content-length', 'date']);

/** The fault of an address to pass notices on to, as the end of a sentence. */
export function forwardUrlProblem(text: string): string | undefined {
  return httpUrlProblem(text, 'a URL such as http://127.0.0.1:3000/webhook or https://example.com/webhook');
}

/** Sends the request on with its body and headers as they came, on a connection of its own. Never rejects. */
export function passOn(
  forwardUrl: string,
  { request, search, body, via }: ForwardedRequest,
  patienceMs = defaultPatienceMs,
): Promise<ForwardedAnswer> {
  const url = new URL(forwardUrl);
  url.search += url.search === '' ? search : search.replace('?', '&');
  const headers = endToEndHeaders(request.rawHeaders, request.headers.connection, requestHeadersLeftOut);
  if (body) headers.push('Content-Length', String(body.length));
  headers.push('Host', url.host, 'Via', via);
  return new Promise((resolve) => {
    const fail = (status: 502 | 504, reason: string): void => resolve({ kind: 'failed', status, reason });
    const onward = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: request.method,
      // Node takes names and values in turn; its types do not know it.
      headers: headers as unknown as OutgoingHttpHeaders,
      agent: false,
      // NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate pass.
      rejectUnauthorized: true,
    });
    const timer = setTimeout(() => {
      fail(504, `no whole answer within ${patienceMs / 1000} s`);
      onward.destroy();
    }, patienceMs);
    onward.on('response', (answer) => collect(answer, resolve, fail));
    onward.on('upgrade', (_answer, socket) => {
      socket.destroy();
      fail(502, 'it switches protocols');
    });
    onward.on('error', (error: NodeJS.ErrnoException) => fail(502, error.code ?? error.message));
    // Any other end; a promise that is settled already stays so.
    onward.on('close', () => {
      clearTimeout(timer);
      fail(502, 'the connection was closed without an answer');
    });
    onward.end(body);
  });
}

function collect(
  answer: IncomingMessage,
  resolve: (answer: ForwardedAnswer) => void,
  fail: (status: 502, reason: string) => void,
): void {
  const { statusCode: status = 0, rawHeaders, headers } = answer;
  const chunks: Buffer[] = [];
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxAnswerBytes) chunks.push(chunk);
    else answer.destroy();
  });
  answer.on('error', (error: NodeJS.ErrnoException) => fail(502, error.code ?? error.message));
  answer.on('end', () => {
    if (status < 200 || status > 599) return fail(502, `HTTP status ${status}`);
    if (!isPlainAnswer(headers['transfer-encoding'])) return fail(502, 'unknown Transfer-Encoding');
    const kept = endToEndHeaders(rawHeaders, headers.connection, answerHeadersLeftOut);
    resolve({ kind: 'answered', status, headers: kept, body: Buffer.concat(chunks) });
  });
  answer.on('close', () => fail(502, size > maxAnswerBytes ? 'its answer is too long' : 'its answer broke off'));
}

/** Gives Meta the answer as it came. */
export function answerAsForwarded(
  response: ServerResponse,
  { status, headers, body }: Extract<ForwardedAnswer, { kind: 'answered' }>,
): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, [...headers, ...(hasBody ? ['Content-Length', String(body.length)] : [])]);
  response.end(hasBody ? body : undefined);
}
