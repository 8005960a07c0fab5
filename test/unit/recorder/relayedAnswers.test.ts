import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { okAnswer, startFixedEndpoint, startRawEndpoint, type RawEndpoint } from './rawEndpoint';
import { Agent, send, startStage, untilKept, type Received, type Stage } from './stage';

const flow = '1204588317730952';
const chunkedOk = '2\r\nok\r\n0\r\n\r\n';

describe('the recorder, of answers that no server should give,', function () {
  this.timeout(10_000);
  let endpoint: RawEndpoint | undefined;
  let stage: Stage | undefined;

  afterEach(async () => {
    await stage?.close();
    await endpoint?.close();
    stage = endpoint = undefined;
  });

  const behind = async (started: Promise<RawEndpoint>): Promise<Stage> => {
    endpoint = await started;
    return (stage = await startStage(endpoint.url, { [flow]: '/' }));
  };
  const ask = (more: Parameters<typeof send>[1] = {}): Promise<Received> =>
    send(`${stage!.url}/${flow}`, { body: '{}', ...more });

  const noAnswers: readonly (readonly [what: string, bytes: string, reason: RegExp])[] = [
    ['status 000', 'HTTP/1.1 000 \r\nContent-Length: 2\r\n\r\nok', /status 000/],
    ['status 000 without end', 'HTTP/1.1 000 \r\n\r\n', /status 000/],
    ['status 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok', /status 099/],
    ['status 1000', 'HTTP/1.1 1000 Odd\r\nContent-Length: 2\r\n\r\nok', /HPE_INVALID_STATUS/],
    ['101 with an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n', /101/],
    ['101 with an upgrade and bytes', 'HTTP/1.1 101 A\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nbytes', /101/],
    ['101 alone', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', /101/],
    ['101 with a length', 'HTTP/1.1 101 Switching Protocols\r\nContent-Length: 2\r\n\r\nok', /101/],
    ['two equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', /CONTENT_LENGTH/],
    ['two other lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok', /CONTENT_LENGTH/],
    ['a length below 0', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok', /CONTENT_LENGTH/],
    [
      'gzip as transfer coding',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunkedOk}`,
      /Transfer-Enc/,
    ],
    ['chunked that is not last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nok', /Transfer-Enc/],
    [
      'a length beside identity',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok',
      /Transfer-Enc/,
    ],
    ['a header without colon', 'HTTP/1.1 200 OK\r\nodd\r\nContent-Length: 2\r\n\r\nok', /HPE_INVALID_HEADER/],
    ['a header with an odd name', 'HTTP/1.1 200 OK\r\no(d)d: 1\r\nContent-Length: 2\r\n\r\nok', /HPE_INVALID_HEADER/],
    ['a lone CR', 'HTTP/1.1 200 OK\r\nX-A: 1\rX-B: 2\r\nContent-Length: 2\r\n\r\nok', /HPE_LF_EXPECTED/],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /HPE_INVALID_CONSTANT/],
    ['HTTP/0.9', 'ok', /HPE_INVALID_CONSTANT|ECONNRESET/],
    ['nothing', '', /ECONNRESET/],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-', /HPE_INVALID_EOF_STATE|ECONNRESET/],
    ['a head of 300 kB', `HTTP/1.1 200 OK\r\nX-Long: ${'a'.repeat(300_000)}\r\n\r\n`, /HPE_HEADER_OVERFLOW/],
    ['100 and nothing else', 'HTTP/1.1 100 Continue\r\n\r\n', /ECONNRESET/],
  ];
  for (const [what, bytes, reason] of noAnswers) {
    it(`answers 502 at once in place of ${what}, counts no_http_response_error, and goes on`, async () => {
      const { sink } = await behind(startFixedEndpoint(bytes));
      for (let round = 1; round <= 2; round++) {
        const { status, body } = await ask();
        assert.equal(status, 502);
        assert.match(body.toString(), reason);
      }
      assert.deepEqual(sink.outcomes(), { no_http_response_error: 2 });
    });
  }

  it('does not wait for an endpoint that switches protocols and stays', async () => {
    const bytes = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';
    const { sink } = await behind(startFixedEndpoint(bytes, 'keep'));
    assert.equal((await ask()).status, 502);
    // A caller who asks for it gets no tunnel either.
    assert.equal((await ask({ headers: { connection: 'upgrade', upgrade: 'websocket' } })).status, 502);
    assert.deepEqual(sink.outcomes(), { no_http_response_error: 2 });
    assert.doesNotMatch(endpoint!.seen[1]!, /upgrade/i);
  });

  const reasons: readonly (readonly [what: string, bytes: string, shown: string])[] = [
    ['control bytes', 'a\x01b\x1bc\x7fd', 'a b c d'],
    ['a NUL', 'a\0b', 'a b'],
    ['a tab', 'a\tb', 'a\tb'],
    ['Latin letters', 'caf\xe9', 'caf\xe9'],
    ['no word', '', ''],
  ];
  for (const [what, reason, shown] of reasons) {
    it(`lets an answer pass whose reason holds ${what}`, async () => {
      const { sink } = await behind(startFixedEndpoint(`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\n\r\nok`));
      const { status, statusMessage, body } = await ask();
      assert.deepEqual([status, statusMessage, body.toString()], [200, shown, 'ok']);
      assert.deepEqual(sink.outcomes(), { success: 1 });
    });
  }

  for (const status of [199, 103, 102, 100]) {
    it(`passes over what goes before the answer (${status}), as often as it comes`, async () => {
      const early = `HTTP/1.1 ${status} E\x01arly\r\nX-A: \x01\r\n\r\n`.repeat(3);
      const { sink } = await behind(startFixedEndpoint(early + okAnswer));
      const { body } = await ask();
      assert.equal(body.toString(), 'ok');
      assert.deepEqual(sink.outcomes(), { success: 1 });
    });
  }

  for (const status of [205, 299, 600, 999]) {
    it(`passes on status ${status}`, async () => {
      await behind(startFixedEndpoint(`HTTP/1.1 ${status} Odd\r\nContent-Length: 2\r\n\r\nok`));
      assert.equal((await ask()).status, status);
    });
  }

  const many = Array.from({ length: 1500 }, (_, i) => `X-Number-${i}: ${i}\r\n`).join('');
  const passes: readonly (readonly [what: string, head: string, body: string, kept: Record<string, string>])[] = [
    ['20 kB of headers', `X-Long: ${'a'.repeat(20_000)}\r\nContent-Length: 2`, 'ok', { 'content-length': '2' }],
    ['1500 headers', `${many}Content-Length: 2`, 'ok', { 'x-number-0': '0', 'x-number-1499': '1499' }],
    ['a length before chunks', 'Content-Length: 7\r\nTransfer-Encoding: chunked', chunkedOk, {}],
    ['a length behind chunks', 'Transfer-Encoding: chunked\r\nContent-Length: 7', chunkedOk, {}],
    ['a folded header', 'X-A: one\r\n two\r\n\tthree\r\nContent-Length: 2', 'ok', { 'x-a': 'one two\tthree' }],
    ['a folded length', 'Content-Length:\r\n 2', 'ok', { 'content-length': '2' }],
    ['control bytes in a header', 'X-A: o\x01n\0e\x7ff\r\nContent-Length: 2', 'ok', { 'x-a': 'o n e f' }],
    ['chunked named twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', chunkedOk, {}],
    ['chunked named twice in a row', 'Transfer-Encoding: chunked, Chunked', chunkedOk, {}],
    ['identity as transfer coding', 'Transfer-Encoding: identity', 'ok', {}],
    ['chunks with a space behind their size', 'Transfer-Encoding: chunked', '2 \r\nok\r\n0\r\n\r\n', {}],
    ['trailers', 'Transfer-Encoding: chunked\r\nTrailer: X-T', '2\r\nok\r\n0\r\nX-T: 1\r\n\r\n', {}],
    ['an upgrade that is offered', 'Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2', 'ok', {}],
  ];
  for (const [what, head, body, kept] of passes) {
    it(`lets an answer pass with ${what}, and writes it anew`, async () => {
      const { sink } = await behind(startFixedEndpoint(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`));
      const answer = await ask();
      assert.equal(answer.body.toString(), 'ok');
      for (const [name, value] of Object.entries(kept)) assert.equal(answer.headers[name], value);
      // One length, whatever the endpoint sent.
      const framing = ['content-length', 'transfer-encoding'].filter((name) => answer.headers[name] !== undefined);
      assert.equal(framing.length, 1);
      assert.equal(answer.headers['x-t'], undefined);
      assert.deepEqual(sink.outcomes(), { success: 1 });
    });
  }

  it('breaks off an answer of no length as its endpoint does, and counts no_http_response_error', async () => {
    const { sink } = await behind(startRawEndpoint((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\nhalf')));
    const request = httpRequest(`${stage!.url}/${flow}`, { method: 'POST', agent: false }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    await once(answer, 'data');
    endpoint!.sockets[0]!.resetAndDestroy();
    await once(answer, 'error');
    assert.deepEqual(sink.outcomes(), { no_http_response_error: 1 });
  });

  it('lets an answer pass whose lines end with LF alone', async () => {
    await behind(startFixedEndpoint('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'));
    assert.equal((await ask()).body.toString(), 'ok');
  });

  const doubtful: readonly (readonly [what: string, bytes: string])[] = [
    ['a second answer behind the first', okAnswer + okAnswer.replace('ok', 'no')],
    ['rubbish behind its answer', `${okAnswer}rubbish`],
    [
      'a length beside chunks',
      `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedOk}`,
    ],
    ['a control byte in its head', 'HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 2\r\n\r\nok'],
    ['a time-out of 0', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok'],
    ['a body behind a 204', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'],
  ];
  for (const [what, bytes] of doubtful) {
    it(`sends no other request on a connection that brought ${what}`, async () => {
      let odd = false;
      await behind(startRawEndpoint((socket) => void socket.write(odd ? bytes : okAnswer, 'latin1')));
      await untilKept(stage!, flow, () => endpoint!.sockets.length);
      odd = true;
      const connections = endpoint!.sockets.length;
      assert.ok((await ask()).status < 300);
      assert.equal(endpoint!.sockets.length, connections);
      odd = false;
      assert.equal((await ask()).body.toString(), 'ok');
      assert.equal(endpoint!.sockets.length, connections + 1);
      assert.equal(stage!.sink.outcomes().no_http_response_error, undefined);
    });
  }

  it('sends no other request on a connection that brings bytes while it idles', async () => {
    await behind(startRawEndpoint((socket) => void socket.write(okAnswer)));
    await untilKept(stage!, flow, () => endpoint!.sockets.length);
    const last = endpoint!.sockets.at(-1)!;
    const connections = endpoint!.sockets.length;
    await new Promise((resolve) => last.write(okAnswer.replace('ok', 'no'), resolve));
    assert.equal((await ask()).body.toString(), 'ok');
    assert.equal(endpoint!.sockets.length, connections + 1);
  });

  it('answers a caller of HTTP/1.0 and one who asks for the head only', async () => {
    const { sink } = await behind(
      startFixedEndpoint(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedOk}`),
    );
    const agent = new Agent();
    const request = httpRequest(`${stage!.url}/${flow}`, { method: 'HEAD', agent }).end();
    const status = await new Promise((resolve) =>
      request.on('response', (answer) => resolve(answer.resume().statusCode)),
    );
    assert.equal(status, 200);
    await sink.count(1);
    agent.destroy();
  });
});
