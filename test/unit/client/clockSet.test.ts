/** What the client counts and waits for, while the computer's clock is set back or forward. */
import assert from 'node:assert/strict';
import { createBudget, type CallLog } from '../../../src/client/budget';

const minute = 60_000;
const hour = 60 * minute;
const jumps = [-2 * hour, 2 * hour];

/** Time that passes, and a wall clock that is set. */
class TwoClocks {
  private passed = 5_000;
  private set = 1_000_000_000_000;

  now(): number {
    return this.passed + this.set;
  }

  elapsed(): number {
    return this.passed;
  }

  pass(ms: number): void {
    this.passed += ms;
  }

  jump(ms: number): void {
    this.set += ms;
  }
}

for (const jump of jumps) {
  describe(`The budget, with the clock set ${jump < 0 ? 'back' : 'forward'} by two hours`, () => {
    it('lets 100 calls an hour through, no more and no later', () => {
      const clock = new TwoClocks();
      const budget = createBudget(clock);
      const spend = (calls: number): number =>
        Array.from({ length: calls }, () => budget.take(true)).filter((refusal) => refusal === undefined).length;
      assert.equal(spend(60), 60);
      budget.answered(60);
      clock.pass(30 * minute);
      clock.jump(jump);
      assert.equal(spend(60), 40);
      budget.answered(40);
      assert.deepEqual(budget.take(true), { until: clock.now() + 30 * minute, own: true });
      clock.pass(30 * minute);
      assert.equal(spend(100), 60);
    });

    it('ends a pause when it was to end', () => {
      const clock = new TwoClocks();
      const budget = createBudget(clock);
      budget.pauseUntil(clock.now() + 20 * minute);
      clock.pass(5 * minute);
      clock.jump(jump);
      assert.deepEqual(budget.take(true), { until: clock.now() + 15 * minute, own: false });
      clock.pass(15 * minute);
      assert.equal(budget.take(true), undefined);
    });

    it('looks again a quarter of an hour after the limit was full', () => {
      const clock = new TwoClocks();
      const budget = createBudget(clock);
      budget.learn({ percent: 96, regainMinutes: 0 });
      clock.jump(jump);
      assert.deepEqual(budget.take(true), { until: clock.now() + 15 * minute, own: true, usedPercent: 96 });
      clock.pass(15 * minute);
      assert.equal(budget.take(true), undefined);
    });

    it('keeps calls a second apart where the limit is near', () => {
      const clock = new TwoClocks();
      const budget = createBudget(clock);
      budget.learn({ percent: 85, regainMinutes: 0 });
      assert.equal(budget.gap(), 0);
      clock.jump(jump);
      assert.equal(budget.gap(), 1_000);
      clock.pass(1_000);
      clock.jump(-jump);
      assert.equal(budget.gap(), 1_000);
    });

    it('tells other windows of its calls by the clock as it is set now', () => {
      const clock = new TwoClocks();
      let noted: readonly number[] = [];
      const memory: CallLog = { others: () => [], note: (calls) => void (noted = calls) };
      const budget = createBudget(clock, memory);
      budget.take(true);
      clock.pass(10 * minute);
      clock.jump(jump);
      budget.take(true);
      assert.deepEqual(noted, [clock.now() - 10 * minute, clock.now()]);
    });

    it('is not held up by the calls of other windows for longer than the hour', () => {
      const clock = new TwoClocks();
      const others = Array.from({ length: 100 }, () => clock.now());
      const budget = createBudget(clock, { others: () => others, note: () => undefined });
      clock.jump(jump);
      for (let passed = 0; passed <= hour; passed += minute) {
        const refusal = budget.take(false) ?? budget.take(true);
        if (refusal) assert.ok(refusal.until <= clock.now() + hour);
        clock.pass(minute);
      }
      assert.equal(budget.take(true), undefined);
    });
  });
}
