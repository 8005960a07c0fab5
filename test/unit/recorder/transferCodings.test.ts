/** Bodies that travel in another way than plain or in chunks, on every way through Flowmeter: none passes for the text itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createTransport } from '../../../src/client/transport';
import { computerClock } from '../../../src/util/clock';
import { signBody } from '../../../src/recorder/bodySignature';
import { pingEndpoint } from '../../../src/recorder/ping/pingEndpoint';
import { WebhookReceiver } from '../../../src/recorder/webhook/webhookReceiver';
import { newKeys } from '../../fixtures/sampleEndpoint';
import { startTestServer, token } from '../server/testServer';
import { okAnswer, startFixedEndpoint, type RawEndpoint } from './rawEndpoint';
import { send, startStage, type Stage } from './stage';

const flow = '1204588317730952';
const packed = gzipSync('ok').toString('latin1');

function chunks(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

/** Everything that comes back for these bytes, until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text, 'latin1');
  let got = '';
  socket.on('data', (chunk) => (got += chunk.toString('latin1')));
  await once(socket, 'close');
  return got;
}

const odd: readonly string[] = [
  'gzip, chunked',
  'GZIP, CHUNKED',
  'x-gzip, chunked',
  'deflate, chunked',
  'compress, chunked',
  'br,chunked',
  'chunked, gzip',
  'gzip',
  'deflate',
  'chunked;q=1',
  'identity, chunked',
  'xchunked',
];

describe('A body of another transfer coding', function () {
  this.timeout(20_000);
  let endpoint: RawEndpoint;
  let stage: Stage;
  const lines: string[] = [];

  const behind = async (bytes: string): Promise<void> => {
    endpoint = await startFixedEndpoint(bytes);
    stage = await startStage(endpoint.url, { [flow]: '/' }, { report: (line) => lines.push(line) });
  };
  afterEach(async () => {
    await stage?.close();
    await endpoint?.close();
    lines.splice(0);
  });

  const head = (target: string, coding: string, more = ''): string =>
    `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: ${coding}\r\n${more}\r\n`;

  for (const coding of [...odd, 'identity', 'chunked, chunked', 'chunked\r\nTransfer-Encoding: chunked']) {
    it(`is refused with words where a request names ${JSON.stringify(coding)}, and reaches no endpoint`, async () => {
      await behind(okAnswer);
      const answer = await raw(stage.port, head(`/${flow}`, coding) + chunks(packed));
      assert.match(answer, /^HTTP\/1\.1 (501 Not Implemented|400 Bad Request)\r\n/);
      assert.match(answer, /\r\n\r\nThe transfer coding must be chunked[^\r\n]*\.\n$/);
      assert.deepEqual(endpoint.seen, []);
      assert.deepEqual(stage.sink.events, []);
      await stage.close();
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /^1 request was refused: the transfer coding is not chunked[^.]*\. 1 since the start\.$/);
    });
  }

  for (const coding of ['chunked', 'CHUNKED', 'Chunked ']) {
    it(`is none where a request names ${JSON.stringify(coding)}`, async () => {
      await behind(okAnswer);
      assert.match(await raw(stage.port, head(`/${flow}`, coding) + chunks('{}')), /^HTTP\/1\.1 200 /);
      assert.match(endpoint.seen[0]!, /\r\nTransfer-Encoding: chunked\r\n/);
    });
  }

  for (const coding of odd) {
    it(`is no answer of an endpoint where that names ${coding}`, async () => {
      const body = /chunked$/i.test(coding) ? chunks(packed) : packed;
      await behind(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n${body}`);
      const { status, body: told } = await send(`${stage.url}/${flow}`, { body: '{}' });
      assert.equal(status, 502);
      assert.match(
        told.toString(),
        /gave no HTTP answer \((unknown Transfer-Encoding|HPE_INVALID_TRANSFER_ENCODING)\)/,
      );
      assert.deepEqual(stage.sink.outcomes(), { no_http_response_error: 1 });
    });
  }

  for (const [coding, body] of [
    ['identity', 'ok'],
    ['chunked, chunked', chunks('ok')],
    ['CHUNKED', chunks('ok')],
    ['chunked\r\nTransfer-Encoding: Chunked', chunks('ok')],
  ] as const) {
    it(`is none where an endpoint's answer names ${JSON.stringify(coding)}`, async () => {
      await behind(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n${body}`);
      const answer = await send(`${stage.url}/${flow}`, { body: '{}' });
      assert.deepEqual([answer.status, answer.body.toString()], [200, 'ok']);
    });
  }

  it('is taken for no notice of Meta, and for no word of the program that notices are passed on to', async () => {
    await behind(`HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunks(packed)}`);
    const logged: string[] = [];
    const webhook = new WebhookReceiver({
      verifyToken: 'verify',
      appSecret: 'hush',
      store: { recordAlerts: async () => ({ unknownFlows: [], changedFlows: [] }) as never },
      forwardUrl: `${endpoint.url}/hook`,
      log: (line) => logged.push(line),
    });
    stage.setWebhook(webhook.serve);
    const notice = '{"entry":[]}';
    const signature = `X-Hub-Signature-256: ${signBody(gzipSync(notice), 'hush')}\r\n`;
    const body = chunks(gzipSync(notice).toString('latin1'));
    const answer = await raw(stage.port, head('/webhook', 'gzip, chunked', signature) + body);
    assert.match(answer, /^HTTP\/1\.1 501 [^]*The transfer coding must be chunked\.\n$/);
    assert.deepEqual(endpoint.seen, []);
    const headers = { 'x-hub-signature-256': signBody(notice, 'hush') };
    const passed = await send(`${stage.url}/webhook`, { body: notice, headers });
    assert.equal(passed.status, 502);
    assert.equal(endpoint.seen.length, 1);
    assert.match(logged.at(-1)!, /could not be passed on .*unknown Transfer-Encoding$/);
    await webhook.close();
  });

  it('is called what it is by a ping', async () => {
    await behind(`HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunks(packed)}`);
    const { publicKey } = newKeys();
    const { failure } = await pingEndpoint({ url: endpoint.url, publicKey });
    assert.match(failure!.text, /^The answer is packed \(Transfer-Encoding\), though nothing asked for that/);
  });

  it('is called what it is by the client of a server', async () => {
    await behind(`HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunks(packed)}`);
    const transport = createTransport(endpoint.url, { maxBytes: 1000, maxSockets: 1 }, computerClock);
    await assert.rejects(
      transport.send({ path: '/', token: 'x', deadlineMs: 5_000 }, new AbortController().signal),
      /packed by its Transfer-Encoding/,
    );
    transport.close();
  });

  it('is refused by the server of the API', async () => {
    const server = await startTestServer();
    const more = `Authorization: Bearer ${token}\r\n`;
    const text = head('/v26.0/', 'gzip, chunked', more).replace('Host: x', `Host: 127.0.0.1:${server.port}`);
    const answer = await raw(server.port, text + chunks(packed));
    assert.match(answer, /^HTTP\/1\.1 501 [^]*The transfer coding must be chunked\./);
    await server.close();
  });
});
