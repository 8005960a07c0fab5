import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isGraphId } from '../../../src/contract/flow';
import { parseAccounts } from '../../../src/host/storage/accountSettings';
import { accountAddress } from '../../../src/domain/account';

const meta = { name: 'Shop', source: 'meta', businessAccountId: '123' };

describe('parseAccounts', () => {
  it('takes every kind of account that this version can read', () => {
    const accounts = [
      meta,
      { name: 'By ids', source: 'meta', flowIds: ['1', '2'], apiVersion: 'v25.0' },
      { name: 'Own', source: 'server', baseUrl: 'http://127.0.0.1:8600', businessAccountId: '5' },
      { name: 'Demo', source: 'demo' },
    ];
    assert.deepEqual(parseAccounts(accounts), { accounts, problems: [] });
  });

  it('is empty without a setting', () => {
    assert.deepEqual(parseAccounts(undefined), { accounts: [], problems: [] });
    assert.deepEqual(parseAccounts([]), { accounts: [], problems: [] });
  });

  it('cleans up: base URL without its last slash, ids once, nothing unknown', () => {
    const own = { ...meta, source: 'server' };
    const entry = { ...own, baseUrl: 'HTTPS://Example.com/', flowIds: ['7', '7'], extra: 1 };
    assert.deepEqual(parseAccounts([entry]).accounts, [{ ...own, baseUrl: 'https://example.com', flowIds: ['7'] }]);
  });

  it("takes Meta's own address for Meta", () => {
    const entry = { ...meta, baseUrl: 'https://Graph.Facebook.com/' };
    assert.deepEqual(parseAccounts([entry]).accounts, [{ ...meta, baseUrl: 'https://graph.facebook.com' }]);
  });

  const refused: readonly (readonly [unknown, RegExp])[] = [
    [null, /must be an object/],
    [[], /must be an object/],
    ['Shop', /must be an object/],
    [{}, /"name" must be a text/],
    [{ ...meta, name: 5 }, /"name" must be a text/],
    [{ ...meta, name: '' }, /"name" must be a text/],
    [{ ...meta, name: ' a' }, /begin or end with a space/],
    [{ ...meta, name: 'a\nb' }, /invisible/],
    [{ ...meta, name: 'a\u202eb' }, /invisible/],
    [{ ...meta, name: '\u3164' }, /invisible/],
    [{ ...meta, name: 'a\u2800' }, /invisible/],
    [{ ...meta, name: '\u0301' }, /a letter, a digit or a sign/],
    [{ ...meta, name: `a${'\u0301'.repeat(5)}` }, /combining marks/],
    [{ ...meta, name: 'a'.repeat(61) }, /longer than 60/],
    [{ name: 'Shop', businessAccountId: '1' }, /"source" must be "meta", "server", "meter" or "demo"/],
    [{ ...meta, source: 'Meta' }, /"source" must be "meta", "server", "meter" or "demo"/],
    [{ name: 'Mine', source: 'meter', baseUrl: 'https://a.example' }, /"baseUrl" is only allowed/],
    [{ name: 'Shop', source: 'meta' }, /needs "businessAccountId" or "flowIds"/],
    [{ name: 'Shop', source: 'meta', flowIds: [] }, /needs "businessAccountId" or "flowIds"/],
    [{ ...meta, businessAccountId: 123 }, /1 to 20 digits, in quotes/],
    [{ ...meta, businessAccountId: '12a' }, /1 to 20 digits/],
    [{ ...meta, businessAccountId: '١٢٣' }, /1 to 20 digits/],
    [{ ...meta, businessAccountId: null }, /1 to 20 digits/],
    [{ ...meta, flowIds: '1' }, /list of flow ids/],
    [{ ...meta, flowIds: ['1', 2] }, /list of flow ids/],
    [{ ...meta, flowIds: ['../1'] }, /list of flow ids/],
    [{ ...meta, apiVersion: '26' }, /"v26\.0"/],
    [{ ...meta, apiVersion: 'v26.0/../x' }, /"v26\.0"/],
    [{ ...meta, apiVersion: 26 }, /"v26\.0"/],
    [{ ...meta, baseUrl: 'http://graph.facebook.com' }, /"baseUrl" is not allowed\. Plain http/],
    [{ ...meta, baseUrl: 5 }, /"baseUrl" must be a text/],
    [{ ...meta, source: 'server' }, /"baseUrl" is missing/],
    [{ name: 'Shop', source: 'demo', baseUrl: 'https://example.com' }, /only allowed where/],
  ];
  for (const [entry, problem] of refused) {
    it(`refuses ${JSON.stringify(entry)?.slice(0, 80)}, naming the entry`, () => {
      const { accounts, problems } = parseAccounts([{ ...meta, name: 'First' }, entry]);
      assert.deepEqual(
        accounts.map(({ name }) => name),
        ['First'],
      );
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, /^Account 2/);
      assert.match(problems[0]!, problem);
    });
  }

  it('calls nothing Meta but graph.facebook.com', () => {
    for (const baseUrl of [
      'https://graph-facebook.example',
      'https://graph.facebook.com.example.net',
      'https://graph.facebook.com:8443',
      'https://graph.facebook.com/proxy',
      'https://www.facebook.com',
      'http://127.0.0.1:8600',
    ]) {
      const { accounts, problems } = parseAccounts([{ ...meta, baseUrl }]);
      assert.deepEqual(accounts, []);
      assert.match(problems.join(), /or be "https:\/\/graph\.facebook\.com" .* write "source": "server"/);
    }
  });

  it('names entry and name in the message', () => {
    assert.match(parseAccounts([{ ...meta, source: 'x' }]).problems[0]!, /^Account 1 \("Shop"\): "source"/);
  });

  it('keeps the first of two accounts with one name', () => {
    const { accounts, problems } = parseAccounts([meta, { name: 'Shop', source: 'demo' }]);
    assert.deepEqual(accounts, [meta]);
    assert.deepEqual(problems, [
      'Account 2 ("Shop"): its name is already that of account 1; names must differ by more than capital letters.',
    ]);
    const { accounts: one, problems: two } = parseAccounts([meta, { name: 'sHOP', source: 'demo' }]);
    assert.deepEqual([one, two.length], [[meta], 1], 'nobody tells them apart');
  });

  it('takes one meter, which needs neither ids nor an address', () => {
    const meter = { name: 'Meter', source: 'meter' };
    const { accounts, problems } = parseAccounts([meter, { ...meter, name: 'Second' }]);
    assert.deepEqual(accounts, [meter]);
    assert.deepEqual(problems, [
      'Account 2 ("Second"): there is an account with "source": "meter" already; one is allowed.',
    ]);
  });

  it('refuses what is no list', () => {
    for (const json of [{}, 'x', 5, true]) assert.equal(parseAccounts(json).problems.length, 1);
  });

  it('turns any JSON into an account or one message', () => {
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          name: fc.oneof(fc.string(), fc.jsonValue()),
          source: fc.oneof(fc.constantFrom('meta', 'demo', 'server', 'meter'), fc.jsonValue()),
          businessAccountId: fc.oneof(fc.constantFrom('1', '22'), fc.jsonValue()),
          flowIds: fc.oneof(fc.array(fc.constantFrom('1', '2', 'x')), fc.jsonValue()),
          baseUrl: fc.oneof(fc.webUrl(), fc.constant('http://127.0.0.1:1'), fc.jsonValue()),
          apiVersion: fc.oneof(fc.constant('v26.0'), fc.jsonValue()),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const { accounts, problems } = parseAccounts(entries);
        assert.equal(accounts.length + problems.length, entries.length);
        assert.equal(new Set(accounts.map(({ name }) => name)).size, accounts.length);
        for (const account of accounts) {
          assert.ok(account.source === 'demo' || account.source === 'meter' || accountAddress(account));
          assert.ok([account.businessAccountId ?? '1', ...(account.flowIds ?? [])].every(isGraphId));
        }
      }),
    );
  });
});
