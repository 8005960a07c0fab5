/** Bodies as programs send them: packed, with a byte order mark, in other charsets, as multipart; and those that are no use. */
import assert from 'node:assert/strict';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { formatEvent } from '../../../src/contract/event';
import type { MeterStore } from '../../../src/store/meterStore';
import { cleanUp, event, open, requests } from '../store/sqlite/storeFixture';
import { flowIds, startTestServer, token, type Answer, type TestServer } from './testServer';

const ndjson = 'application/x-ndjson';
const mebibyte = 1024 * 1024;
const utf16 = (text: string, bigEndian = false): Uint8Array<ArrayBuffer> => {
  const bytes = Buffer.from(text, 'utf16le');
  return Uint8Array.from(bigEndian ? bytes.swap16() : bytes);
};

describe('body of a request', () => {
  let meter: MeterStore;
  let server: TestServer;
  beforeEach(async () => {
    meter = await open();
    server = await startTestServer({ meter, minRequests: 0 });
  });
  afterEach(async () => {
    await server.close();
    await cleanUp();
  });

  async function post(path: string, body: BodyInit, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const init = { method: 'POST', body, headers: { authorization: `Bearer ${token}`, ...headers } };
    const response = await fetch(server.url + path, init);
    return { status: response.status, headers: response.headers, json: await response.json() };
  }
  const sendEvents = (body: BodyInit, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    post('/v26.0/events', body, { 'content-type': ndjson, ...headers });
  const line = (): string => formatEvent(event());

  const batch = JSON.stringify([{ method: 'GET', relative_url: 'flowmeter' }]);
  const packed = {
    gzip: gzipSync,
    'x-gzip': gzipSync,
    GZip: gzipSync,
    deflate: deflateSync,
    ' deflate ': deflateRawSync,
    br: brotliCompressSync,
    identity: (body: string) => Buffer.from(body),
  };

  for (const [coding, pack] of Object.entries(packed)) {
    it(`that is packed with ${coding} is unpacked, of events and of batches`, async () => {
      const headers = { 'content-encoding': coding };
      assert.deepEqual((await sendEvents(pack(`${line()}\n${line()}`), headers)).json, { accepted: 2, duplicates: 0 });
      assert.equal(await requests(meter), 2);
      const json = { ...headers, 'content-type': 'application/json' };
      assert.equal((await post('/v26.0/', pack(batch), json)).json[0].code, 200);
    });
  }

  it('of an unknown coding is refused with those that are known', async () => {
    for (const coding of ['zstd', 'compress', 'gzip, gzip', 'gzip, br', '__proto__', 'x'.repeat(500)]) {
      const { status, json, headers } = await sendEvents(line(), { 'content-encoding': coding });
      assert.deepEqual([status, json.error.code], [415, 100]);
      assert.match(json.error.message, /Content-Encoding.*gzip, deflate, br/);
      assert.equal(headers.get('accept-encoding'), 'gzip, deflate, br');
    }
    assert.equal(await requests(meter), 0);
  });

  it('that is not what its coding says, or is cut off, counts nothing', async () => {
    const whole = gzipSync(`${line()}\n${line()}`);
    for (const [coding, body] of [
      ['gzip', Buffer.from(line())],
      ['gzip', whole.subarray(0, -9)],
      ['br', whole],
      ['deflate', whole],
    ] as const) {
      const { status, json } = await sendEvents(body, { 'content-encoding': coding });
      assert.deepEqual([status, json.error.code], [400, 100], coding);
      assert.match(json.error.message, new RegExp(`not ${coding}|cut off`));
    }
    assert.deepEqual((await sendEvents('', { 'content-encoding': 'gzip' })).json, { accepted: 0, duplicates: 0 });
    assert.equal(await requests(meter), 0);
  });

  it('that unpacks to more than a body may have is refused, in little memory', async () => {
    const bombs = [
      ['gzip', gzipSync(Buffer.alloc(100 * mebibyte, ' '))],
      ['br', brotliCompressSync(Buffer.alloc(16 * mebibyte, ' '))],
      ['deflate', deflateSync(Buffer.alloc(mebibyte + 1, ' '))],
    ] as const;
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 5; round++) {
      for (const [coding, body] of bombs) {
        const { status, json } = await sendEvents(body, { 'content-encoding': coding });
        assert.equal(status, 413);
        assert.match(json.error.message, /1048576 bytes are allowed, unpacked too/);
      }
    }
    assert.ok(process.memoryUsage().rss - before < 96 * mebibyte);
    const full = gzipSync(`${line()}${' '.repeat(mebibyte - 300)}`);
    assert.equal((await sendEvents(full, { 'content-encoding': 'gzip' })).status, 200);
  });

  it('may begin with a byte order mark, and so may its lines', async () => {
    const mark = '\ufeff';
    assert.equal((await sendEvents(`${mark}${line()}\n${line()}`)).json.accepted, 2);
    assert.equal((await sendEvents(`${line()}\n${mark}${line()}\n${mark}\n`)).json.accepted, 2);
    const json = { 'content-type': 'application/json' };
    assert.equal((await post('/v26.0/', mark + batch, json)).json[0].code, 200);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const body of [`${mark}batch=${encodeURIComponent(batch)}`, `batch=${encodeURIComponent(mark + batch)}`]) {
      assert.equal((await post('/v26.0/', body, form)).json[0].code, 200);
    }
  });

  it('may be in another charset that it names, or shows by its mark', async () => {
    const reason = 'Zeitüberschreitung';
    const failed = (): string => formatEvent(event({ outcome: 'check_failed', reason }));
    for (const [body, type] of [
      [utf16(`\ufeff${failed()}`), ndjson],
      [utf16(`\ufeff${failed()}`, true), ndjson],
      [utf16(failed()), `${ndjson}; charset=utf-16le`],
      [Buffer.from(failed(), 'latin1'), `${ndjson};charset="ISO-8859-1"`],
      [Buffer.from(failed()), `${ndjson}; charset=UTF-8`],
    ] as const) {
      assert.equal((await sendEvents(body, { 'content-type': type })).json.accepted, 1, type);
    }
  });

  it('in no charset that is known, or not in the one it names, is refused with what to send', async () => {
    for (const [body, type, expected] of [
      [Buffer.from(line()), `${ndjson}; charset=klingon`, 415],
      [Buffer.from([0x7b, 0xff, 0xfe]), ndjson, 400],
      [Buffer.from(formatEvent(event({ outcome: 'check_failed', reason: 'ü' })), 'latin1'), ndjson, 400],
      [utf16(line()), ndjson, 400],
      [Buffer.from(`${line()}\0`), ndjson, 400],
    ] as const) {
      const { status, json } = await sendEvents(body, { 'content-type': type });
      assert.equal(status, expected);
      assert.match(json.error.message, /send UTF-8/);
    }
    assert.equal(await requests(meter), 0);
  });

  it('of events may hold any text that JSON can write, and no number that is none', async () => {
    const wild = ['\\ud800', '\\udc00\\ud800', '\\u0000', 'a\\u0000b', '\\uffff', '\\u202e', '\\ud83d\\ude00'];
    for (const reason of wild) {
      const body = line().replace(/"outcome".*/, `"outcome":"check_failed","reason":"${reason}"}`);
      assert.equal((await sendEvents(body)).json.accepted, 1, reason);
    }
    const huge = ['1e400', '-1e400', '9007199254740993', '1e308', `1${'0'.repeat(400)}`, '-1', '1e21'];
    for (const number of huge) {
      for (const body of [
        line().replace(/"ms":\d+/, `"ms":${number}`),
        line().replace(/"time":\d+/, `"time":${number}`),
      ]) {
        const { status, json } = await sendEvents(body);
        assert.equal(status, 400, body);
        assert.match(json.error.message, /Line 1: "(ms|time)"/);
      }
    }
  });

  it('of the wrong type is refused with the types that are taken', async () => {
    for (const type of ['text/plain', 'application/json', 'application/x-ndjson2', '', 'multipart/form-data']) {
      const { status, json } = await sendEvents(line(), { 'content-type': type });
      assert.deepEqual([status, json.error.code], [400, 100], type);
      assert.match(json.error.message, /application\/x-ndjson/);
    }
    for (const type of ['text/plain', ndjson, 'application/xml']) {
      const { status, json } = await post('/v26.0/', batch, { 'content-type': type });
      assert.equal(status, 400);
      assert.match(json.error.message, /form-urlencoded, multipart\/form-data or application\/json/);
    }
  });
});

