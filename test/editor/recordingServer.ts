/** A real metrics server with demo data, and in front of it an ear that hears every request and its token. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startEmbeddedServer } from '../../src/server/embedded';
import { canary } from '../fixtures/canary';

export interface Heard {
  readonly path: string;
  readonly token: string | undefined;
}

export interface Fault {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordingServer {
  readonly url: string;
  /** The token that the server takes. */
  readonly token: string;
  readonly heard: Heard[];
  /** Changes what the server sends, from now on. */
  rewrite: (body: string, path: string) => string;
  /** Answers instead of the server, from now on; null for the server itself. */
  fault: Fault | null;
  close(): Promise<void>;
}

export const expiredToken = 'EAAexpired0token0expired0token';
export const secondToken = 'EAAsecond00token00second00token';

export async function startRecordingServer(): Promise<RecordingServer> {
  const real = await startEmbeddedServer();
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    heard.push({ path, token });
    answer(path, token, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function answer(
    path: string,
    token: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (token === expiredToken) {
      send(
        response,
        400,
        JSON.stringify({ error: { message: token, type: 'OAuthException', code: 190, error_subcode: 463 } }),
      );
      return;
    }
    if (recording.fault) {
      const { status, body, headers } = recording.fault;
      send(response, status, JSON.stringify(body), headers);
      return;
    }
    const taken = token === secondToken || token === canary ? real.token : token;
    const authorization = taken === undefined ? {} : { authorization: `Bearer ${taken}` };
    const { method = 'GET', headers } = request;
    const form = method === 'POST' ? { body: await text(request) } : {};
    const type = headers['content-type'] === undefined ? {} : { 'content-type': headers['content-type'] };
    const reply = await fetch(`${real.url}${path}`, { method, headers: { ...authorization, ...type }, ...form });
    send(response, reply.status, recording.rewrite(await reply.text(), path));
  }

  const recording: RecordingServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: real.token,
    heard,
    rewrite: (body) => body,
    fault: null,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await real.close();
    },
  };
  return recording;
}

function send(response: ServerResponse, status: number, body: string, headers: Fault['headers'] = {}): void {
  const usual = { 'content-type': 'application/json', 'facebook-api-version': 'v26.0' };
  response.writeHead(status, { ...usual, ...headers }).end(body);
}
