import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareConditions, type Condition } from '../../../src/domain/condition';
import { LevelWatch } from '../../../src/state/levelWatch';

const minute = 60_000;
const fine: Condition = { alarm: 'fine', meta: 'none' };
const warning: Condition = { alarm: 'warning', meta: 'none' };
const critical: Condition = { alarm: 'critical', meta: 'none' };
const blocked: Condition = { alarm: 'critical', meta: 'blocked' };
const all = [fine, warning, critical, blocked];

describe('LevelWatch', () => {
  it('takes what it sees first as known, however bad', () => {
    const watch = new LevelWatch();
    watch.see('a', critical, 0);
    assert.equal(watch.nextDue, undefined);
    assert.deepEqual(watch.due(1e9), []);
  });

  it('lets a fall last two minutes and a recovery half an hour', () => {
    const watch = new LevelWatch();
    watch.see('a', fine, 0);
    watch.see('a', critical, minute);
    assert.deepEqual(watch.due(3 * minute - 1), []);
    assert.deepEqual(watch.due(3 * minute), [{ key: 'a', from: fine, to: critical, silent: false }]);
    watch.settle('a', critical);
    watch.see('a', warning, 10 * minute);
    watch.see('a', fine, 20 * minute);
    assert.equal(watch.nextDue, 40 * minute);
    assert.deepEqual(watch.due(40 * minute), [{ key: 'a', from: critical, to: fine, silent: false }]);
  });

  it('forgets a fall that ended, and one that could no longer be judged', () => {
    for (const next of [fine, undefined]) {
      const watch = new LevelWatch();
      watch.see('a', fine, 0);
      watch.see('a', critical, minute);
      watch.see('a', next, 2 * minute);
      assert.deepEqual(watch.due(1e9), []);
    }
  });

  it('knows Meta’s word as a state of its own', () => {
    const watch = new LevelWatch();
    watch.see('a', critical, 0);
    watch.see('a', blocked, minute);
    assert.deepEqual(watch.due(1e9), [{ key: 'a', from: critical, to: blocked, silent: false }]);
  });

  it('sees a flow that went and came back for the first time', () => {
    const watch = new LevelWatch();
    watch.see('a', fine, 0);
    watch.retain(new Set());
    watch.see('a', critical, minute);
    assert.deepEqual(watch.due(1e9), []);
  });

  it('tells of a flow that flaps as it likes at most a fall and a recovery in half an hour', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...all), fc.integer({ min: 1, max: 40 })), { maxLength: 200 }),
        (steps) => {
          const watch = new LevelWatch();
          watch.see('a', fine, 0);
          const told: { readonly at: number; readonly isFall: boolean }[] = [];
          let now = 0;
          for (const [condition, minutes] of steps) {
            watch.see('a', condition, now);
            for (let i = 0; i < minutes; i++) {
              now += minute;
              for (const { key, from, to } of watch.due(now)) {
                assert.notEqual(compareConditions(to, from), 0);
                assert.equal(compareConditions(to, condition), 0, 'what is told is so now');
                told.push({ at: now, isFall: compareConditions(to, from) > 0 });
                watch.settle(key, to);
              }
            }
          }
          const recoveries = told.filter(({ isFall }) => !isFall);
          for (const [i, { at }] of recoveries.entries())
            assert.ok(i === 0 || at - recoveries[i - 1]!.at >= 30 * minute);
          // Between two recoveries it can only get worse, and there are so many degrees of that.
          assert.ok(told.length - recoveries.length <= (recoveries.length + 1) * (all.length - 1));
        },
      ),
    );
  });
});