describe('batch as multipart/form-data', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());
  const batch = JSON.stringify([{ method: 'GET', relative_url: `v26.0/${flowIds.booking}?fields=name` }]);

  /** As curl -F writes it. */
  function curlForm(fields: Readonly<Record<string, string>>): { body: string; type: string } {
    const boundary = '------------------------4b1f7cd0a2a31c2e';
    const parts = Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    return { body: `${parts.join('')}--${boundary}--\r\n`, type: `multipart/form-data; boundary=${boundary}` };
  }

  it('is read as any other', async () => {
    for (const [fields, headers] of [
      [{ batch }, true],
      [{ batch, include_headers: 'false' }, false],
      [{ include_headers: 'true', batch, access_token: 'EAA', note: 'ü\r\n--' }, true],
    ] as const) {
      const { body, type } = curlForm(fields);
      const { status, json } = await server.post('/v26.0/', body, type);
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(json[0].body), { id: flowIds.booking, name: 'Table booking' });
      assert.equal('headers' in json[0], headers);
    }
    const form = new FormData();
    form.set('batch', new Blob([batch]), 'batch.json');
    const response = await fetch(`${server.url}/v26.0`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(((await response.json()) as { code: number }[])[0]!.code, 200);
  });

  it('that cannot be read is refused with what is missing', async () => {
    const { body, type } = curlForm({ batch });
    for (const [sent, sentType] of [
      [body, 'multipart/form-data'],
      [body, 'multipart/form-data; boundary='],
      [body, 'multipart/form-data; boundary=other'],
      [body.slice(0, -20), type],
      ['', type],
      [curlForm({ other: batch }).body, type],
      [curlForm({ batch: '{' }).body, type],
    ] as const) {
      const { status, json } = await server.post('/v26.0/', sent, sentType);
      assert.deepEqual([status, json.error.code], [400, 100], sentType);
      assert.match(json.error.message, /boundary|batch/);
    }
  });
});
