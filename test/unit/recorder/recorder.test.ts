import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { MetricsError } from '../../../src/contract/errors';
import { startRecorder } from '../../../src/recorder/recorder';
import { StoreQueue } from '../../../src/recorder/storeQueue';
import { startSampleEndpoint, type SampleEndpoint } from '../../fixtures/sampleEndpoint';
import { KeepingSink, send, startStage, untilKept, type Stage } from './stage';

const flow = '1204588317730952';

describe('recorder', function () {
  this.timeout(20_000);
  let endpoint: SampleEndpoint;
  let stage: Stage | undefined;

  before(async () => (endpoint = await startSampleEndpoint()));
  after(() => endpoint.close());
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  const at = async (path: string, more?: Parameters<typeof startStage>[2]): Promise<Stage> =>
    (stage = await startStage(endpoint.url, { [flow]: path }, more));

  it('brings request and answer through byte for byte', async () => {
    const { url, sink } = await at('/echo?fixed=1');
    const body = randomBytes(5000);
    const signature = `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`;
    const answer = await send(`${url}/${flow}?more=%20a&b`, {
      method: 'PUT',
      headers: [
        'Host',
        'tunnel.example.com',
        'X-Hub-Signature-256',
        signature,
        'x-ODD-case',
        'caf\u00e9',
        'X-Twice',
        '1',
        'X-Twice',
        '2',
        'Content-Type',
        'application/json',
        'Connection',
        'keep-alive, x-private',
        'X-Private',
        'for this connection',
        'Proxy-Authorization',
        'Basic abc',
        'Content-Length',
        String(body.length),
      ] as never,
      body,
    });
    const seen = endpoint.seen.at(-1)!;
    assert.equal(seen.method, 'PUT');
    assert.equal(seen.url, '/echo?fixed=1&more=%20a&b');
    assert.deepEqual(seen.body, body);
    assert.deepEqual(seen.rawHeaders, [
      'Host',
      new URL(endpoint.url).host,
      'X-Hub-Signature-256',
      signature,
      'x-ODD-case',
      'caf\u00e9',
      'X-Twice',
      '1',
      'X-Twice',
      '2',
      'Content-Type',
      'application/json',
      'Content-Length',
      String(body.length),
      'Via',
      seen.headers.via,
      'Connection',
      'keep-alive',
    ]);
    assert.match(String(seen.headers.via), /^1\.1 flowmeter-[0-9a-f]{16}$/);
    assert.deepEqual([answer.status, answer.statusMessage], [200, 'Fine With Me']);
    assert.deepEqual(answer.body, body);
    const own = ['connection', 'keep-alive', 'date'];
    const kept = answer.rawHeaders.filter((_, i) => !own.includes(answer.rawHeaders[i - (i % 2)]!.toLowerCase()));
    assert.deepEqual(kept, [
      'X-Hub-Signature-256-Back',
      signature,
      'x-ODD-case-Back',
      'caf\u00e9',
      'X-Twice-Back',
      '1',
      'X-Twice-Back',
      '2',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'Content-Length',
      String(body.length),
    ]);
    assert.deepEqual(sink.outcomes(), { success: 1 });
  });

  it('is timed by its own clock, and a success carries its milliseconds and its time', async () => {
    const { url, sink, advance } = await at('/hold', { now: () => 1_700_000_000_000 });
    const answer = send(`${url}/${flow}`, { body: '{}' });
    await endpoint.held(1);
    advance(1234.5);
    endpoint.release();
    assert.equal((await answer).body.toString(), 'late');
    const [event] = sink.events;
    assert.deepEqual(
      { ...event, id: '' },
      { id: '', flowId: flow, time: 1_700_000_000_000, outcome: 'success', milliseconds: 1234.5 },
    );
    assert.match(event!.id, /^[A-Za-z0-9._:-]{1,64}$/);
  });

  it('counts what took longer than ten seconds as a time-out, and still lets the answer pass', async () => {
    const { url, sink, advance } = await at('/hold');
    for (const [milliseconds, outcome] of [
      [10_000, 'success'],
      [10_000.1, 'timeout_error'],
    ] as const) {
      const answer = send(`${url}/${flow}`, { body: '{}' });
      await endpoint.held(1);
      advance(milliseconds);
      endpoint.release();
      const { status, body } = await answer;
      assert.deepEqual([status, body.toString()], [200, 'late']);
      assert.equal(sink.events.at(-1)!.outcome, outcome);
    }
    assert.equal('milliseconds' in sink.events[1]!, false);
  });

  for (const [status, outcome] of [
    [200, 'success'],
    [204, 'success'],
    [421, 'success'],
    [427, 'success'],
    [432, 'success'],
    [302, 'unexpected_http_status_code'],
    [304, 'unexpected_http_status_code'],
    [400, 'unexpected_http_status_code'],
    [404, 'unexpected_http_status_code'],
    [433, 'unexpected_http_status_code'],
    [500, 'unexpected_http_status_code'],
    [503, 'unexpected_http_status_code'],
  ] as const) {
    it(`passes on HTTP ${status} and counts it as ${outcome}`, async () => {
      const { url, sink } = await at(`/status/${status}`);
      const answer = await send(`${url}/${flow}`, { body: '{}' });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.location, '/elsewhere');
      if (status !== 204 && status !== 304) assert.equal(answer.body.toString(), '{"error_msg":"told"}');
      assert.deepEqual(sink.outcomes(), { [outcome]: 1 });
    });
  }

  for (const path of ['/reset', '/resetEarly', '/garbage']) {
    it(`answers 502 in place of an endpoint that gives no HTTP answer (${path})`, async () => {
      const { url, sink } = await at(path);
      const answer = await send(`${url}/${flow}`, { body: '{}' });
      assert.equal(answer.status, 502);
      assert.match(answer.body.toString(), /^The endpoint behind this flow gave no HTTP answer \([A-Z_]+\)\.\n$/);
      assert.deepEqual(sink.outcomes(), { no_http_response_error: 1 });
    });
  }

  it('answers 502 where nothing listens or the host is unknown', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    taken.close();
    stage = await startStage('', { 1: `http://127.0.0.1:${port}/`, 2: 'http://no-such-host.invalid/' });
    assert.match((await send(`${stage.url}/1`, { body: 'x' })).body.toString(), /ECONNREFUSED/);
    assert.equal((await send(`${stage.url}/2`, { body: 'x' })).status, 502);
    assert.deepEqual(stage.sink.outcomes(), { no_http_response_error: 2 });
  });

  it('breaks off where the endpoint breaks off, and counts no answer', async () => {
    const { url, sink } = await at('/halfAnswer');
    await assert.rejects(send(`${url}/${flow}`, { body: '{}' }));
    await sink.count(1);
    assert.deepEqual(sink.outcomes(), { no_http_response_error: 1 });
  });

  it('gives up an endpoint that stays silent, and counts a time-out', async () => {
    const { url, sink } = await at('/hold', { idleTimeoutMs: 50 });
    assert.equal((await send(`${url}/${flow}`, { body: '{}' })).status, 504);
    assert.deepEqual(sink.outcomes(), { timeout_error: 1 });
    endpoint.release();
  });

  it('passes chunks on as they come, in both directions', async () => {
    const { url, sink } = await at('/holdAnswer');
    const request = httpRequest(`${url}/${flow}`, { method: 'POST', agent: false });
    request.write('a');
    request.end('b');
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const parts: string[] = [];
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part.toString());
      // The rest is only sent now that the first part is here.
      if (parts.length === 1) {
        assert.equal(sink.events.length, 0);
        assert.equal(endpoint.release(), 1);
      }
    }
    assert.deepEqual(parts, ['first', 'second']);
    assert.deepEqual(sink.outcomes(), { success: 1 });
    assert.equal(endpoint.seen.at(-1)!.body.toString(), 'ab');
    assert.equal(endpoint.seen.at(-1)!.headers['transfer-encoding'], 'chunked');
  });

  it('passes on a chunked answer', async () => {
    const { url } = await at('/chunked');
    const answer = await send(`${url}/${flow}`, { body: '{}' });
    assert.equal(answer.body.toString(), 'one two three');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
  });

  it('brings 5 MB through, both with a length and in chunks', async () => {
    const { url, sink } = await at('/echo');
    const body = randomBytes(5_000_000);
    const whole = await send(`${url}/${flow}`, { body, headers: { 'content-length': body.length } });
    assert.ok(whole.body.equals(body));
    const pieces = Array.from({ length: 50 }, (_, i) => body.subarray(i * 100_000, (i + 1) * 100_000));
    const chunked = await send(`${url}/${flow}`, { body: pieces });
    assert.ok(chunked.body.equals(body));
    assert.ok(endpoint.seen.at(-1)!.body.equals(body));
    assert.deepEqual(sink.outcomes(), { success: 2 });
  });

  it('does not read an answer faster than the caller takes it', async () => {
    const size = 64 * 1024 * 1024;
    let written = 0;
    const source = createServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
        const chunk = Buffer.alloc(65_536);
        const more = (): void => {
          while (written < size) {
            written += chunk.length;
            if (!socket.write(chunk)) return void socket.once('drain', more);
          }
        };
        more();
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(source, 'listening');
    stage = await startStage(`http://127.0.0.1:${(source.address() as { port: number }).port}`, { [flow]: '/' });
    const request = httpRequest(`${stage.url}/${flow}`, { agent: false }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // Nobody reads the answer: what is on its way is what the sockets hold, and then it stands still.
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(written < size / 2, `${written} bytes were taken`);
    let received = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) received += chunk.length;
    assert.equal(received, size);
    source.close();
  });

  it('refuses a body that is longer than the cap, told or not, and counts nothing', async () => {
    const { url, sink, state } = await at('/echo', { maxBodyBytes: 1000 });
    const told = await send(`${url}/${flow}`, { body: Buffer.alloc(1001), headers: { 'content-length': 1001 } });
    assert.deepEqual([told.status, told.body.toString()], [413, 'The body is too long: 1000 bytes are allowed.\n']);
    const chunked = await send(`${url}/${flow}`, { body: [Buffer.alloc(600), Buffer.alloc(600)] });
    assert.equal(chunked.status, 413);
    assert.equal((await send(`${url}/${flow}`, { body: Buffer.alloc(1000) })).status, 200);
    assert.deepEqual(sink.outcomes(), { success: 1 });
    assert.equal(state().uncounted.unusable, 2);
  });

  it('keeps connections on both sides', async () => {
    const { url, sink } = await at('/echo');
    const connectionsSeen = (): number => new Set(endpoint.seen.map(({ connection }) => connection)).size;
    await untilKept(stage!, flow, connectionsSeen);
    const before = sink.events.length;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const from = endpoint.seen.length;
    for (let i = 0; i < 20; i++) await send(`${url}/${flow}`, { agent, body: `number ${i}` });
    agent.destroy();
    const connections = new Set(endpoint.seen.slice(from).map(({ connection }) => connection));
    assert.equal(connections.size, 1);
    assert.deepEqual(sink.outcomes(), { success: before + 20 });
  });

  it('opens a new connection where the endpoint closed the kept one', async () => {
    let served = 0;
    const closing = createServer((socket) => {
      socket.on('error', () => undefined);
      // It does not say that it will close, and closes after each answer.
      socket.once('data', () => {
        served++;
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    }).listen(0, '127.0.0.1');
    await once(closing, 'listening');
    stage = await startStage(`http://127.0.0.1:${(closing.address() as { port: number }).port}`, { [flow]: '/' });
    for (let i = 0; i < 10; i++) {
      assert.equal((await send(`${stage.url}/${flow}`, { body: 'x' })).body.toString(), 'ok');
      await new Promise(setImmediate);
    }
    assert.equal(served, 10);
    closing.close();
  });

  it('closes connections to an endpoint that idle, and none that are asked', async () => {
    const closings: Promise<unknown>[] = [];
    let closed = 0;
    const idling = createServer((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
      closings.push(once(socket, 'close').then(() => closed++));
    }).listen(0, '127.0.0.1');
    await once(idling, 'listening');
    stage = await startStage(`http://127.0.0.1:${(idling.address() as { port: number }).port}`, { [flow]: '/' });
    await untilKept(stage, flow, () => closings.length);
    const ask = (): Promise<unknown> => send(`${stage!.url}/${flow}`, { body: 'x' });
    await Promise.all([ask(), ask()]);
    const [made, before] = [closings.length, closed];
    assert.equal(made - before, 2);
    // One connection is enough for these: the other one idles.
    while (closed === before) await ask();
    await ask();
    assert.deepEqual([closings.length, closed], [made, before + 1]);
    await Promise.all(closings);
    idling.close();
  });

  it('counts 200 requests at once exactly as an oracle does', async () => {
    const ways = { 1: '/echo', 2: '/status/500', 3: '/reset', 4: '/status/427', 5: '/flow', 6: '/halfAnswer' };
    stage = await startStage(endpoint.url, ways);
    const { url, sink } = stage;
    const expected = new Map<string, number>();
    const kinds = ['success', 'unexpected_http_status_code', 'no_http_response_error', 'success', 'success'];
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const id = (i % 6) + 1;
        const key = `${id} ${kinds[id - 1] ?? 'no_http_response_error'}`;
        expected.set(key, (expected.get(key) ?? 0) + 1);
        const body = randomBytes(100 + i);
        const answer = await send(`${url}/${id}`, { body }).catch(() => undefined);
        if (id === 1) assert.ok(answer!.body.equals(body));
      }),
    );
    // A connection that ends as a request is sent on it may have been ending before: such requests count apart.
    const { crossed } = stage.state().uncounted;
    await sink.count(200 - crossed);
    expected.set('3 no_http_response_error', expected.get('3 no_http_response_error')! - crossed);
    const counted = new Map<string, number>();
    for (const { flowId, outcome } of sink.events) {
      const key = `${flowId} ${outcome}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    assert.deepEqual([...counted].sort(), [...expected].sort());
    assert.equal(new Set(sink.events.map(({ id }) => id)).size, 200 - crossed);
    const { requests, served, errors } = stage.state();
    assert.equal(requests, 200 - crossed);
    assert.equal(served, sink.outcomes().success);
    assert.equal(errors.no_http_response_error, sink.outcomes().no_http_response_error);
  });

  it('does not count a caller who hangs up early, and counts one who waited out his ten seconds', async () => {
    const { url, sink, advance, state } = await at('/hold');
    for (const waited of [8_999, 9_000]) {
      const request = httpRequest(`${url}/${flow}`, { method: 'POST', agent: false }).end('{}');
      request.on('error', () => undefined);
      await endpoint.held(1);
      advance(waited);
      request.destroy();
      while (state().callersGone + sink.events.length < (waited === 9_000 ? 2 : 1)) await new Promise(setImmediate);
      endpoint.release();
    }
    assert.equal(state().callersGone, 1);
    assert.deepEqual(sink.outcomes(), { timeout_error: 1 });
  });

  for (const path of ['/', '/2', `/${flow}/more`, '/webhook', '/flowmeter', `/x${flow}`, '/../1']) {
    it(`answers 404 at ${path} and counts nothing`, async () => {
      const { url, sink, state } = await at('/echo');
      const { hostname, port } = new URL(url);
      const answer = await send('', { hostname, port, path, body: 'x' } as never).catch(() =>
        send(url, { path, body: 'x' }),
      );
      assert.deepEqual([answer.status, answer.body.toString()], [404, 'No flow is recorded at this address.\n']);
      assert.equal(sink.events.length, 0);
      assert.equal(state().uncounted.unknownAddress, 1);
    });
  }

  it('lets nobody hide a second request behind the first', async () => {
    const { url } = await at('/echo');
    const from = endpoint.seen.length;
    const hidden = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n';
    const lines = [
      // A body where none is usual must be told as one.
      `GET /${flow} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
      `DELETE /${flow} HTTP/1.1\r\nhost: x\r\nconnection: close, content-length\r\ncontent-length: ${hidden.length}\r\n\r\n${hidden}`,
      `POST /${flow} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      `POST /${flow} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ];
    const statuses: string[] = [];
    for (const line of lines) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(line);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      statuses.push(text.slice(9, 12));
    }
    assert.deepEqual(statuses, ['200', '200', '501', '400']);
    assert.deepEqual(
      endpoint.seen.slice(from).map(({ method, url, body }) => [method, url, body.toString()]),
      [
        ['GET', '/echo', hidden],
        ['DELETE', '/echo', hidden],
      ],
    );
  });

  it('forwards everything while the store fails, and shows what was lost', async () => {
    const reports: string[] = [];
    const sink = new StoreQueue({
      record: () => Promise.reject(new Error('the disk is full')),
      report: (message) => reports.push(message),
      capacity: 3,
      retryMs: 5,
    });
    const { url, state } = await at('/echo', { sink });
    for (let i = 0; i < 10; i++) assert.equal((await send(`${url}/${flow}`, { body: `${i}` })).body.toString(), `${i}`);
    assert.deepEqual([state().served, state().losses], [10, 7]);
    await sink.close(50);
    assert.equal(sink.losses, 10);
    assert.deepEqual(reports, [
      'Measurements wait, since they cannot be written: the disk is full',
      '1 measurements were lost, 1 since the start.',
      '9 measurements were lost, 10 since the start.',
    ]);
  });

  it('takes other flows while it runs, and refuses wrong ones whole', async () => {
    const { url, setFlows } = await at('/echo');
    setFlows([{ id: '7', upstream: `${endpoint.url}/echo` }]);
    assert.equal((await send(`${url}/${flow}`, { body: 'x' })).status, 404);
    assert.equal((await send(`${url}/7`, { body: 'x' })).status, 200);
    const good = { id: '8', upstream: `${endpoint.url}/echo` };
    const wrong: readonly (readonly [{ id: string; upstream: string }, RegExp])[] = [
      [{ id: '8', upstream: 'http://x/' }, /Flow 8 is given twice/],
      [{ id: '8a', upstream: 'http://x/' }, /id of a flow must be its digits/],
      [{ id: '9', upstream: 'ftp://x/' }, /Flow 9: .*http:\/\/127\.0\.0\.1:3000\/flow/],
      [{ id: '9', upstream: 'http://' }, /Flow 9/],
      [{ id: '9', upstream: 'http://me:secret@x/' }, /user name or password/],
      [{ id: '9', upstream: 'http://x/#part' }, /fragment/],
    ];
    for (const [flowGiven, message] of wrong) {
      assert.throws(
        () => setFlows([good, flowGiven]),
        (error: Error) =>
          error instanceof MetricsError && message.test(error.message) && !error.message.includes('secret'),
      );
    }
    assert.equal((await send(`${url}/8`, { body: 'x' })).status, 404);
    assert.equal((await send(`${url}/7`, { body: 'x' })).status, 200);
  });

  it('lets a running request end when it is closed', async () => {
    const { url, sink, close } = await at('/hold');
    const answer = send(`${url}/${flow}`, { body: '{}' });
    await endpoint.held(1);
    const closed = close();
    endpoint.release();
    assert.equal((await answer).body.toString(), 'late');
    await closed;
    assert.deepEqual(sink.outcomes(), { success: 1 });
    stage = undefined;
  });

  it('rejects where the port is taken', async () => {
    const { port } = await at('/echo');
    await assert.rejects(startRecorder({ flows: [], port, sink: new KeepingSink() }), { code: 'EADDRINUSE' });
  });
});
