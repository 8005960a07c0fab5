/** The parts of the recorder's bench, each a process of its own: node proxyParts.js ROLE [ARGUMENT …]. */
import { createServer, Agent, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { EventSink } from '../../src/contract/eventSink';
import { recordFlow } from '../../src/middleware/recordFlow';
import { startRecorder } from '../../src/recorder/recorder';

export const benchFlowId = '1204588317730952';
/** As large as an encrypted request and answer of a small flow. */
const requestBytes = 1200;
const answer = Buffer.alloc(1000, 'a');

const roles: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
  endpoint: () => serve(endpoint),
  recorder: async (upstream) => {
    const sink: EventSink = { push: () => undefined, losses: 0 };
    const { port } = await startRecorder({ flows: [{ id: benchFlowId, upstream: upstream! }], port: 0, sink });
    process.send!(port);
  },
  httpProxy: async (upstream) => {
    const { default: httpProxy } = await import('http-proxy');
    // With kept connections, as the recorder has them: without, it would lose for a reason of its defaults.
    const agent = new Agent({ keepAlive: true });
    const proxy = httpProxy.createProxyServer({ target: upstream!, agent, ignorePath: true });
    await serve((request, response) => proxy.web(request, response));
  },
  middleware: async (meterUrl) => {
    await serve(recordFlow(endpoint, { flowId: benchFlowId, url: meterUrl!, token: 'bench' }));
  },
  load,
};

/** A handler that reads the request and answers, as an endpoint does. */
function endpoint(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': answer.length });
    response.end(answer);
  });
}

async function serve(listener: RequestListener): Promise<void> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.send!((server.address() as AddressInfo).port);
}

/** Asks as fast as it is answered, over so many connections, and sends the requests per second when the time is over. */
async function load(port: string, connections: string, seconds: string): Promise<void> {
  const message = Buffer.concat([
    Buffer.from(
      `POST /${benchFlowId} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${requestBytes}\r\n\r\n`,
    ),
    Buffer.alloc(requestBytes, 'b'),
  ]);
  let done = 0;
  let measuring = false;
  for (let i = 0; i < Number(connections); i++) {
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    let pending = 0;
    socket.on('connect', () => socket.write(message));
    socket.on('data', (chunk) => {
      // Only the first piece has the head; its length tells how long the whole answer is.
      if (pending === 0) {
        const head = chunk.indexOf('\r\n\r\n');
        if (!chunk.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200')) || head < 0) fail('an answer that is none');
        pending = head + 4 + answer.length;
      }
      pending -= chunk.length;
      if (pending > 0) return;
      if (pending < 0) fail('more than was asked for');
      if (measuring) done++;
      socket.write(message);
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('a closed connection'));
  }
  const warmUpMs = 500;
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));
  measuring = true;
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  const rate = done / ((performance.now() - began) / 1000);
  process.send!(rate, () => process.exit());
}

function fail(what: string): never {
  console.error(`The load generator got ${what}.`);
  process.exit(1);
}

const [role, ...args] = process.argv.slice(2);
if (role !== undefined && role in roles && process.send) {
  // Started by the bench, it ends with the bench.
  process.once('disconnect', () => process.exit());
  void roles[role]!(...args);
}
