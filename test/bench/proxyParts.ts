/** The parts of the recorder's bench, each a process of its own: node proxyParts.js ROLE [ARGUMENT …]. */
import { once } from 'node:events';
import { createServer, Agent, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { recordFlow, type RecordFlowOptions } from '../../src/middleware/recordFlow';
import { startRecorder } from '../../src/recorder/recorder';
import { flowEndpoint } from './flowEndpoint';
import type { EventSink } from '../../src/contract/event';

export const benchFlowId = '1204588317730952';
/** As large as an encrypted request and answer of a small flow. */
export const plainTraffic: Traffic = { body: 'b'.repeat(1200), headers: {} };
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
  middleware: (meterUrl) => serve(recordFlow(endpoint, recording(meterUrl!))),
  flowEndpoint: (privatePem) => serve(flowEndpoint(privatePem!)),
  flowMiddleware: (meterUrl, privatePem) => serve(recordFlow(flowEndpoint(privatePem!), recording(meterUrl!))),
  load,
};

function recording(meterUrl: string): RecordFlowOptions {
  return { flowId: benchFlowId, url: meterUrl, token: 'bench' };
}

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

/**
 * Keeps so many connections to each port. Told `{ side, requests }`, it asks that side so often, as fast as it is answered,
 * and sends the requests per second.
 */
async function load(connections: string, traffic: string, ...ports: string[]): Promise<void> {
  const { body, headers } = JSON.parse(traffic) as Traffic;
  const lines = Object.entries({ 'content-type': 'application/json', 'content-length': body.length, ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const message = Buffer.from(`POST /${benchFlowId} HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\n${body}`, 'latin1');
  const sides: Side[] = [];
  for (const port of ports) sides.push(await connectSide(Number(port), Number(connections), message));
  process.on('message', ({ side, requests }: LoadOrder) => {
    void sides[side]!.ask(requests).then((rate) => process.send!(rate));
  });
  process.send!('ready');
}

/** What the load generator sends. */
export interface Traffic {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadOrder {
  readonly side: number;
  readonly requests: number;
}

interface Side {
  /** Requests per second. */
  ask(requests: number): Promise<number>;
}

async function connectSide(port: number, connections: number, message: Buffer): Promise<Side> {
  let left = 0;
  let unanswered = 0;
  let finish: () => void = () => undefined;
  const ask = (socket: Socket): void => {
    if (left === 0) return;
    left--;
    socket.write(message);
  };
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      let pending = 0;
      socket.on('data', (chunk) => {
        // Only the first piece has the head; behind it comes a body of known length.
        if (pending === 0) {
          const head = chunk.indexOf('\r\n\r\n');
          const text = chunk.toString('latin1', 0, Math.max(head, 0));
          const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
          if (!text.startsWith('HTTP/1.1 200') || length === undefined) fail('an answer that is none');
          pending = head + 4 + Number(length);
        }
        pending -= chunk.length;
        if (pending > 0) return;
        if (pending < 0) fail('more than was asked for');
        ask(socket);
        if (--unanswered === 0) finish();
      });
      socket.on('error', (error) => fail(error.message));
      socket.on('close', () => fail('a closed connection'));
      return socket;
    }),
  );
  return {
    ask: async (requests) => {
      left = unanswered = requests;
      const began = performance.now();
      await new Promise<void>((resolve) => {
        finish = resolve;
        for (const socket of sockets) ask(socket);
      });
      return requests / ((performance.now() - began) / 1000);
    },
  };
}

/** Microseconds so far. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function fail(what: string): never {
  console.error(`The load generator got ${what}.`);
  process.exit(1);
}

const [role, ...args] = process.argv.slice(2);
if (role !== undefined && role in roles && process.send) {
  // Started by the bench, it ends with the bench.
  process.once('disconnect', () => process.exit());
  // The load generator takes other orders.
  if (role !== 'load') process.on('message', () => process.send!(processorTime()));
  void roles[role]!(...args);
}
