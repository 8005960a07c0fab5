/** Whatever recordFlow is given, the endpoint works as without it, and what is odd is said once. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, ServerResponse, IncomingMessage, type RequestListener } from 'node:http';
import http2 from 'node:http2';
import { Socket, type AddressInfo } from 'node:net';
import express from 'express';
import {
  cannotBeServed,
  recordFlow,
  type FlowRecording,
  type RecordFlowOptions,
} from '../../../src/middleware/recordFlow';
import { flowId, token } from './stubMeter';
import { Endpoints } from './endpoints';

/** As recordFlow looks to callers without types. */
type AnyWrapper = (handler: unknown, options: unknown) => ((...args: readonly unknown[]) => unknown) & FlowRecording;
const wrap = recordFlow as unknown as AnyWrapper;

const noResponse = /^Nothing is recorded of a handler that gets no response of node:http\. Requests are served/;

describe('recordFlow, whatever it is given,', () => {
  const endpoints = new Endpoints();
  const options = (more?: Partial<RecordFlowOptions>): RecordFlowOptions => endpoints.options(more);
  const listen = (listener: RequestListener): Promise<string> => endpoints.listen(listener);

  const ask = async (url: string): Promise<number> => {
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    await answer.arrayBuffer();
    return answer.status;
  };

  /** What other frameworks call a handler with, by the parts that tell them from node:http. */
  const strangers: Readonly<Record<string, readonly unknown[]>> = {
    'Fastify’s request and reply': [
      { raw: {}, body: {} },
      { raw: {}, statusCode: 200, send: () => undefined },
    ],
    'Koa’s context and next': [{ req: {}, res: {}, request: {}, response: {} }, async () => undefined],
    'Hono’s context and next': [{ req: { raw: {} }, env: {} }, async () => undefined],
    'an event of h3': [{ node: { req: {}, res: {} }, context: {} }],
    'a Request of the Web and Next’s context': [new Request('http://x/'), { params: Promise.resolve({}) }],
    'a Request and a Response of the Web': [new Request('http://x/'), new Response('')],
    'a request alone': [new IncomingMessage(new Socket())],
    'request and response in the other order': [{ statusCode: 200 }, new IncomingMessage(new Socket())],
    nothing: [],
    'null and text': [null, 'response'],
    'a response whose properties may not be read': [
      {},
      new Proxy({}, { get: () => assert.fail('read'), has: () => assert.fail('looked for') }),
    ],
    'an event emitter that is no response': [{}, new EventEmitter()],
  };

  for (const [what, given] of Object.entries(strangers)) {
    it(`calls a handler that gets ${what} as it was called, and says once that nothing is recorded`, async () => {
      const self = {};
      const answer = Promise.resolve('answer');
      const calls: unknown[][] = [];
      const handler = function (this: unknown, ...args: unknown[]): Promise<string> {
        assert.equal(this, self);
        calls.push(args);
        return answer;
      };
      const recorded = wrap(handler, options());
      for (let i = 0; i < 3; i++) assert.equal(Reflect.apply(recorded, self, given), answer);
      assert.deepEqual(
        calls.map(({ length }) => length),
        Array(3).fill(given.length),
      );
      for (const args of calls) for (const [i, one] of args.entries()) assert.ok(Object.is(one, given[i]));
      assert.equal(endpoints.trouble.length, 1);
      assert.match(endpoints.trouble[0]!, noResponse);
      await recorded.close();
      assert.deepEqual(endpoints.meter.events, []);
    });
  }

  it('passes on what a handler throws, at once or later', async () => {
    const broken = new Error('broken');
    const throws = wrap(() => {
      throw broken;
    }, options());
    assert.throws(
      () => throws({}, {}),
      (thrown) => thrown === broken,
    );
    const rejects = wrap(() => Promise.reject(broken), options());
    await assert.rejects(rejects({}, {}) as Promise<unknown>, (thrown) => thrown === broken);
    assert.equal(endpoints.trouble.length, 2);
    await Promise.all([throws.close(), rejects.close()]);
  });

  it('looks like the handler: name, number of parameters, properties', async () => {
    function flow(request: unknown, response: unknown, next: unknown): unknown {
      return [request, response, next];
    }
    const handler = Object.assign(flow, { config: { api: { bodyParser: false } } });
    const recorded = wrap(handler, options()) as unknown as typeof handler;
    assert.deepEqual([recorded.name, recorded.length, recorded.config], ['flow', 3, handler.config]);
    const frozen = recordFlow(
      Object.freeze((_request: unknown, response: ServerResponse) => response.end()),
      options(),
    );
    assert.equal(await ask(await listen(frozen)), 200);
    await frozen.close();
    assert.equal(endpoints.meter.events.length, 1);
  });

  it('wraps a whole application, which still is one', async () => {
    const app = express().post('/flow', (_request, response) => void response.send('{}'));
    const recorded = recordFlow(app, options({ flowId: ({ url }) => (url === '/flow' ? flowId : undefined) }));
    const url = await endpoints.serve(recorded.listen(0, '127.0.0.1'));
    assert.deepEqual([await ask(`${url}/flow`), await ask(`${url}/other`)], [200, 404]);
    await recorded.close();
    assert.equal(endpoints.meter.events.length, 1);
  });

  it('counts an answer once, however often its handler is wrapped, and for each flow that it is wrapped for', async () => {
    const handler: RequestListener = (_request, response) => void response.end();
    const inner = recordFlow(handler, options());
    const outer = recordFlow(inner, options());
    const other = recordFlow(outer, options({ flowId: '77' }));
    const url = await listen(other);
    for (let i = 0; i < 3; i++) await ask(url);
    await Promise.all([other.close(), outer.close(), inner.close()]);
    assert.deepEqual(endpoints.meter.events.map(({ flowId: flow }) => flow).sort(), [
      ...Array<string>(3).fill(flowId),
      ...Array<string>(3).fill('77'),
    ]);
  });

  it('counts what is answered over HTTP/2', async () => {
    const handler = (_request: unknown, response: http2.Http2ServerResponse): void => void response.end('{}');
    const recorded = wrap(handler, options());
    const server = http2.createServer(recorded as never);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const request = client.request({ ':path': '/' }).resume().end();
    await once(request, 'close');
    await endpoints.meter.until(() => endpoints.meter.events.length === 1);
    client.close();
    server.close();
    await recorded.close();
    assert.equal(endpoints.meter.events[0]!.outcome, 'success');
    assert.deepEqual(endpoints.trouble, []);
  });

  it('lets odd answers be: over before it began, without a socket, frozen, cut off', async () => {
    const request = (): IncomingMessage => new IncomingMessage(new Socket());
    const response = (): ServerResponse => new ServerResponse(request());
    const called: unknown[] = [];
    const recorded = wrap((_request: unknown, given: unknown) => void called.push(given), options());
    const over = response().end();
    const destroyed = response();
    destroyed.destroy();
    const frozen = Object.freeze(response());
    const unreadable = Object.defineProperty(response(), 'statusCode', { get: () => assert.fail('read') });
    for (const one of [over, destroyed, frozen, unreadable]) recorded(request(), one);
    for (const odd of [{}, { socket: undefined }, Object.freeze({ socket: null })]) {
      const cut = response();
      recorded(odd, cut);
      cut.emit('close');
    }
    // An answer whose status can no longer be told when it closes.
    const late = response();
    recorded(request(), late);
    Object.defineProperty(late, 'writableFinished', { get: () => assert.fail('read') });
    late.emit('close');
    assert.equal(called.length, 8);
    await recorded.close();
    assert.deepEqual(endpoints.meter.events, []);
    assert.ok(
      endpoints.trouble.every(
        (line) => noResponse.test(line) || /^A request is not recorded: [A-Za-z]+ while/.test(line),
      ),
      endpoints.trouble.join('\n'),
    );
    assert.equal(new Set(endpoints.trouble).size, endpoints.trouble.length);
  });

  it('serves on where flowId throws, rejects, or gives what is no id, and says so once', async () => {
    const secret = 'what-the-body-held';
    const odd: readonly (() => unknown)[] = [
      () => {
        throw new RangeError(secret);
      },
      () => Promise.reject(new Error(secret)),
      () => Promise.resolve(flowId),
      () => 12,
      () => null,
      () => secret,
      () => Symbol(secret),
    ];
    for (const flowOf of odd) {
      endpoints.trouble.length = 0;
      const recorded = wrap((_request: unknown, response: ServerResponse) => response.end(), {
        ...options(),
        flowId: flowOf,
      });
      const url = await listen(recorded as never);
      for (let i = 0; i < 3; i++) assert.equal(await ask(url), 200);
      await recorded.close();
      assert.equal(endpoints.trouble.length, 1, String(flowOf));
      assert.match(
        endpoints.trouble[0]!,
        /^A request is not recorded: (flowId must return the digits|RangeError while)/,
      );
      assert.ok(!endpoints.trouble[0]!.includes(secret));
    }
    assert.deepEqual(endpoints.meter.events, []);
  });

  it('does not count who hangs up on what is not measured', async () => {
    const hungUp = new AbortController();
    const closed = new EventEmitter();
    const handler: RequestListener = (_request, response) => {
      // Heard after recordFlow's own listener.
      response.on('close', () => closed.emit('closed'));
      hungUp.abort();
    };
    const recorded = recordFlow(handler, options({ flowId: () => undefined }));
    const url = await listen(recorded);
    const seen = once(closed, 'closed');
    await assert.rejects(fetch(url, { signal: hungUp.signal }));
    await seen;
    assert.equal(recorded.state().callersGone, 0);
    await recorded.close();
  });

  it('stands a listener of its own for trouble that fails', async () => {
    const warned: string[] = [];
    const listen = ({ message, name }: Error): void => {
      if (name === 'FlowmeterWarning') warned.push(message);
    };
    process.on('warning', listen);
    try {
      for (const onTrouble of [
        () => {
          throw new Error('broken');
        },
        () => Promise.reject(new Error('broken')),
      ]) {
        const recorded = wrap(() => 'served', { ...options(), onTrouble });
        assert.equal(recorded({}, {}), 'served');
        await recorded.close();
      }
      while (warned.length < 2) await new Promise(setImmediate);
      for (const line of warned) assert.match(line, noResponse);
    } finally {
      process.off('warning', listen);
    }
  });

  it('starts where the environment is wrong, and says what is', () => {
    const onTrouble = (message: string): void => void endpoints.trouble.push(message);
    const served = (): string => 'served';
    try {
      process.env.FLOWMETER_URL = 'localhost:8600';
      assert.equal(wrap(served, { flowId, token, onTrouble })({}, {}), 'served');
      process.env.FLOWMETER_TOKEN = 'two words';
      assert.equal(wrap(served, { flowId, url: endpoints.meter.url, onTrouble })({}, {}), 'served');
    } finally {
      delete process.env.FLOWMETER_URL;
      delete process.env.FLOWMETER_TOKEN;
    }
    assert.deepEqual(endpoints.trouble, [
      'Nothing is recorded: FLOWMETER_URL must be the base URL of a meter, such as http://127.0.0.1:8600.',
      'Nothing is recorded: FLOWMETER_TOKEN must be one word of printable ASCII characters.',
    ]);
  });

  it('names what is missing of its own arguments', () => {
    for (const [args, message] of [
      [[], /first argument must be the handler/],
      [[options(), () => undefined], /first argument must be the handler/],
      [[() => undefined], /flowId must be the digits/],
      [[() => undefined, null], /flowId must be the digits/],
      [[() => undefined, options({ onTrouble: 'log' as never })], /onTrouble must be a function/],
    ] as const) {
      assert.throws(
        () => (wrap as CallableFunction)(...args),
        (error: Error) => error instanceof TypeError && message.test(error.message),
      );
    }
  });

  it('leaves one listener at the process, however many handlers are wrapped', async () => {
    const before = process.listenerCount('beforeExit');
    const many = Array.from({ length: 20 }, () => recordFlow(() => undefined, options()));
    assert.ok(process.listenerCount('beforeExit') <= before + 1);
    await Promise.all(many.map((one) => one.close()));
    assert.equal(process.listenerCount('beforeExit'), before);
  });
});

