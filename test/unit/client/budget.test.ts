import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { byHand, createBudget, readRetryAfter, readUsage, type Budget } from '../../../src/client/budget';

const minute = 60_000;
const hour = 60 * minute;

function budgetAt(start = 1_000_000_000_000): { budget: Budget; clock: { time: number; now(): number } } {
  const clock = { time: start, now: () => clock.time };
  return { budget: createBudget(clock), clock };
}

/** How many of so many metered calls are let through now; all of them are answered at once. */
function spend(budget: Budget, calls: number): number {
  const taken = takeOnly(budget, calls);
  budget.answered(taken);
  return taken;
}

/** As `spend`, but the calls stay in flight. */
function takeOnly(budget: Budget, calls: number): number {
  return Array.from({ length: calls }, () => budget.take(true)).filter((refusal) => refusal === undefined).length;
}

describe('The hourly budget', () => {
  it('lets 100 calls an hour through where no header shows room', () => {
    const { budget, clock } = budgetAt();
    assert.equal(spend(budget, 150), 100);
    assert.deepEqual(budget.take(true), { until: clock.time + hour, own: true });
    clock.time += hour - 1;
    assert.equal(spend(budget, 1), 0);
    clock.time += 1;
    assert.equal(spend(budget, 150), 100);
  });

  it('rolls: room returns call by call', () => {
    const { budget, clock } = budgetAt();
    const begin = clock.time;
    for (let i = 0; i < 100; i++, clock.time += 10_000) assert.equal(budget.take(true), undefined);
    assert.deepEqual(budget.take(true), { until: begin + hour, own: true });
    clock.time = begin + hour + 10_000;
    assert.equal(spend(budget, 5), 2);
  });

  it('never exceeds 100 in any hour, whatever the pace', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 * minute }), { maxLength: 400 }), (gaps) => {
        const { budget, clock } = budgetAt();
        const sent: number[] = [];
        for (const gap of gaps) {
          clock.time += gap;
          const refusal = budget.take(true);
          if (refusal === undefined) sent.push(clock.time);
          else assert.ok(refusal.until > clock.time && refusal.until <= clock.time + hour);
        }
        for (const at of sent) assert.ok(sent.filter((other) => other > at - hour && other <= at).length <= 100);
      }),
    );
  });

  it('does not count calls to servers of our own', () => {
    const { budget } = budgetAt();
    for (let i = 0; i < 500; i++) assert.equal(budget.take(false), undefined);
    assert.equal(spend(budget, 150), 100);
  });

  it('goes on above 100 while headers show room, and estimates between them', () => {
    const { budget } = budgetAt();
    spend(budget, 100);
    budget.learn({ percent: 50, regainMinutes: 0 });
    // 50 % and half a percent for each call since: at most 95 % for 90 calls.
    assert.equal(spend(budget, 200), 90);
    budget.learn({ percent: 10, regainMinutes: 0 });
    assert.equal(spend(budget, 10), 10);
  });

  it('counts what is in flight as if no header had shown it yet', () => {
    const { budget } = budgetAt();
    budget.learn({ percent: 5, regainMinutes: 0 });
    assert.equal(takeOnly(budget, 150), 150);
    assert.equal(budget.isCrowded(30), false);
    assert.equal(budget.isCrowded(31), true);
    budget.answered(50);
    budget.learn({ percent: 6, regainMinutes: 0 });
    // 6 %, and 100 calls in flight at half a percent.
    assert.equal(budget.isCrowded(78), false);
    assert.equal(budget.isCrowded(79), true);
    budget.answered(100);
    assert.equal(budget.isCrowded(1000), false, 'nothing to wait for');
  });

  it('waits for the first headers before it says that 100 calls are enough', () => {
    const { budget } = budgetAt();
    takeOnly(budget, 50);
    assert.equal(budget.isCrowded(50), false);
    takeOnly(budget, 50);
    assert.equal(budget.isCrowded(1), true);
    budget.answered(50);
    budget.learn({ percent: 1, regainMinutes: 0 });
    assert.equal(budget.isCrowded(50), false);
    assert.equal(takeOnly(budget, 50), 50);
  });

  it('lets so many travel together that they fit', () => {
    const { budget } = budgetAt();
    assert.equal(budget.batchRoom, 190);
    for (const [percent, room] of [
      [0, 190],
      [50, 90],
      [79, 32],
      [80, 1],
      [94, 1],
    ] as const) {
      budget.learn({ percent, regainMinutes: 0 });
      assert.equal(budget.batchRoom, room);
    }
  });

  it('slows down at 80 %: a second from call to call', () => {
    const { budget, clock } = budgetAt();
    budget.learn({ percent: 79, regainMinutes: 0 });
    assert.deepEqual([budget.gap(), budget.gap(), budget.slowedAt], [0, 0, undefined]);
    budget.learn({ percent: 80, regainMinutes: 0 });
    assert.deepEqual([budget.gap(), budget.gap(), budget.gap(), budget.slowedAt], [0, 1000, 2000, 80]);
    clock.time += 10_000;
    assert.deepEqual([budget.gap(), budget.gap()], [0, 1000]);
    clock.time -= 48 * hour;
    assert.equal(budget.gap(), 0);
    budget.learn({ percent: 79, regainMinutes: 0 });
    assert.equal(budget.gap(), 0);
  });

  it('stops at 95 %, metered or not, and looks again after a quarter of an hour', () => {
    const { budget, clock } = budgetAt();
    budget.learn({ percent: 95, regainMinutes: 0 });
    const refusal = { until: clock.time + 15 * minute, own: true, usedPercent: 95 };
    assert.deepEqual(budget.take(true), refusal);
    assert.deepEqual(budget.take(false), refusal);
    assert.deepEqual([budget.gap(), budget.gap()], [0, 0], 'what is refused need not wait');
    clock.time += 15 * minute;
    assert.deepEqual([budget.gap(), budget.gap(), budget.batchRoom], [0, 1000, 1]);
    assert.equal(budget.take(true), undefined);
    budget.learn({ percent: 96, regainMinutes: 0 });
    assert.equal(budget.take(true)?.usedPercent, 96);
  });

  it('no longer believes a header after an hour', () => {
    const { budget, clock } = budgetAt();
    budget.learn({ percent: 0, regainMinutes: 0 });
    clock.time += hour;
    assert.equal(spend(budget, 150), 100);
  });

  it('pauses for the minutes that a header names, metered or not', () => {
    const { budget, clock } = budgetAt();
    budget.learn({ percent: 100, regainMinutes: 12 });
    const refusal = { until: clock.time + 12 * minute, own: false };
    assert.deepEqual(budget.take(true), refusal);
    assert.deepEqual(budget.take(false), refusal);
    clock.time += 12 * minute;
    assert.equal(budget.take(false), undefined);
  });

  it('keeps the longest pause, and none above a day', () => {
    const { budget, clock } = budgetAt();
    budget.pauseUntil(clock.time + 2 * hour);
    budget.pauseUntil(clock.time + hour);
    assert.equal(budget.take(false)?.until, clock.time + 2 * hour);
    budget.pauseUntil(clock.time + 1000 * hour);
    assert.equal(budget.take(false)?.until, clock.time + 24 * hour);
  });

  it('survives a clock that is set back', () => {
    const { budget, clock } = budgetAt();
    spend(budget, 100);
    clock.time -= 48 * hour;
    assert.equal(spend(budget, 10), 10);
  });
});

