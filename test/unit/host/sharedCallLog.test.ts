import assert from 'node:assert/strict';
import { createBudget, type Budget } from '../../../src/client/budget';
import { SharedCallLog } from '../../../src/host/storage/sharedCallLog';
import { HandClock } from '../state/handClock';

const hour = 3_600_000;
const log = { error: (thrown: unknown) => assert.fail(String(thrown)) };

/** What the editor keeps for all windows, as JSON. */
function storage() {
  let text = '{}';
  let writes = 0;
  return {
    get: <T>(key: string): T | undefined => (JSON.parse(text) as Record<string, T>)[key],
    update: async (key: string, value: unknown): Promise<void> => {
      writes++;
      text = JSON.stringify({ ...(JSON.parse(text) as object), [key]: value });
    },
    get size(): number {
      return text.length;
    },
    get writes(): number {
      return writes;
    },
    spoil: (value: unknown) => (text = JSON.stringify({ 'flowmeter.calls': value })),
  };
}

function spend(budget: Budget, calls: number): number {
  return Array.from({ length: calls }, () => budget.take(true)).filter((freeAt) => freeAt === undefined).length;
}

describe('The calls of the last hour', () => {
  it('stay spent after a reload of the window', async () => {
    const clock = new HandClock();
    const memory = storage();
    const before = new SharedCallLog(memory, clock, log);
    const begin = clock.now();
    assert.equal(spend(createBudget(clock, before.of('Shop')), 60), 60);
    before.dispose();
    await clock.advance(60_000);
    const budget = createBudget(clock, new SharedCallLog(memory, clock, log).of('Shop'));
    assert.equal(spend(budget, 60), 40);
    assert.deepEqual(budget.take(true), { until: begin + hour, own: true });
    await clock.advance(hour - 60_000);
    assert.equal(spend(budget, 100), 60, 'what is older than an hour no longer counts');
  });

  it('are shared by windows, each account for itself, and no call counts twice', async () => {
    const clock = new HandClock();
    const memory = storage();
    const [one, two] = [new SharedCallLog(memory, clock, log), new SharedCallLog(memory, clock, log)];
    const [first, second] = [createBudget(clock, one.of('Shop')), createBudget(clock, two.of('Shop'))];
    assert.equal(spend(first, 30), 30);
    await clock.advance(10_000);
    assert.equal(spend(second, 40), 40);
    await clock.advance(10_000);
    assert.equal(spend(first, 50), 30);
    assert.equal(spend(createBudget(clock, two.of('Other')), 150), 100);
  });

  it('are written seldom and stay small', async () => {
    const clock = new HandClock();
    const memory = storage();
    const budget = createBudget(clock, new SharedCallLog(memory, clock, log).of('Shop'));
    for (let i = 0; i < 100; i++, await clock.advance(1000)) budget.take(true);
    assert.ok(memory.writes <= 20, `${memory.writes} writes`);
    assert.ok(memory.size < 1000, `${memory.size} bytes`);
  });

  it('are none where what stands there is not ours', () => {
    const clock = new HandClock();
    const memory = storage();
    for (const value of [null, 'x', { Shop: { a: 'x' } }, { Shop: { a: [null] } }, { Shop: null }]) {
      memory.spoil(value);
      const memories = new SharedCallLog(memory, clock, log);
      assert.equal(spend(createBudget(clock, memories.of('Shop')), 150), 100);
      memories.dispose();
      assert.equal(spend(createBudget(clock, new SharedCallLog(memory, clock, log).of('Shop')), 150), 0);
    }
  });
});
