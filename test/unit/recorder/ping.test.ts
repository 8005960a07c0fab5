import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { MetricsError } from '../../../src/contract/errors';
import { pingEndpoint } from '../../../src/recorder/ping/pingEndpoint';
import type { PingReport } from '../../../src/recorder/ping/pingReport';
import { pingText } from '../../../src/recorder/ping/pingText';
import { parsePublicKey } from '../../../src/recorder/ping/publicKey';
import { selfSigned } from '../../fixtures/selfSigned';
import { isSigned, newKeys, startSampleEndpoint, type SampleEndpoint } from '../../fixtures/sampleEndpoint';

const pem = (key: KeyObject, passphrase?: string): string =>
  key.export(
    key.type === 'public'
      ? { type: 'spki', format: 'pem' }
      : { type: 'pkcs8', format: 'pem', ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}) },
  ) as string;

describe('ping', () => {
  let endpoint: SampleEndpoint;
  let signing: SampleEndpoint;

  before(async () => {
    endpoint = await startSampleEndpoint();
    signing = await startSampleEndpoint({ appSecret: 'app secret', privateKey: endpoint.privateKey });
  });
  after(async () => {
    await endpoint.close();
    await signing.close();
  });

  const ping = (url: string, more: Partial<Parameters<typeof pingEndpoint>[0]> = {}): Promise<PingReport> =>
    pingEndpoint({ url, publicKey: endpoint.publicKey, ...more });

  it('finds an endpoint well, and tells how long each step took', async () => {
    const report = await ping(`${endpoint.url}/flow`);
    assert.equal(report.failure, undefined);
    assert.equal(report.httpStatus, 200);
    assert.deepEqual(
      report.steps.map(({ name }) => name),
      ['connect', 'request', 'decrypt', 'answer'],
    );
    const sum = report.steps.reduce((total, { milliseconds }) => total + milliseconds, 0);
    assert.ok(sum > 0 && sum <= report.totalMilliseconds);
    assert.match(
      pingText(report),
      /^Ping http:.*\n {2}connect +\d+\.\d ms\n[^]*\nThe endpoint is active: .*HTTP 200\.$/,
    );
    const seen = endpoint.seen.at(-1)!;
    assert.equal(seen.method, 'POST');
    assert.equal(seen.headers['content-type'], 'application/json');
    assert.match(String(seen.headers['x-hub-signature-256']), /^sha256=[0-9a-f]{64}$/);
    assert.deepEqual(Object.keys(JSON.parse(seen.body.toString()) as object).sort(), [
      'encrypted_aes_key',
      'encrypted_flow_data',
      'initial_vector',
    ]);
  });

  it('looks up the name of a host', async () => {
    const { failure, steps } = await ping(`${endpoint.url.replace('127.0.0.1', 'localhost')}/flow`);
    assert.equal(failure, undefined);
    assert.equal(steps[0]!.name, 'dns');
  });

  it('signs where the app secret is given, and says what is missing where it is not', async () => {
    const url = `${signing.url}/flow`;
    assert.equal((await ping(url, { appSecret: 'app secret' })).failure, undefined);
    const unsigned = await ping(url);
    assert.deepEqual(unsigned.failure, {
      reason: 'signature',
      step: 'answer',
      text: 'Signature refused (HTTP 432): give the app secret.',
    });
    assert.equal(unsigned.httpStatus, 432);
    assert.match((await ping(url, { appSecret: 'other' })).failure!.text, /432.*not the one/);
    // Each ping has a secret of its own: one that could be guessed would be a way past the signature.
    const made = [await ping(`${endpoint.url}/flow`), await ping(`${endpoint.url}/flow`)];
    for (const report of made) assert.match(pingText(report), /made-up app secret, and taken/);
    const signatures = endpoint.seen
      .slice(-2)
      .map(({ headers, body }) => ({ header: headers['x-hub-signature-256'], body }));
    for (const { header, body } of signatures) {
      for (const secret of ['', 'undefined', 'null']) assert.ok(!isSigned(body, header, secret));
    }
  });

  it('says that the keys do not belong together', async () => {
    const { failure, httpStatus } = await ping(`${endpoint.url}/flow`, { publicKey: newKeys().publicKey });
    assert.equal(httpStatus, 421);
    assert.equal(failure!.reason, 'decrypt');
    assert.match(failure!.text, /421.*private key does not belong/);
  });

  it('says that the key may be another one, wherever an endpoint fails in its own way', async () => {
    for (const status of [400, 401, 403, 404, 405, 422, 500, 502, 503]) {
      const unsigned = (await ping(`${endpoint.url}/status/${status}`)).failure!;
      assert.equal(unsigned.reason, 'httpStatus');
      assert.match(unsigned.text, new RegExp(`HTTP ${status}\\..*the public key does not match.*app secret`));
      const signed = (await ping(`${endpoint.url}/status/${status}`, { appSecret: 'app secret' })).failure!;
      assert.match(signed.text, /the public key does not match/);
      assert.doesNotMatch(signed.text, /app secret/);
      assert.ok(unsigned.text.length <= 200);
    }
  });

  for (const [route, reason, step, text] of [
    ['/plainAnswer', 'decrypt', 'decrypt', /cannot be decrypted/],
    ['/wrongAnswer', 'wrongAnswer', 'answer', /\{"data":\{"status":"active"\}\}/],
    ['/status/500', 'httpStatus', 'answer', /HTTP 500\./],
    ['/status/302', 'httpStatus', 'answer', /HTTP 302, a redirection/],
    ['/status/204', 'decrypt', 'decrypt', /cannot be decrypted/],
    ['/reset', 'noAnswer', 'request', /no HTTP answer \(ECONNRESET\)/],
    ['/garbage', 'noAnswer', 'request', /no HTTP answer \(HPE_/],
    ['/halfAnswer', 'noAnswer', 'request', /no HTTP answer/],
  ] as const) {
    it(`tells what is wrong at ${route}`, async () => {
      const { failure } = await ping(endpoint.url + route);
      assert.deepEqual([failure?.reason, failure?.step], [reason, step]);
      assert.match(failure!.text, text);
    });
  }

  it('waits no longer than its time, also for an answer that drips', async () => {
    for (const route of ['/hold', '/holdAnswer']) {
      const { failure, totalMilliseconds } = await ping(endpoint.url + route, { timeoutMs: 200 });
      endpoint.release();
      assert.deepEqual([failure?.reason, failure?.step], ['timeout', 'request']);
      assert.equal(failure!.text, 'There was no answer within 0.2 s.');
      assert.ok(totalMilliseconds >= 150, String(totalMilliseconds));
    }
  });

  it('can be called off', async () => {
    const abort = new AbortController();
    const report = ping(`${endpoint.url}/hold`, { signal: abort.signal });
    await endpoint.held(1);
    abort.abort();
    assert.equal((await report).failure?.reason, 'cancelled');
    endpoint.release();
  });

  it('tells a host that is unknown from one that refuses', async () => {
    const unknown = await ping('http://no-such-host.invalid/flow');
    assert.deepEqual([unknown.failure?.reason, unknown.failure?.step], ['dns', 'dns']);
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    free.close();
    const refused = await ping(`http://127.0.0.1:${port}/flow`);
    assert.deepEqual([refused.failure?.reason, refused.failure?.step], ['refused', 'connect']);
    assert.match(
      pingText(refused),
      /connect +failed\nFailed after \d+ ms: The connection was refused.*ECONNREFUSED\)\.$/,
    );
  });

  it('tells when TLS is broken', async () => {
    const secure = await startSampleEndpoint({ tls: selfSigned('other.example'), privateKey: endpoint.privateKey });
    const untrusted = await ping(`${secure.url}/flow`);
    assert.deepEqual([untrusted.failure?.reason, untrusted.failure?.step], ['tls', 'tls']);
    assert.match(untrusted.failure!.text, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    assert.equal(secure.seen.length, 0);
    await secure.close();
    const plain = await ping(`${endpoint.url.replace('http:', 'https:')}/flow`);
    assert.equal(plain.failure?.reason, 'tls');
  });

  it('refuses a URL that is none', async () => {
    for (const url of ['', 'endpoint', 'ftp://x/', 'http://me:secret@x/']) {
      await assert.rejects(ping(url), (error: Error) => error instanceof MetricsError && !/secret/.test(error.message));
    }
  });
});

describe('public key', () => {
  const { publicKey, privateKey } = newKeys();
  const same = (reading: ReturnType<typeof parsePublicKey>): void => {
    assert.ok(reading.ok);
    assert.equal(reading.value.type, 'public');
    assert.ok(reading.value.equals(publicKey));
  };

  it('is read from its PEM or derived from the private one', () => {
    same(parsePublicKey(pem(publicKey)));
    same(parsePublicKey(publicKey.export({ type: 'pkcs1', format: 'pem' }) as string));
    same(parsePublicKey(pem(privateKey)));
    same(parsePublicKey(privateKey.export({ type: 'pkcs1', format: 'pem' }) as string));
    same(parsePublicKey(`Some text before.\r\n${pem(publicKey).replaceAll('\n', '\r\n')}`));
  });

  const oneLine = (text: string): string => text.trimEnd().replaceAll('\n', '\\n');
  const spellings: Readonly<Record<string, (text: string) => string>> = {
    'one line with \\n': oneLine,
    'one line with \\n at its end': (text) => text.replaceAll('\n', '\\n'),
    'one line with \\r\\n': (text) => text.replaceAll('\n', '\\r\\n'),
    'one line with \\\\n, quoted twice': (text) => oneLine(text).replaceAll('\\', '\\\\'),
    'a line of .env': (text) => `PORT=3000\nPRIVATE_KEY="${oneLine(text)}"\nPASSPHRASE=""\n`,
    'a line of .env in single quotes': (text) => `PRIVATE_KEY='${oneLine(text)}'`,
    'a line of .env without quotes': (text) => `PRIVATE_KEY=${oneLine(text)}\r\n`,
    'several lines of .env in quotes': (text) => `PRIVATE_KEY="${text}"\n`,
    quotes: (text) => `"${text.trimEnd()}"`,
    'a JSON string': (text) => JSON.stringify(text),
    'a JSON string in a JSON string': (text) => JSON.stringify(JSON.stringify(text)),
    'a JSON object, as Graph answers': (text) =>
      JSON.stringify({ data: [{ business_public_key: text, business_public_key_signature_status: 'VALID' }] }),
    'JSON with escaped slashes and signs': (text) =>
      JSON.stringify({ key: text }).replaceAll('/', '\\/').replaceAll('=', '\\u003d').replaceAll('+', '\\u002B'),
    CRLF: (text) => text.replaceAll('\n', '\r\n'),
    CR: (text) => text.replaceAll('\n', '\r'),
    'leading spaces': (text) => text.replace(/^/gm, '    '),
    'tabs and empty lines': (text) => text.replaceAll('\n', '\n\n\t'),
    'spaces for line breaks': (text) => text.replaceAll('\n', ' '),
    'no line breaks at all': (text) => text.replace(/\n/g, ''),
    'a BOM': (text) => `\ufeff${text}`,
    'UTF-16, read as UTF-8': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').toString('utf8'),
    base64: (text) => Buffer.from(text).toString('base64'),
    'base64 in .env': (text) => `KEY="${Buffer.from(text).toString('base64')}"\n`,
  };
  for (const [name, write] of Object.entries(spellings)) {
    it(`is read as ${name}`, () => {
      same(parsePublicKey(write(pem(publicKey))));
      same(parsePublicKey(write(pem(privateKey))));
      same(parsePublicKey(write(publicKey.export({ type: 'pkcs1', format: 'pem' }) as string)));
      same(parsePublicKey(write(pem(privateKey, 'open sesame')), 'open sesame'));
      // Without line breaks nothing tells where the lines about the encryption end.
      if (name === 'no line breaks at all') return;
      const old = privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' });
      same(parsePublicKey(write(old as string), 'open sesame'));
    });
  }

  it('is the public one where a text holds both', () => {
    same(parsePublicKey(pem(privateKey, 'open sesame') + pem(publicKey)));
    same(parsePublicKey(pem(publicKey) + pem(privateKey, 'open sesame')));
  });

  it('asks for the passphrase of an encrypted private key', () => {
    const locked = pem(privateKey, 'open sesame');
    const old = privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' });
    for (const text of [locked, old as string]) {
      same(parsePublicKey(text, 'open sesame'));
      for (const [passphrase, problem] of [
        [undefined, /passphrase is needed/],
        ['wrong', /passphrase is wrong/],
      ] as const) {
        const reading = parsePublicKey(text, passphrase);
        assert.ok(!reading.ok && reading.passphraseNeeded);
        assert.match(reading.problem, problem);
      }
    }
  });

  it('is refused where it cannot be used', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    for (const [text, problem] of [
      ['', /no PEM of an RSA key/],
      ['-----BEGIN CERTIFICATE-----', /BEGIN PUBLIC KEY/],
      ['-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----', /damaged/],
      [pem(small), /2048 bits or more, not 1024/],
      [pem(curve), /RSA key, not ec/],
    ] as const) {
      const reading = parsePublicKey(text);
      assert.ok(!reading.ok && !reading.passphraseNeeded);
      assert.match(reading.problem, problem);
    }
  });
});