describe('cannotBeServed', () => {
  it('never throws, and says once that it needs the response of node:http', async () => {
    const warned: string[] = [];
    const listen = ({ message }: Error): void => void warned.push(message);
    process.on('warning', listen);
    try {
      for (const odd of [undefined, null, 'x', {}, new Response('')]) cannotBeServed(odd as never);
      cannotBeServed(Object.freeze(new ServerResponse(new IncomingMessage(new Socket()))));
      while (warned.length === 0) await new Promise(setImmediate);
      await new Promise(setImmediate);
      assert.equal(warned.length, 1);
      assert.match(warned[0]!, /^cannotBeServed marks nothing: it needs the response of node:http/);
    } finally {
      process.off('warning', listen);
    }
  });
});

describe('The sender of events', () => {
  /** Answers of a meter, or of whatever took its place, that are no answers of HTTP. */
  const answers: Readonly<Record<string, string>> = {
    'a switch of protocols': 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'a status of its own': 'HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n',
    'no HTTP': 'hello\r\n\r\n',
    'half an answer': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{',
    nothing: '',
  };

  for (const [what, answer] of Object.entries(answers)) {
    it(`keeps its events where it is answered with ${what}`, async () => {
      const { createServer: createTcpServer } = await import('node:net');
      const stranger = createTcpServer((socket) => {
        socket.on('error', () => undefined).once('data', () => socket.end(answer, 'latin1'));
      });
      await once(stranger.listen(0, '127.0.0.1'), 'listening');
      const trouble: string[] = [];
      const recorded = recordFlow((_request: IncomingMessage, response: ServerResponse) => response.end(), {
        flowId,
        token,
        url: `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`,
        onTrouble: (message) => trouble.push(message),
      });
      const endpoint = createServer(recorded);
      await once(endpoint.listen(0, '127.0.0.1'), 'listening');
      await (await fetch(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`)).arrayBuffer();
      while (recorded.state().waiting === 0) await new Promise(setImmediate);
      await recorded.flush();
      assert.equal(recorded.state().waiting, 1);
      assert.equal(trouble.length, 1);
      assert.match(trouble[0]!, /Events wait to be sent\.$/);
      endpoint.closeAllConnections();
      endpoint.close();
      stranger.close();
      await recorded.close();
    });
  }
});
