import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { okAnswer, startRawEndpoint, type RawEndpoint } from './rawEndpoint';
import { send, startStage, untilKept, type Received, type Stage } from './stage';

const flow = '1204588317730952';

describe('connections that the recorder keeps to an endpoint', function () {
  this.timeout(20_000);
  let endpoint: RawEndpoint | undefined;
  let stage: Stage | undefined;
  /** Called when a request has come to the recorder and before it goes on. */
  let beforeForwarding: (() => void) | undefined;

  afterEach(async () => {
    await stage?.close();
    await endpoint?.close();
    stage = endpoint = beforeForwarding = undefined;
  });

  const behind = async (...[answer]: Parameters<typeof startRawEndpoint>): Promise<Stage> => {
    endpoint = await startRawEndpoint(answer);
    const now = (): number => {
      beforeForwarding?.();
      beforeForwarding = undefined;
      return 1_700_000_000_000;
    };
    return (stage = await startStage(endpoint.url, { [flow]: '/' }, { now }));
  };
  const ask = (body = '{}'): Promise<Received> => send(`${stage!.url}/${flow}`, { body });
  const kept = (): Promise<void> => untilKept(stage!, flow, () => endpoint!.sockets.length);

  /** How an endpoint closes after its answer, as it is given a number that grows with each request. */
  const closings: readonly (readonly [what: string, close: (socket: Socket, request: number) => unknown])[] = [
    ['at once', (socket) => socket.end()],
    ['with a reset, at once', (socket) => setImmediate(() => socket.resetAndDestroy())],
    ['after 0 to 9 ms', (socket, request) => setTimeout(() => socket.end(), request % 10)],
    ['with a reset, after 0 to 9 ms', (socket, request) => setTimeout(() => socket.resetAndDestroy(), request % 10)],
    ['after 3 ms, whatever it announced', (socket) => setTimeout(() => socket.destroy(), 3)],
  ];
  for (const [what, close] of closings) {
    it(`fail no request of 400 where the endpoint closes them ${what}`, async () => {
      let requests = 0;
      const head = what.includes('announced') ? okAnswer.replace('\r\n', '\r\nKeep-Alive: timeout=5\r\n') : okAnswer;
      const { sink } = await behind((socket) => {
        socket.write(head);
        close(socket, ++requests);
      });
      // Four callers, each with pauses of its own, so that requests meet closings at every moment.
      const caller = async (number: number): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          assert.equal((await ask()).status, 200);
          await delay((i * number) % 7);
        }
      };
      await Promise.all([1, 2, 3, 4].map(caller));
      assert.deepEqual(sink.outcomes(), { success: 400 });
      assert.equal(endpoint!.seen.length, 400);
    });
  }

  it('serve one request each until one was seen to stay open, and many from then on', async () => {
    const { sink } = await behind((socket) => void socket.write(okAnswer));
    await ask();
    await ask();
    assert.equal(endpoint!.sockets.length, 2);
    await kept();
    const connections = endpoint!.sockets.length;
    for (let i = 0; i < 50; i++) await ask();
    assert.equal(endpoint!.sockets.length, connections);
    assert.deepEqual(sink.outcomes(), { success: endpoint!.seen.length });
  });

  it('serve one request each again, once the endpoint has closed one early', async () => {
    await behind((socket) => void socket.write(okAnswer));
    await kept();
    const last = endpoint!.sockets.at(-1)!;
    last.end();
    await once(last, 'close');
    const connections = endpoint!.sockets.length;
    for (let i = 0; i < 10; i++) await ask();
    assert.equal(endpoint!.sockets.length, connections + 10);
  });

  it('are not taken where they idled for longer than half of what was proven', async () => {
    await behind((socket) => void socket.write(okAnswer));
    await kept();
    const connections = endpoint!.sockets.length;
    await delay(300);
    await ask();
    assert.equal(endpoint!.sockets.length, connections + 1);
  });

  for (const [what, body] of [
    ['a small body', '{}'],
    ['a body of 10 kB', 'b'.repeat(10_000)],
    ['no body', ''],
  ] as const) {
    it(`that were reset before anything was sent cost a request with ${what} nothing: it goes on another one`, async () => {
      const { sink, state } = await behind((socket) => void socket.write(okAnswer));
      await kept();
      const before = endpoint!.seen.length;
      const connections = endpoint!.sockets.length;
      beforeForwarding = () => void endpoint!.sockets.at(-1)!.resetAndDestroy();
      assert.equal((await ask(body)).status, 200);
      // Once, and whole.
      assert.equal(endpoint!.seen.length, before + 1);
      assert.ok(endpoint!.seen.at(-1)!.endsWith(`\r\n\r\n${body}`));
      assert.equal(endpoint!.sockets.length, connections + 1);
      assert.deepEqual(sink.outcomes(), { success: before + 1 });
      assert.equal(state().uncounted.crossed, 0);
    });
  }

  it('that end while the body is awaited cost a request nothing', async () => {
    const { url, sink } = await behind((socket) => void socket.write(okAnswer));
    await kept();
    const before = endpoint!.seen.length;
    const last = endpoint!.sockets.at(-1)!;
    const request = httpRequest(`${url}/${flow}`, { method: 'POST', agent: false, headers: { 'content-length': 2 } });
    request.flushHeaders();
    await new Promise<void>((resolve) => (beforeForwarding = resolve));
    last.end();
    await once(last, 'close');
    request.end('{}');
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(answer.resume().statusCode, 200);
    await sink.count(before + 1);
    assert.equal(endpoint!.seen.length, before + 1);
  });

  it('that end as a request is sent fail it, apart from the endpoint’s errors, and it is not sent twice', async () => {
    const { sink, state } = await behind((socket) => void socket.write(okAnswer));
    await kept();
    const before = endpoint!.seen.length;
    const last = endpoint!.sockets.at(-1)!;
    // The endpoint reads on, as one that has taken the request and then dies.
    beforeForwarding = () => void last.end();
    const { status, body } = await ask();
    assert.equal(status, 502);
    assert.match(body.toString(), /closed the connection while the request was sent/);
    assert.equal(endpoint!.seen.length, before + 1);
    assert.equal(state().uncounted.crossed, 1);
    assert.deepEqual(sink.outcomes(), { success: before });
    // From here on each request has a connection of its own, so that whatever fails is the endpoint's doing.
    const connections = endpoint!.sockets.length;
    await ask();
    await ask();
    assert.equal(endpoint!.sockets.length, connections + 2);
  });

  const failures: readonly (readonly [what: string, fail: (socket: Socket) => unknown, error: RegExp])[] = [
    ['an endpoint that took its time and then died', (socket) => setTimeout(() => socket.destroy(), 700), /ECONNRESET/],
    ['an endpoint that began to answer', (socket) => socket.end('HTTP/1.1 20'), /ECONNRESET|HPE_/],
    ['an endpoint that answers with rubbish', (socket) => socket.end('rubbish\r\n\r\n'), /HPE_/],
  ];
  for (const [what, fail, error] of failures) {
    it(`do not excuse ${what}`, async () => {
      let failing = false;
      const { sink, state } = await behind((socket) => void (failing ? fail(socket) : socket.write(okAnswer)));
      await kept();
      const before = endpoint!.seen.length;
      failing = true;
      const { status, body } = await ask();
      assert.equal(status, 502);
      assert.match(body.toString(), error);
      assert.deepEqual(sink.outcomes(), { success: before, no_http_response_error: 1 });
      assert.equal(endpoint!.seen.length, before + 1);
      assert.equal(state().uncounted.crossed, 0);
    });
  }

  it('are shared by flows whose endpoints share a server, and outlive a change of the flows', async () => {
    const { url, setFlows } = await behind((socket) => void socket.write(okAnswer));
    await kept();
    const connections = endpoint!.sockets.length;
    setFlows([
      { id: '7', upstream: `${endpoint!.url}/seven` },
      { id: '8', upstream: `${endpoint!.url}/eight` },
    ]);
    assert.equal((await send(`${url}/7`, { body: '{}' })).status, 200);
    assert.equal((await send(`${url}/8`, { body: '{}' })).status, 200);
    assert.equal(endpoint!.sockets.length, connections);
    assert.match(endpoint!.seen.at(-1)!, /^POST \/eight /);
  });
});
