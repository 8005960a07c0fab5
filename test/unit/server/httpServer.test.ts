import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { startEmbeddedServer } from '../../../src/server/embedded';
import { startHttpServer } from '../../../src/server/httpServer';
import { flowIds, startTestServer, token, type TestServer } from './testServer';

const mebibyte = 1024 * 1024;

describe('HTTP server', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  /** Posts that many bytes, chunked or with their length, and gives the status, or the code of the error. */
  function post(bytes: number, chunked: boolean): Promise<number | string> {
    return new Promise((resolve) => {
      const request = httpRequest(
        `${server.url}/v26.0/`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            ...(chunked ? {} : { 'content-length': bytes }),
          },
        },
        (response: IncomingMessage) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      const piece = Buffer.alloc(64 * 1024, ' ');
      let left = bytes;
      const write = (): void => {
        while (left > 0) {
          const part = piece.subarray(0, Math.min(left, piece.length));
          left -= part.length;
          if (!request.write(part)) {
            request.once('drain', write);
            return;
          }
        }
        request.end();
      };
      write();
    });
  }

  it('reads a body of 1 MiB and refuses a longer one, counted in bytes', async () => {
    for (const chunked of [true, false]) {
      // Blanks are no JSON: a refusal that shows that all of the body was read.
      assert.equal(await post(mebibyte, chunked), 400);
      assert.equal(await post(mebibyte + 1, chunked), 413);
    }
  });

  it('does not swallow a huge body', async () => {
    // Where the client is still writing when the connection is cut, it may see the cut before the answer.
    const before = process.memoryUsage().rss;
    assert.ok([413, 'EPIPE', 'ECONNRESET'].includes(await post(256 * mebibyte, true)));
    assert.ok(process.memoryUsage().rss - before < 64 * mebibyte);
    assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
  });

  it('listens on the loopback address only', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      const socket = connect(server.port, address);
      const [outcome] = await Promise.race([
        once(socket, 'connect').then(() => ['connected']),
        once(socket, 'error').then(() => ['refused']),
      ]).catch(() => ['refused']);
      socket.destroy();
      assert.equal(outcome, 'refused');
    }
  });

  it('rejects where the port is taken', async () => {
    const app = (): Promise<never> => Promise.reject(new Error());
    await assert.rejects(startHttpServer({ app, port: server.port, token }), { code: 'EADDRINUSE' });
  });

  it('stops at once, kept-alive connections included', async () => {
    const other = await startTestServer();
    await other.get('/v26.0/flowmeter');
    const began = performance.now();
    await other.close();
    assert.ok(performance.now() - began < 2_000);
    await assert.rejects(fetch(other.url));
  });

  it('answers 500 where an answer fails, says so, and goes on', async () => {
    const told: string[] = [];
    const fail = (): never => {
      throw new TypeError('odd');
    };
    const odd = await startHttpServer({
      app: ({ target }) => (target.includes('rejects') ? Promise.reject(new TypeError('odd')) : fail()),
      port: 0,
      token,
      extraRoutes: new Map([
        ['GET /extra', { answer: fail }],
        [
          'GET /half',
          { answer: (_: unknown, response: ServerResponse) => void (response.writeHead(200).write('half'), fail()) },
        ],
      ]),
      onException: (error) => told.push(String(error)),
    });
    const get = (path: string): Promise<Response> =>
      fetch(odd.url + path, { headers: { authorization: `Bearer ${token}` } });
    for (const path of ['/throws', '/rejects', '/extra']) {
      const answer = await get(path);
      assert.equal(answer.status, 500);
      const { error } = (await answer.json()) as { error: { message: string } };
      assert.equal(error.message, 'The server failed unexpectedly.');
    }
    // What has begun cannot become another answer: the client sees that it breaks off.
    await assert.rejects(get('/half').then((answer) => answer.text()));
    assert.deepEqual(told, Array(4).fill('TypeError: odd'));
    await odd.close();
  });

  it('runs inside another program with a token of its own', async () => {
    const clock = Date.parse('2026-03-12T14:18:00Z');
    const [one, two] = await Promise.all([startEmbeddedServer({ clock, seed: 5 }), startEmbeddedServer()]);
    assert.match(one.token, /^[\w-]{43}$/);
    assert.notEqual(one.token, two.token);
    const path = `/v26.0/${flowIds.booking}?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY)`;
    const get = (base: string, bearer: string): Promise<Response> =>
      fetch(base + path, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await get(one.url, one.token)).status, 200);
    assert.equal((await get(one.url, two.token)).status, 401);
    const running = await fetch(`${two.url}/v26.0/flowmeter`, { headers: { authorization: `Bearer ${two.token}` } });
    const info = (await running.json()) as Record<string, unknown>;
    assert.ok(!('clock' in info));
    assert.match(String(info.version), /^\d+\.\d+\.\d+/);
    await Promise.all([one.close(), two.close()]);
  });
});
