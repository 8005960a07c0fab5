/** A server that is called by names of others: a TLS proxy, a tunnel, a container's mapped port. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { UsageError } from '../../../src/cli/command';
import { readServeOptions } from '../../../src/cli/serveOptions';
import { startTestServer, token, type TestServer } from './testServer';

const allowed = [
  'Meter.Example.com',
  'müller.example',
  'fd00::1',
  'box',
  '10.0.0.7',
  'my_meter.internal.',
  'localhost',
];

describe('serve --allow-host', () => {
  let server: TestServer;
  before(async () => {
    const { moreHosts } = readServeOptions(allowed.flatMap((name) => ['--allow-host', name]));
    server = await startTestServer({ moreHosts });
  });
  after(() => server.close());

  /** Status and body of the answer to a request under that name. */
  function ask(
    host: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const path = '/v26.0/100200300400500/flows?fields=id&limit=5';
      const authorization = `Bearer ${token}`;
      request(`${server.url}${path}`, { headers: { host, authorization, ...headers } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, body }));
      })
        .on('error', reject)
        .end();
    });
  }
  const nextOf = async (host: string, headers?: Readonly<Record<string, string>>): Promise<string> => {
    const { status, body } = await ask(host, headers);
    assert.equal(status, 200, `${host}: ${body}`);
    return (JSON.parse(body) as { paging: { next: string } }).paging.next;
  };

  it('means the name with any port or none, as any client writes it', async () => {
    for (const host of [
      ...['meter.example.com', 'meter.example.com:443', 'meter.example.com:8443', 'METER.example.COM', 'box:1'],
      ...['xn--mller-kva.example', '[fd00::1]', '[fd00::1]:9000', '10.0.0.7:80', 'my_meter.internal', 'localhost:9000'],
      ...['meter.example.com.', 'meter.example.com.:443', 'localhost', `localhost:${server.port}`],
    ]) {
      assert.equal((await ask(host)).status, 200, host);
    }
  });

  it('means no other name, and the refusal says which option there is', async () => {
    for (const host of [
      ...['evil.example', 'example.com', 'x.meter.example.com', 'meter.example.com.evil.example', 'boxx', '10.0.0.70'],
      ...['user@meter.example.com', 'meter.example.com:1:2', 'meter.example.com:', 'meter.example.com:port'],
      ...['meter.example.com/x', 'meter.example.com, evil.example', '[fd00::2]', 'fd00::1', '127.0.0.1:9000', '..'],
    ]) {
      const { status, body } = await ask(host);
      assert.equal(status, 421, host);
      assert.match(body, /--allow-host NAME/);
    }
  });

  it('leads from page to page with the scheme and the name by which it is called', async () => {
    const proto = (value: string): Readonly<Record<string, string>> => ({ 'x-forwarded-proto': value });
    for (const [host, headers, origin] of [
      ['meter.example.com', proto('https'), 'https://meter.example.com/'],
      ['meter.example.com', proto('http'), 'http://meter.example.com/'],
      ['meter.example.com:8443', proto('HTTPS, http'), 'https://meter.example.com:8443/'],
      ['box:9000', { forwarded: 'for=1.2.3.4;proto=https;host=evil.example' }, 'https://box:9000/'],
      ['box:9000', {}, 'http://box:9000/'],
      ['box:443', {}, 'https://box:443/'],
      // Whoever follows a link sends the token along: a proxy that says nothing is taken for one that speaks TLS.
      ['box', {}, 'https://box/'],
      ['box', proto('javascript'), 'https://box/'],
      ['box', { 'x-forwarded-host': 'evil.example' }, 'https://box/'],
      [`127.0.0.1:${server.port}`, proto('https'), `${server.url}/`],
    ] as const) {
      const next = await nextOf(host, headers);
      assert.ok(next.startsWith(`${origin}v26.0/100200300400500/flows?`), `${next} for ${host}`);
    }
  });

  for (const value of [
    ...['https://meter.example.com', 'http://meter.example.com/', 'meter.example.com/', 'meter.example.com/path', '/'],
    ...['*', '*.example.com', 'meter.*', '', ' ', 'meter example.com', ' meter.example.com', 'meter.example.com '],
    ...['meter.example.com:443', 'localhost:8600', 'user@meter.example.com', 'a,b', 'a..b', '.', '.a', '[fd00::1]:80'],
    ...['fd00:::1', 'a%62', 'meter.example.com?x', 'meter.example.com#x', 'a\\b', '300.1.1.1', `${'a.'.repeat(200)}b`],
    ...['x\u0000y', '<b>', "a'b", '[]', 'a\tb'],
  ]) {
    it(`refuses ${JSON.stringify(value.slice(0, 40))} at start`, () => {
      assert.throws(
        () => readServeOptions([`--allow-host=${value}`]),
        (error: Error) =>
          error instanceof UsageError && /--allow-host .*such as meter\.example\.com/.test(error.message),
      );
    });
  }
});
