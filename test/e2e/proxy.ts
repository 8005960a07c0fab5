/** A proxy that lets nothing through and remembers what was asked: all that leaves the computer would go this way. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** "CONNECT graph.facebook.com:443", in the order asked. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function openProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer((request) => {
    asked.push(`${request.method} ${request.url}`);
    request.socket.destroy();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
