/** The end of a server, for callers who take their time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, Agent, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerDrain } from '../../../src/process/serverDrain';

const answer = Buffer.alloc(48 * 1024 * 1024, 'x');

describe('A server that ends', function () {
  this.timeout(20_000);

  async function start(drain: ServerDrain): Promise<{ server: Server; port: number }> {
    const server = createServer({ ServerResponse: drain.ServerResponse }, (request, response) => {
      request.resume();
      response.end(request.url === '/long' ? answer : 'ok');
    });
    drain.watch(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  }

  it('lets a caller read to the end who reads slowly, and then waits for no idle connection', async () => {
    const drain = new ServerDrain();
    const { server, port } = await start(drain);
    const agent = new Agent({ keepAlive: true });
    const idle = httpRequest({ port, agent }).end();
    const [first] = (await once(idle, 'response')) as [IncomingMessage];
    await once(first.resume(), 'end');
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(server, 'request');
    const ended = drain.end(server, { graceMs: 15_000, idleMs: 100 });
    // Well after the first look for idle connections.
    await delay(800);
    let bytes = 0;
    socket.on('data', (chunk) => (bytes += chunk.length));
    await once(socket.resume(), 'close');
    assert.ok(bytes > answer.length, `${bytes} of ${answer.length} bytes`);
    const began = performance.now();
    await ended;
    assert.ok(performance.now() - began < 2_000);
    agent.destroy();
  });
});
