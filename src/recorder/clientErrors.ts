/** Requests that Node's server would refuse or cut off by itself: answered in its way, and told of. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sendText } from './textResponse';

/** `onRefused` is told what was wrong, in words that hold nothing of what came. */
export function handleClientErrors(server: Server, onRefused: (detail: string) => void): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    socket.on('error', ignore);
    const { code = '' } = error;
    const isLate = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // Any other error is that of a connection; the end of its request, if there is one, is handled with the request.
    if (!isLate && !code.startsWith('HPE_')) return void socket.destroy();
    // Where the coding alone is wrong, Node has handed the request over before: it is answered and told of already.
    if (code === codingCode && currentOf(socket)) return;
    // Browsers and load balancers open connections that they then do not use.
    const isSilent = (socket as Socket).bytesRead === 0;
    if (!isSilent) onRefused(details[code] ?? 'it is no HTTP, or its head is too long');
    refuse(socket, statuses[code] ?? '400 Bad Request', code === codingCode ? doubtfulEnd : '');
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', ignore);
    onRefused('the method CONNECT asks for a tunnel');
    refuse(socket, '405 Method Not Allowed');
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', ignore);
    response.on('error', ignore);
    onRefused('it expects something else than 100-continue');
    sendText(request, response, 417, 'The only expectation that is met is 100-continue.');
  });
  server.on('drop', () => onRefused('there were too many connections at once'));
}

const codingCode = 'HPE_INVALID_TRANSFER_ENCODING';
const doubtfulEnd = 'The transfer coding must be chunked, once, and no Content-Length may stand beside it.\n';

const details: Readonly<Partial<Record<string, string>>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'the request came too slowly',
  [codingCode]: 'the transfer coding is not chunked, or a length stands beside it',
};

const statuses: Readonly<Partial<Record<string, string>>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** The answer that is being written to it. */
function currentOf(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

function refuse(socket: Duplex, status: string, text = ''): void {
  // An answer to an earlier request that is half written must not be taken for more than it is.
  if (!socket.writable || currentOf(socket)?.headersSent) return void socket.destroy();
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${text.length}\r\n`;
  const type = text === '' ? '' : 'Content-Type: text/plain; charset=utf-8\r\n';
  socket.end(`${head}${type}\r\n${text}`, () => socket.destroy());
}

function ignore(): void {}
