import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface PlainServer {
  readonly url: string;
  /** Request targets in order of arrival. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** What to answer: text is sent as it stands, anything else as JSON; undefined leaves the request hanging. */
export interface PlainAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A server without any rules of its own, for answers in shapes that only Meta sends. */
export async function startPlainServer(
  answer: (target: URL, count: number) => PlainAnswer | undefined,
): Promise<PlainServer> {
  const seen: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push(request.url ?? '');
    const found = answer(new URL(request.url ?? '', 'http://127.0.0.1'), seen.length);
    if (!found) return;
    const { status = 200, headers = {}, body } = found;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
