import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Account } from '../../../src/domain/account';
import type { Condition } from '../../../src/domain/condition';
import {
  noticeKey,
  noToldLevels,
  readToldLevels,
  retainAccounts,
  settleChange,
  untoldRecovery,
  withMutes,
  writeToldLevels,
  type ToldLevels,
} from '../../../src/state/toldLevels';

const now = Date.UTC(2026, 2, 12, 14);
const day = 86_400_000;
const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const key = noticeKey(shop, '11');
const fine: Condition = { alarm: 'fine', meta: 'none' };
const warning: Condition = { alarm: 'warning', meta: 'none' };
const throttled: Condition = { alarm: 'warning', meta: 'limited' };
const critical: Condition = { alarm: 'critical', meta: 'none' };

function settle(
  told: ToldLevels,
  from: Condition,
  to: Condition,
  more: { asOf?: number; silent?: boolean; limit?: 'warning' | 'critical'; at?: number } = {},
) {
  const { asOf = now, silent = false, limit = 'warning', at = now } = more;
  return settleChange(told, { key, from, to, asOf, silent }, limit, at);
}

describe('settleChange', () => {
  it('tells a fall once, and its end', () => {
    const fall = settle(noToldLevels, fine, critical);
    assert.equal(fall.news, 'worse');
    const other = settle(fall.levels, fine, critical);
    assert.equal(other.news, undefined, 'another window told it');
    assert.deepEqual(other.known, critical);
    const eased = settle(fall.levels, critical, warning);
    assert.equal(eased.news, 'better');
    const end = settle(eased.levels, warning, fine);
    assert.equal(end.news, 'better');
    assert.equal(settle(end.levels, warning, fine).news, undefined);
  });

  it('tells no end of a fall that nobody told', () => {
    assert.equal(settle(noToldLevels, critical, fine).news, undefined);
  });

  it('tells from the wanted level on only', () => {
    const mild = settle(noToldLevels, fine, warning, { limit: 'critical' });
    assert.equal(mild.news, undefined);
    const fall = settle(mild.levels, warning, critical, { limit: 'critical' });
    assert.equal(fall.news, 'worse');
    const end = settle(fall.levels, critical, warning, { limit: 'critical' });
    assert.equal(end.news, 'better', 'critical is over');
    assert.equal(settle(end.levels, warning, fine, { limit: 'critical' }).news, undefined);
  });

  it('tells that Meta throttles a flow that was in warning, and not that it no longer does', () => {
    const fall = settle(noToldLevels, warning, throttled);
    assert.equal(fall.news, 'worse');
    assert.equal(settle(fall.levels, throttled, warning).news, undefined);
  });

  it('does not believe figures that are older than those of another window', () => {
    const end = settle(settle(noToldLevels, fine, critical).levels, critical, fine, { asOf: now + 1 });
    const stale = settle(end.levels, fine, critical, { asOf: now });
    assert.equal(stale.news, undefined);
    assert.deepEqual(stale.known, fine);
  });

  it('keeps silent about what a person muted or caused, and about the end of that', () => {
    const muted = withMutes(noToldLevels, [key], now + day);
    const hushed = [settle(muted, fine, critical), settle(noToldLevels, fine, critical, { silent: true })];
    for (const { news, levels } of hushed) {
      assert.equal(news, undefined);
      assert.equal(settle(levels, critical, fine, { at: now + 2 * day }).news, undefined);
    }
    assert.equal(settle(muted, fine, critical, { at: now + day }).news, 'worse', 'the mute is over');
    assert.equal(settle(withMutes(muted, [key], undefined), fine, critical).news, 'worse');
  });

  it('tells recoveries and falls of any history in turn: never an end without a fall', () => {
    const conditions = fc.constantFrom(fine, warning, throttled, critical);
    const step = fc.record({ to: conditions, silent: fc.boolean(), limit: fc.constantFrom('warning', 'critical') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let told = noToldLevels;
        let from = fine;
        let open = false;
        for (const [i, { to, silent, limit }] of steps.entries()) {
          const settled = settle(told, from, to, { silent, limit: limit as 'warning', asOf: now + i });
          if (settled.news === 'better') assert.ok(open, 'a fall was told before');
          if (settled.news === 'worse') open = true;
          told = settled.levels;
          from = settled.known;
          assert.deepEqual(from, to);
        }
      }),
    );
  });
});

describe('untoldRecovery', () => {
  it('is the fall that was told before the restart, where it is over', () => {
    const { levels } = settle(noToldLevels, fine, critical);
    assert.deepEqual(untoldRecovery(levels, key, fine), critical);
    assert.equal(untoldRecovery(levels, key, critical), undefined);
    assert.equal(untoldRecovery(noToldLevels, key, fine), undefined);
    const silent = settle(noToldLevels, fine, critical, { silent: true });
    assert.equal(untoldRecovery(silent.levels, key, fine), undefined);
  });
});

describe('What was told, in its file', () => {
  it('comes back as it was, without what is over', () => {
    const { levels } = settle(noToldLevels, fine, critical);
    const other = noticeKey(shop, '12');
    const told = withMutes(withMutes(levels, [key], now + day), [other], now - 1);
    const read = readToldLevels(writeToldLevels(told, now));
    assert.deepEqual([...read.levels], [...told.levels]);
    assert.deepEqual([...read.mutes], [[key, now + day]]);
    assert.equal(readToldLevels(writeToldLevels(told, now + 100 * day)).levels.size, 0);
  });

  it('is read whatever stands there', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"levels":{"a":${json}},"mutes":${json}}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { levels, mutes } = readToldLevels(text);
        for (const { alarm, asOf } of levels.values()) assert.ok(alarm && Number.isFinite(asOf));
        for (const until of mutes.values()) assert.ok(Number.isFinite(until));
      }),
    );
  });

  it('goes by the server and not by the name of the account, and goes with it', () => {
    assert.equal(noticeKey({ ...shop, name: 'Store' }, '11'), key);
    assert.notEqual(noticeKey({ name: 'Shop', source: 'server', baseUrl: 'https://a.example' }, '11'), key);
    const muted = withMutes(settle(noToldLevels, fine, critical).levels, [key], now + day);
    assert.equal(retainAccounts(muted, [{ ...shop, name: 'Store' }]), muted);
    const gone = retainAccounts(muted, [{ name: 'Mine', source: 'meter' }]);
    assert.deepEqual([gone.levels.size, gone.mutes.size], [0, 0]);
  });
});