describe('What a person asks by hand', () => {
  it('is sent in a pause and after the hour is spent', () => {
    const { budget, clock } = budgetAt();
    spend(budget, 100);
    budget.pauseUntil(clock.time + hour);
    const hand = byHand(budget);
    assert.equal(hand.take(true), undefined);
    assert.equal(hand.gap(), 0);
    assert.equal(hand.isCrowded(1), false);
    assert.deepEqual(budget.take(true), { until: clock.time + hour, own: false }, 'everything else waits on');
  });

  it('counts like any other call', () => {
    const { budget, clock } = budgetAt();
    const hand = byHand(budget);
    assert.equal(hand.take(true), undefined);
    hand.answered(1);
    assert.equal(spend(budget, 150), 99);
    // Also where there was no room for it.
    clock.time += hour;
    spend(budget, 100);
    const until = clock.time + hour;
    clock.time += 10 * minute;
    assert.equal(hand.take(true), undefined);
    hand.answered(1);
    clock.time = until;
    assert.equal(spend(budget, 150), 99);
  });

  it('passes on what its answer tells', () => {
    const { budget, clock } = budgetAt();
    byHand(budget).pauseUntil(clock.time + 5 * minute);
    assert.deepEqual(budget.take(true), { until: clock.time + 5 * minute, own: false });
    clock.time += 5 * minute;
    byHand(budget).learn({ percent: 99, regainMinutes: 0 });
    assert.equal(budget.take(true)?.usedPercent, 99);
  });
});

describe('Usage headers', () => {
  const read = (headers: Readonly<Record<string, string>>): unknown => readUsage((name) => headers[name] ?? null);
  const entry = {
    type: 'whatsapp',
    call_count: 5,
    total_cputime: 7,
    total_time: 3,
    estimated_time_to_regain_access: 0,
  };

  it('count by their highest figure', () => {
    assert.deepEqual(read({ 'x-app-usage': '{"call_count":28,"total_cputime":25,"total_time":31}' }), {
      percent: 31,
      regainMinutes: 0,
    });
    const business = JSON.stringify({ '1': [entry, { ...entry, call_count: 90, estimated_time_to_regain_access: 4 }] });
    assert.deepEqual(read({ 'x-app-usage': '{"call_count":28}', 'x-business-use-case-usage': business }), {
      percent: 90,
      regainMinutes: 4,
    });
  });

  it('say nothing where they cannot be read', () => {
    for (const value of [
      '',
      'x',
      '{}',
      '[]',
      'null',
      '5',
      '{"1":[{"call_count":"many"}]}',
      '{"1":[{"call_count":-1}]}',
    ]) {
      assert.equal(read({ 'x-app-usage': value, 'x-business-use-case-usage': value }), undefined, value);
    }
    assert.equal(read({}), undefined);
  });

  it('show no room where they name only a wait', () => {
    const business = JSON.stringify({ '1': [{ estimated_time_to_regain_access: 3 }] });
    assert.deepEqual(read({ 'x-business-use-case-usage': business }), { percent: 100, regainMinutes: 3 });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 30);

  it('is seconds or a date, never in the past, at most a day', () => {
    assert.equal(readRetryAfter('120', now), now + 120_000);
    assert.equal(readRetryAfter('Fri, 30 Jan 2026 00:05:00 GMT', now), now + 5 * minute);
    assert.equal(readRetryAfter('Thu, 29 Jan 2026 00:00:00 GMT', now), now);
    assert.equal(readRetryAfter('99999999', now), now + 24 * hour);
    assert.equal(readRetryAfter('soon', now), undefined);
    assert.equal(readRetryAfter(null, now), undefined);
  });
});
