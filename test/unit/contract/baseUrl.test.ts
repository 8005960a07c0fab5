import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseBaseUrl } from '../../../src/contract/baseUrl';
import { accountAddress } from '../../../src/domain/account';

const allowed: readonly (readonly [string, string, string])[] = [
  ['https://graph.facebook.com', 'https://graph.facebook.com', 'https://graph.facebook.com'],
  ['https://graph.facebook.com/', 'https://graph.facebook.com', 'https://graph.facebook.com'],
  ['HTTPS://Graph.Facebook.COM', 'https://graph.facebook.com', 'https://graph.facebook.com'],
  ['https://graph.facebook.com:443', 'https://graph.facebook.com', 'https://graph.facebook.com'],
  ['https://metrics.example.com:8443', 'https://metrics.example.com:8443', 'https://metrics.example.com:8443'],
  ['https://example.com/flow-meter/api/', 'https://example.com/flow-meter/api', 'https://example.com'],
  ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
  ['https://my_host', 'https://my_host', 'https://my_host'],
  ['https://localhost:8600', 'https://localhost:8600', 'https://localhost:8600'],
  ['https://10.0.0.5', 'https://10.0.0.5', 'https://10.0.0.5'],
  ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
  ['http://127.0.0.1:8600', 'http://127.0.0.1:8600', 'http://127.0.0.1:8600'],
  ['http://127.0.0.1', 'http://127.0.0.1', 'http://127.0.0.1'],
  ['http://[::1]:8600/meter', 'http://[::1]:8600/meter', 'http://[::1]:8600'],
];

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['graph.facebook.com', /https:\/\//],
  ['//graph.facebook.com', /https:\/\//],
  ['https:', /https:\/\//],
  ['https://', /https:\/\//],
  ['https:graph.facebook.com', /https:\/\//],
  ['https:///graph.facebook.com', /https:\/\//],
  ['ftp://graph.facebook.com', /https:\/\//],
  ['file:///etc/passwd', /https:\/\//],
  ['javascript:alert(1)', /https:\/\//],
  ['data:text/plain,x', /https:\/\//],
  ['http://graph.facebook.com', /Plain http/],
  ['http://localhost', /Plain http/],
  ['http://localhost:8600', /127\.0\.0\.1 in place of localhost/],
  ['http://localhost.evil.example', /Plain http/],
  ['http://127.0.0.1.evil.example', /Plain http/],
  ['http://127.0.0.2', /Plain http/],
  ['http://0.0.0.0', /Plain http/],
  ['http://127.1', /write it as 127\.0\.0\.1/],
  ['http://0x7f.1', /write it as 127\.0\.0\.1/],
  ['http://0177.0.0.1', /write it as 127\.0\.0\.1/],
  ['http://2130706433', /write it as 127\.0\.0\.1/],
  ['http://127.0.0.1.', /dot/],
  ['http://[0:0:0:0:0:0:0:1]', /write it as \[::1\]/],
  ['http://[::ffff:127.0.0.1]', /IPv4 address written as IPv6/],
  ['https://[::ffff:7f00:1]', /IPv4 address written as IPv6/],
  ['http://[::]', /Plain http/],
  ['http://[::1', /cannot be read/],
  ['http://::1', /cannot be read/],
  ['http://[::1%25lo]', /cannot be read/],
  ['https://graph.facebook.com.', /dot/],
  ['https://graph..facebook.com', /not a host name/],
  ['https://-graph.facebook.com', /not a host name/],
  ['https://graph.facebook.com@evil.example', /user name/],
  ['https://user:secret@graph.facebook.com', /user name/],
  ['https://@graph.facebook.com', /user name/],
  ['https://graph.facebook.com\\@evil.example', /backslash/],
  ['https:\\\\graph.facebook.com', /backslash/],
  ['https://evil.example\\.facebook.com', /backslash/],
  ['https://graph.facebook.com?x=1', /query/],
  ['https://graph.facebook.com/?', /query/],
  ['https://graph.facebook.com#', /fragment/],
  ['https://evil.example#.facebook.com', /fragment/],
  [' https://graph.facebook.com', /spaces/],
  ['https://graph.facebook.com ', /spaces/],
  ['https://graph.\tfacebook.com', /spaces/],
  ['https://graph.facebook.com\n', /spaces/],
  ['https://graph\u0000.facebook.com', /invisible/],
  ['https://graph\u200b.facebook.com', /invisible/],
  ['https://\u202egraph.facebook.com', /invisible/],
  ['https://grаph.facebook.com', /look-alike/],
  ['https://ｇraph.facebook.com', /look-alike/],
  ['https://graph。facebook.com', /look-alike/],
  ['https://graph%2efacebook.com', /not what it seems|cannot be read/],
  ['https://graph.facebook.com:', /cannot be read/],
  ['https://graph.facebook.com:0', /port/],
  ['https://graph.facebook.com:0443', /port/],
  ['https://graph.facebook.com:65536', /cannot be read|port/],
  ['https://graph.facebook.com:8a', /cannot be read/],
  ['https://example.com/v26', /version/],
  ['https://example.com/v26.0', /version/],
  ['https://example.com/api/V26.0/', /version/],
  ['https://example.com//', /path/],
  ['https://example.com/a//b', /path/],
  ['https://example.com/../a', /path/],
  ['https://example.com/a/%2e%2e/b', /path/],
  ['https://example.com/a;b', /path/],
  [`https://example.com/${'a'.repeat(500)}`, /longer/],
];

describe('parseBaseUrl', () => {
  for (const [text, url, origin] of allowed) {
    it(`${JSON.stringify(text)} is allowed`, () => {
      assert.deepEqual(parseBaseUrl(text), { ok: true, value: { url, origin } });
    });
  }

  for (const [text, problem] of refused) {
    it(`${JSON.stringify(text.slice(0, 60))} is refused, saying why`, () => {
      const check = parseBaseUrl(text);
      assert.equal(check.ok, false);
      assert.match(check.problem, problem);
      assert.match(check.problem, /^[A-Z].*\.$/);
    });
  }
});

describe('accountAddress', () => {
  it("is Meta's address by default, with the default version", () => {
    assert.deepEqual(accountAddress({ name: 'A', source: 'meta' }), {
      baseUrl: 'https://graph.facebook.com',
      origin: 'https://graph.facebook.com',
      version: 'v26.0',
    });
  });

  it("takes an account's own address and version", () => {
    const account = { name: 'A', source: 'server', baseUrl: 'https://example.com/meter', apiVersion: 'v25.0' } as const;
    assert.deepEqual(accountAddress(account), {
      baseUrl: 'https://example.com/meter',
      origin: 'https://example.com',
      version: 'v25.0',
    });
  });

  it('sends nobody but demo accounts to the embedded server', () => {
    const embedded = 'http://127.0.0.1:4000';
    assert.equal(accountAddress({ name: 'A', source: 'demo' }, embedded)?.baseUrl, embedded);
    assert.equal(accountAddress({ name: 'A', source: 'demo' }), undefined);
    assert.equal(accountAddress({ name: 'A', source: 'meta' }, embedded)?.origin, 'https://graph.facebook.com');
    assert.equal(accountAddress({ name: 'A', source: 'server' }, embedded), undefined);
  });

  it('is unknown for an address that is not allowed', () => {
    assert.equal(accountAddress({ name: 'A', source: 'meta', baseUrl: 'http://evil.example' }), undefined);
  });
});
