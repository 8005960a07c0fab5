/** Fields behind the chunks of a body, on their way through the recorder and past recordFlow, in both directions. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, createServer as createNetServer, type AddressInfo } from 'node:net';
import { recordFlow } from '../../../src/middleware/recordFlow';
import { announcedTrailers, forwardableTrailers } from '../../../src/recorder/trailers';
import { startStage } from './stage';

const flow = '1204588317730952';
type Fields = readonly string[];

interface Exchange {
  /** What the endpoint got, and what the caller got. */
  readonly there: { readonly announced: string | undefined; readonly trailers: Fields; readonly body: string };
  readonly back: { readonly announced: string | undefined; readonly trailers: Fields; readonly body: string };
}

async function whole(message: IncomingMessage): Promise<Exchange['there']> {
  let body = '';
  for await (const chunk of message.setEncoding('latin1')) body += String(chunk);
  return { announced: message.headers.trailer, trailers: message.rawTrailers, body };
}

const pairs = (fields: Fields): [string, string][] =>
  fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]!] as [string, string]] : []));

/** One request with these trailers to an endpoint that answers with those, by way of the recorder. */
async function exchange(
  request: { trailer?: string; fields: Fields },
  answer = request,
  sync = false,
): Promise<Exchange> {
  let there: Exchange['there'] | undefined;
  const endpoint = createServer((message, response) => {
    void whole(message).then((got) => {
      there = got;
      response.writeHead(200, answer.trailer === undefined ? {} : { Trailer: answer.trailer });
      response.write('an');
      response.write('swer');
      response.addTrailers(pairs(answer.fields));
      response.end();
    });
  });
  await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
  const stage = await startStage(url, { [flow]: '/' }, sync ? { stored: async () => undefined } : {});
  const { trailer } = request;
  const headers = { 'transfer-encoding': 'chunked', ...(trailer === undefined ? {} : { trailer }) };
  const sent = httpRequest(`${stage.url}/${flow}`, { method: 'POST', agent: false, headers });
  sent.write('ask');
  sent.addTrailers(pairs(request.fields));
  sent.end();
  const [received] = (await once(sent, 'response')) as [IncomingMessage];
  const back = await whole(received);
  assert.deepEqual(stage.sink.outcomes(), { success: 1 });
  await stage.close();
  endpoint.close();
  return { there: there!, back };
}

describe('Trailers', () => {
  const digest = ['X-Checksum', 'abc', 'x-checksum', 'def', 'Digest', 'sha-256=x'];

  for (const sync of [false, true]) {
    it(`pass both ways as they are, announced (answers wait for the store: ${sync})`, async () => {
      const { there, back } = await exchange({ trailer: 'X-Checksum, Digest', fields: digest }, undefined, sync);
      const same = { announced: 'X-Checksum, Digest', trailers: digest };
      assert.deepEqual(there, { ...same, body: 'ask' });
      assert.deepEqual(back, { ...same, body: 'answer' });
    });
  }

  it('pass both ways unannounced', async () => {
    const { there, back } = await exchange({ fields: digest });
    assert.deepEqual(there, { announced: undefined, trailers: digest, body: 'ask' });
    assert.deepEqual(back, { announced: undefined, trailers: digest, body: 'answer' });
  });

  it('pass without fields that count in a head only, which are not announced either', async () => {
    const heads = [
      'Host',
      'Authorization',
      'Set-Cookie',
      'Cookie',
      'Content-Encoding',
      'Content-Type',
      'Connection',
      'Trailer',
      'Via',
      'Cache-Control',
    ];
    const fields = [...heads.flatMap((name) => [name, '5']), 'X-Good', '1'];
    const odd = { trailer: [...heads, 'X-Good', 'no name', ''].join(', '), fields };
    const { there, back } = await exchange(odd);
    assert.deepEqual(there, { announced: 'X-Good', trailers: ['X-Good', '1'], body: 'ask' });
    assert.deepEqual(back, { announced: 'X-Good', trailers: ['X-Good', '1'], body: 'answer' });
    // Node's strict reading takes no request with these; answers are read in a lenient way.
    for (const name of ['Content-Length', 'transfer-encoding', 'x-named']) {
      assert.deepEqual(forwardableTrailers([name, '5', 'X-Good', '1'], 'close, X-Named'), [['X-Good', '1']]);
      assert.equal(announcedTrailers(`${name}, X-Good`, 'close, X-Named'), 'X-Good');
    }
  });

  it('are no trailers where there are no chunks to stand behind', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n';
    const endpoint = createNetServer((socket) =>
      socket.on('data', () => socket.end(bytes)).on('error', () => undefined),
    );
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
    const stage = await startStage(url, { [flow]: '/' });
    for (const [line, end] of [
      [`POST /${flow} HTTP/1.0\r\nContent-Length: 0`, '\r\n\r\nok'],
      [`HEAD /${flow} HTTP/1.1`, '\r\n\r\n'],
    ] as const) {
      const socket = connect(stage.port, '127.0.0.1');
      socket.write(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
      let got = '';
      socket.on('data', (chunk) => (got += String(chunk)));
      await once(socket, 'close');
      assert.match(got, /^HTTP\/1\.1 200 OK\r\n/);
      assert.ok(got.endsWith(end), got);
      assert.doesNotMatch(got, /X-T/);
    }
    await stage.close();
    endpoint.close();
  });

  it('hold no line break, whatever an endpoint sends', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: a\x01b\0c\r\n\r\n';
    const endpoint = createNetServer((socket) =>
      socket.on('data', () => socket.end(bytes)).on('error', () => undefined),
    );
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    const stage = await startStage(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`, { [flow]: '/' });
    const sent = httpRequest(`${stage.url}/${flow}`, { method: 'POST', agent: false }).end('{}');
    const [received] = (await once(sent, 'response')) as [IncomingMessage];
    assert.deepEqual((await whole(received)).trailers, ['X-T', 'a b c']);
    await stage.close();
    endpoint.close();
  });

  it('pass recordFlow as they are', async () => {
    let there: Exchange['there'] | undefined;
    const handler: RequestListener = (message, response) => {
      void whole(message).then((got) => {
        there = got;
        response.writeHead(200, { Trailer: 'X-Checksum' });
        response.write('answer');
        response.addTrailers(pairs(digest));
        response.end();
      });
    };
    const recorded = recordFlow(handler, {
      flowId: flow,
      url: 'http://127.0.0.1:1',
      token: 'a-token',
      onTrouble: () => undefined,
    });
    const server = createServer(recorded);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const sent = httpRequest({
      port: (server.address() as AddressInfo).port,
      method: 'POST',
      headers: { trailer: 'Digest', 'transfer-encoding': 'chunked' },
    });
    sent.addTrailers(pairs(digest));
    sent.end('ask');
    const [received] = (await once(sent, 'response')) as [IncomingMessage];
    assert.deepEqual(await whole(received), { announced: 'X-Checksum', trailers: digest, body: 'answer' });
    assert.deepEqual(there, { announced: 'Digest', trailers: digest, body: 'ask' });
    server.closeAllConnections();
    server.close();
    await recorded.close();
  });
});
