/** An endpoint that answers with whatever bytes it is told, which no HTTP server would send. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawEndpoint {
  readonly url: string;
  /** Whole requests, each as it came. */
  readonly seen: readonly string[];
  /** All connections that were made, in their order. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/** `answer` is told each whole request on the connection it came on, and its number on that connection, from 1. */
export async function startRawEndpoint(
  answer: (socket: Socket, number: number, text: string) => void,
): Promise<RawEndpoint> {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    // What is written goes out at once, and does not wait for the other side.
    socket.setNoDelay();
    sockets.push(socket);
    let waiting = '';
    let number = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      waiting += chunk.toString('latin1');
      for (let length = wholeLength(waiting); length > 0; length = wholeLength(waiting)) {
        const text = waiting.slice(0, length);
        waiting = waiting.slice(length);
        seen.push(text);
        answer(socket, ++number, text);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    sockets,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An endpoint that sends the same bytes to every request, and closes the connection where told to. */
export function startFixedEndpoint(bytes: string, then: 'close' | 'keep' = 'close'): Promise<RawEndpoint> {
  return startRawEndpoint((socket) => {
    socket.write(bytes, 'latin1');
    if (then === 'close') socket.end();
  });
}

export const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** How long the first request is, 0 where it is not whole yet. Requests have a length, or no body. */
function wholeLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : 0;
}
