import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pingEndpoint } from '../../../src/recorder/ping/pingEndpoint';
import type { PingReport } from '../../../src/recorder/ping/pingReport';
import { pingText } from '../../../src/recorder/ping/pingText';
import { startRawEndpoint, type RawEndpoint } from '../../fixtures/rawEndpoint';
import { newKeys, openRequest } from '../../fixtures/sampleEndpoint';

const keys = newKeys();
const active = JSON.stringify({ data: { status: 'active' } });
const limitMs = 400;

/** What goes out once the ping is in; bytes, and then the connection stays open unless it says otherwise. */
let answer: (socket: Socket, body: string) => void;

describe('ping, whatever comes back,', () => {
  let endpoint: RawEndpoint;
  before(async () => {
    endpoint = await startRawEndpoint((socket, body) => answer(socket, body));
  });
  after(() => endpoint.close());

  const ping = (): Promise<PingReport> =>
    pingEndpoint({ url: endpoint.url, publicKey: keys.publicKey, timeoutMs: limitMs });
  const seal = (body: string): string => openRequest(Buffer.from(body), keys.privateKey).seal(active);
  const say = (bytes: string) => (socket: Socket) => void socket.write(bytes);
  const sayLast = (bytes: string) => (socket: Socket) => void socket.end(bytes);

  for (const [name, reply, reason, text] of [
    [
      '101 with an upgrade',
      say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      'noAnswer',
      /HTTP 101/,
    ],
    ['101 without one', say('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'noAnswer', /HTTP 101/],
    [
      '101 with bytes after it',
      sayLast('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nmore'),
      'noAnswer',
      /HTTP 101/,
    ],
    [
      '200 that upgrades',
      sayLast('HTTP/1.1 200 OK\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      'decrypt',
      /no body/,
    ],
    ['100 alone', say('HTTP/1.1 100 Continue\r\n\r\n'), 'timeout', /within 0\.4 s/],
    ['100 and the end', sayLast('HTTP/1.1 100 Continue\r\n\r\n'), 'noAnswer', /no HTTP answer \(ECONNRESET\)/],
    ['102 and 103', say('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'), 'timeout', /within 0\.4 s/],
    ['HTTP/0.9', sayLast('active\n'), 'noAnswer', /no HTTP answer \(HPE_/],
    ['nothing', sayLast(''), 'noAnswer', /no HTTP answer \(ECONNRESET\)/],
    ['a line end', sayLast('\r\n\r\n'), 'noAnswer', /no HTTP answer/],
    ['half a status line', sayLast('HTTP/1.1 2'), 'noAnswer', /no HTTP answer/],
    ['headers without an end', sayLast('HTTP/1.1 200 OK\r\nA: b'), 'noAnswer', /no HTTP answer/],
    ['status 000', sayLast('HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n'), 'httpStatus', /HTTP 000/],
    [
      'status 999',
      sayLast('HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'),
      'httpStatus',
      /HTTP 999, which WhatsApp does not know/,
    ],
    ['204 without a body', sayLast('HTTP/1.1 204 No Content\r\n\r\n'), 'decrypt', /no body/],
    ['200 without a body', sayLast('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 'decrypt', /no body/],
    [
      'a redirection',
      sayLast('HTTP/1.1 307 Go\r\nLocation: /flow\r\nContent-Length: 0\r\n\r\n'),
      'httpStatus',
      /redirection/,
    ],
    ['a length that does not come', say('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), 'timeout', /within 0\.4 s/],
    [
      'a body that breaks off',
      sayLast('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
      'noAnswer',
      /no HTTP answer/,
    ],
    [
      'a wrong chunk',
      sayLast('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      'noAnswer',
      /no HTTP answer \(HPE_/,
    ],
    ['an end at once', (socket: Socket) => void socket.destroy(), 'noAnswer', /no HTTP answer/],
    ['a reset', (socket: Socket) => void socket.resetAndDestroy(), 'noAnswer', /no HTTP answer/],
    ['a long body', sayLast(`HTTP/1.1 200 OK\r\n\r\n${'A'.repeat(400_000)}`), 'decrypt', /too long/],
    ['long headers', say(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(90_000)}`), 'noAnswer', /headers are longer than 64 KB/],
    ['Content-Encoding', sayLast('HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nabc'), 'decrypt', /compressed/],
  ] as const) {
    it(`fails at ${name}, in time and with its reason`, async () => {
      answer = reply;
      const { failure, totalMilliseconds } = await ping();
      assert.equal(failure?.reason, reason, failure?.text);
      assert.match(failure.text, text);
      assert.ok(failure.text.length <= 200);
      assert.ok(totalMilliseconds < limitMs + 300, String(totalMilliseconds));
      if (reason !== 'timeout') assert.ok(totalMilliseconds < limitMs, String(totalMilliseconds));
    });
  }

  for (const [name, first, more] of [
    ['headers', 'HTTP/1.1 200 OK\r\n', 'a: b\r\n'],
    ['a body', 'HTTP/1.1 200 OK\r\n\r\n', 'A'],
    ['early hints', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ] as const) {
    it(`waits no longer than its time for ${name} without end`, async () => {
      answer = (socket) => {
        socket.write(first);
        const drip = setInterval(() => void socket.write(more), 20);
        socket.on('close', () => clearInterval(drip));
      };
      const { failure } = await ping();
      assert.equal(failure?.reason, 'timeout');
    });
  }

  it('finds an endpoint active that ends its answer by closing, after early hints', async () => {
    answer = (socket, body) =>
      void socket.end(
        `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${seal(body)}`,
      );
    assert.equal((await ping()).failure, undefined);
  });

  it('accepts 20 kB of headers, as proxies may add them', async () => {
    answer = (socket, body) => void socket.end(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(20_000)}\r\n\r\n${seal(body)}`);
    assert.equal((await ping()).failure, undefined);
  });

  const inverted = (body: string): Buffer => Buffer.from(seal(body), 'base64');
  const lines = (text: string): string => text.replace(/.{20}/g, '$&\n');
  for (const [name, write, text] of [
    ['JSON quotes', (raw) => JSON.stringify(raw), /JSON string, in quotes \(send it as text/],
    ['JSON quotes with escaped slashes', (raw) => `"${raw.replaceAll('/', '\\/')}"`, /JSON string/],
    ['JSON quotes and a line end', (raw) => `${JSON.stringify(raw)}\n`, /line break.*JSON string/],
    ['base64url', (raw) => raw.replaceAll('+', '-').replaceAll('/', '_'), /base64url/],
    ['no padding', (raw) => raw.replace(/=+$/, ''), /padding is missing/],
    [
      'base64url without padding',
      (raw) => Buffer.from(raw, 'base64').toString('base64url'),
      /base64url.*padding is missing/,
    ],
    ['a line end', (raw) => `${raw}\n`, /line break stands at its end \(send it without/],
    ['a CRLF', (raw) => `${raw}\r\n`, /line break stands at its end/],
    ['line breaks', lines, /holds line breaks \(send one line/],
    ['CRLF line breaks', (raw) => lines(raw).replaceAll('\n', '\r\n'), /holds line breaks/],
    ['a BOM', (raw) => `\ufeff${raw}`, /BOM \(send it without/],
    ['a space before it', (raw) => ` ${raw}`, /spaces or line breaks stand around/],
    ['a space after it', (raw) => `${raw} `, /spaces or line breaks stand around/],
    ['spaces for plus', (raw) => raw.replaceAll('+', ' '), /spaces in place of "\+"/],
    ['percent-encoding', encodeURIComponent, /percent-encoded/],
    [
      'a JSON object',
      (raw) => JSON.stringify({ ok: true, response: raw }),
      /JSON object around the base64 \(send the base64 alone/,
    ],
    ['base64 of base64', (raw) => Buffer.from(raw).toString('base64'), /base64 of base64 \(encode it once/],
    ['hexadecimal', (raw) => Buffer.from(raw, 'base64').toString('hex'), /hexadecimal \(encode the bytes as base64/],
    ['HEXADECIMAL', (raw) => Buffer.from(raw, 'base64').toString('hex').toUpperCase(), /hexadecimal/],
    ["Python's bytes", (raw) => `b'${raw}'`, /b'…'/],
    ['a data: URL', (raw) => `data:text/plain;base64,${raw}`, /data: URL/],
    ['bytes', (raw) => Buffer.from(raw, 'base64'), /encrypted bytes \(encode them as base64/],
    ['UTF-16', (raw) => Buffer.from(`\ufeff${raw}`, 'utf16le'), /UTF-16/],
    ['too much padding', (raw) => `${raw.replace(/=+$/, '')}====`, /cannot be decrypted|not the raw base64/],
    ['gzip without saying so', (raw) => gzipSync(raw), /compressed \(gzip\)/],
  ] as readonly (readonly [string, (raw: string) => string | Buffer, RegExp])[]) {
    it(`does not call an endpoint active for ${name}, and says what to change`, async () => {
      answer = (socket, body) => {
        // A text with both letters in which the alphabets differ, and with padding.
        let raw = seal(body);
        while (![/\+/, /\//, /=$/].every((sign) => sign.test(raw))) raw = padded(body);
        const written = write(raw);
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(written)}\r\n\r\n`);
        socket.end(written);
      };
      const report = await ping();
      assert.deepEqual([report.failure?.reason, report.failure?.step], ['decrypt', 'decrypt']);
      assert.match(report.failure!.text, text);
      assert.ok(report.failure!.text.length <= 200);
      assert.doesNotMatch(pingText(report), /is active/);
    });
  }

  it('knows spaces for plus at the begin of an answer, too', async () => {
    let beginsWithPlus = false;
    answer = (socket, body) => {
      const raw = seal(body);
      beginsWithPlus = raw.startsWith('+');
      const written = raw.replaceAll('+', ' ');
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${written.length}\r\n\r\n${written}`);
    };
    // How an answer begins depends on the key of its ping: one of 64 will do.
    let report = await ping();
    for (let pings = 1; !beginsWithPlus && pings < 2_000; pings++) report = await ping();
    assert.match(report.failure?.text ?? '', /spaces in place of "\+"/);
  });

  for (const [name, write, text] of [
    [
      'the vector as it was sent',
      (body) => openRequest(Buffer.from(body), keys.privateKey).seal(active, { keepsVector: true }),
      /every bit of it must be inverted/,
    ],
    [
      'a tag that is missing',
      (body) => inverted(body).subarray(0, -16).toString('base64'),
      /tag of the answer is missing or wrong/,
    ],
    [
      'another key',
      (body) => openRequest(Buffer.from(body), keys.privateKey).seal(active, { key: Buffer.alloc(16) }),
      /another key/,
    ],
    ['the request sent back', (body) => body, /cannot be decrypted: it is the request itself/],
    ['plain JSON', () => active, /JSON/],
    ['an HTML page', () => '<!DOCTYPE html><html><body>Visit site</body></html>', /HTML page/],
    ['a word', () => 'OK, fine!', /no base64/],
  ] as readonly (readonly [string, (body: string) => string, RegExp])[]) {
    it(`names ${name}`, async () => {
      answer = (socket, body) => void socket.end(`HTTP/1.1 200 OK\r\n\r\n${write(body)}`);
      const { failure } = await ping();
      assert.equal(failure?.reason, 'decrypt');
      assert.match(failure.text, text);
    });
  }

  it('takes another Content-Type for no failure, but says so', async () => {
    answer = (socket, body) =>
      void socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${seal(body)}`);
    const report = await ping();
    assert.equal(report.failure, undefined);
    assert.match(pingText(report), /\nNote: Content-Type is "application\/json"/);
  });

  /** Spaces behind the JSON change all that is encrypted after them. */
  function padded(body: string): string {
    const spaces = ' '.repeat(Math.floor(Math.random() * 200));
    return openRequest(Buffer.from(body), keys.privateKey).seal(active.replace('}}', `}${spaces}}`));
  }
});
