import assert from 'node:assert/strict';
import { allowedHosts } from '../../../src/server/guards';
import { rawStatus } from './rawStatus';
import { expiredToken, flowIds, startTestServer, token, type TestServer } from './testServer';

describe('guards', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  const path = `/v26.0/${flowIds.booking}?fields=id`;

  it('lets in only the right host, without origin, with the right token', async () => {
    const { port } = server;
    const hosts: readonly (readonly [string, boolean])[] = [
      [`127.0.0.1:${port}`, true],
      [`localhost:${port}`, true],
      [`[::1]:${port}`, true],
      ['evil.example', false],
      [`evil.example:${port}`, false],
      ['127.0.0.1', false],
      [`127.0.0.1:${port + 1}`, false],
      [`127.0.0.1.evil.example:${port}`, false],
      [`user@127.0.0.1:${port}`, false],
      [`LOCALHOST:${port}`, false],
      [`localhost.:${port}`, false],
      [`0.0.0.0:${port}`, false],
      ['', false],
    ];
    const origins: readonly (string | undefined)[] = [
      undefined,
      'null',
      'http://evil.example',
      `http://localhost:${port}`,
      'vscode-webview://abc',
    ];
    const authorizations: readonly (readonly [string | undefined, boolean])[] = [
      [`Bearer ${token}`, true],
      [`bearer ${token}`, true],
      [undefined, false],
      ['Bearer wrong-tokeN', false],
      ['Bearer x', false],
      [`Bearer ${token}x`, false],
      [`Basic ${token}`, false],
      [token, false],
      [`Bearer ${token}, Bearer x`, false],
    ];
    for (const [host, hostOk] of hosts) {
      for (const origin of origins) {
        for (const [authorization, tokenOk] of authorizations) {
          const lines = [
            `GET ${path} HTTP/1.1`,
            `Host: ${host}`,
            ...(origin === undefined ? [] : [`Origin: ${origin}`]),
            ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
          ];
          const status = await rawStatus(port, `${lines.join('\r\n')}\r\n\r\n`);
          const expected = !hostOk ? [421] : origin !== undefined ? [403] : [tokenOk ? 200 : 401];
          assert.ok(expected.includes(status), `${lines.join(' | ')} gave ${status}`);
        }
      }
    }
  }).timeout(20_000);

  it('refuses crooked requests', async () => {
    const { port } = server;
    const host = `Host: 127.0.0.1:${port}`;
    const authorization = `Authorization: Bearer ${token}`;
    const cases: readonly (readonly [readonly string[], number])[] = [
      [[`GET ${path} HTTP/1.1`, authorization], 400],
      [[`GET ${path} HTTP/1.1`, host, host, authorization], 421],
      [[`GET ${path} HTTP/1.1`, host, 'Host: evil.example', authorization], 421],
      [[`GET http://evil.example${path} HTTP/1.1`, host, authorization], 421],
      [[`GET http://127.0.0.1:${port}${path} HTTP/1.1`, host, authorization], 421],
      [[`GET ${path} HTTP/1.1`, host, authorization, authorization], 401],
      [[`GET ${path} HTTP/1.1`, host, authorization, 'Sec-Fetch-Site: cross-site'], 403],
      [[`GET ${path} HTTP/1.1`, host, authorization, 'Sec-Fetch-Site: none'], 200],
      [[`OPTIONS ${path} HTTP/1.1`, host, authorization], 405],
      [[`DELETE ${path} HTTP/1.1`, host, authorization], 405],
      [[`HEAD ${path} HTTP/1.1`, host, authorization], 405],
      [[`GET //evil.example${path} HTTP/1.1`, host, authorization], 400],
      [[`GET ${path} HTTP/1.1`, host, authorization, `X-Long: ${'x'.repeat(20_000)}`], 431],
      [['nonsense'], 400],
    ];
    for (const [lines, expected] of cases) {
      assert.equal(await rawStatus(port, `${lines.join('\r\n')}\r\n\r\n`), expected, lines.join(' | ').slice(0, 200));
    }
  });

  it('tells a missing, a wrong and an expired token apart, in the shape of Graph', async () => {
    const of = async (headers: Record<string, string>) => {
      const response = await fetch(server.url + path, { headers });
      return { status: response.status, ...((await response.json()) as { error: Record<string, unknown> }) };
    };
    for (const [headers, subcode] of [
      [{}, undefined],
      [{ authorization: 'Bearer other' }, undefined],
      [{ authorization: `Bearer ${expiredToken}` }, 463],
    ] as const) {
      const { status, error } = await of(headers);
      assert.equal(status, 401);
      assert.equal(error.code, 190);
      assert.equal(error.error_subcode, subcode);
      assert.equal(error.type, 'OAuthException');
      assert.doesNotMatch(JSON.stringify(error), /other|old-token/);
    }
  });

  it('sends no CORS header, whatever happens', async () => {
    for (const headers of [{}, { authorization: `Bearer ${token}` }, { origin: 'http://evil.example' }]) {
      const response = await fetch(server.url + path, { headers });
      await response.text();
      assert.ok([...response.headers.keys()].every((name) => !name.startsWith('access-control-')));
      assert.equal(response.headers.get('cache-control'), 'no-store');
    }
  });

  it('knows the address it was told, and the usual port left out', () => {
    assert.deepEqual(
      [...allowedHosts('::1', 80)].filter((name) => name.startsWith('[::1]')),
      ['[::1]', '[::1]:80'],
    );
    assert.ok(allowedHosts('192.168.1.5', 8600).has('192.168.1.5:8600'));
    assert.ok(!allowedHosts('192.168.1.5', 8600).has('192.168.1.5'));
  });
});
