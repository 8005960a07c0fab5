import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, dayMs, hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import {
  finishedDays,
  holdsDays,
  joinKept,
  keptDaysOf,
  keptReach,
  mergeDays,
  readColumn,
  sameDays,
  type DatedDays,
} from '../../../src/domain/keptDays';
import { columnOf } from '../../../src/domain/series';
import { totalsOf } from '../../../src/domain/totals';
import { planView, resolveView } from '../../../src/domain/view';
import { seriesOf } from './make';

const counts = 'ENDPOINT_REQUEST_COUNT';
const first = Date.UTC(2026, 0, 10);
const valuesOf = (days: DatedDays | undefined, key = 'value'): number[] => [...(columnOf(days!, key)?.values ?? [])];

describe('finishedDays', () => {
  it('are those of a series by day that are over, with the time when they were read', () => {
    const series = seriesOf(
      counts,
      'DAY',
      [0, 1, 2].map((i) => [first + i * dayMs, { value: i + 1 }]),
    );
    const now = first + 2 * dayMs + hourMs;
    const days = finishedDays(series, series, 'UTC', now, now);
    assert.deepEqual(valuesOf(days), [1, 2]);
    assert.deepEqual(valuesOf(days, readColumn), [now / 1000, now / 1000]);
    assert.equal(finishedDays(series, series, 'UTC', first + hourMs, now), undefined);
  });

  it('are the sums of hours, where a day has all of them', () => {
    const hoursOf = (begin: number, count: number): [number, { value: number }][] =>
      Array.from({ length: count }, (_, i) => [begin + i * hourMs, { value: 2 }]);
    // A part of one day, a whole one, one that lacks an hour, and the running one.
    const points = [...hoursOf(first - 3 * hourMs, 27), ...hoursOf(first + dayMs + hourMs, 26)];
    const days = finishedDays(
      seriesOf(counts, 'HOUR', points),
      undefined,
      'UTC',
      first + 2 * dayMs + 4 * hourMs,
      first,
    );
    assert.deepEqual([...days!.begins], [first]);
    assert.deepEqual(valuesOf(days), [48]);
  });

  it('cut days of 23 and 25 hours where the zone does', () => {
    const begin = startOfDay('2026-03-07', metaZone);
    const points = Array.from({ length: 24 * 4 }, (_, i): [number, { value: number }] => [
      begin + i * hourMs,
      { value: 1 },
    ]);
    const days = finishedDays(seriesOf(counts, 'HOUR', points), undefined, metaZone, begin + 80 * hourMs, begin);
    assert.deepEqual(valuesOf(days), [24, 23, 24]);
  });

  it('know that an hour with requests and no point of errors had none', () => {
    const hours = Array.from({ length: 24 }, (_, i): [number, { value: number }] => [first + i * hourMs, { value: 5 }]);
    const errors = seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', [[first + 3 * hourMs, { timeout_error: 4 }]]);
    const days = finishedDays(errors, seriesOf(counts, 'HOUR', hours), 'UTC', first + 2 * dayMs, first);
    assert.deepEqual(valuesOf(days, 'timeout_error'), [4]);
    assert.equal(finishedDays(errors, undefined, 'UTC', first + 2 * dayMs, first), undefined);
  });

  it('add up no rates', () => {
    const rates = Array.from({ length: 48 }, (_, i): [number, { value: number }] => [
      first + i * hourMs,
      { value: 0.1 },
    ]);
    const series = seriesOf('ENDPOINT_REQUEST_ERROR_RATE', 'HOUR', rates);
    assert.equal(finishedDays(series, undefined, 'UTC', first + 3 * dayMs, first), undefined);
  });
});

/** Days as windows may have read them: the same ones at various times. */
const dated = fc
  .uniqueArray(fc.record({ day: fc.nat(12), value: fc.nat(5), readAt: fc.nat(3) }), { selector: ({ day }) => day })
  .map((days): DatedDays => {
    const sorted = [...days].sort((a, b) => a.day - b.day);
    return seriesOf(
      counts,
      'DAY',
      sorted.map(({ day, value, readAt }) => [first + day * dayMs, { value, [readColumn]: readAt }]),
    );
  });

describe('mergeDays', () => {
  it('takes of each day what was read last, in any order and however often', () => {
    fc.assert(
      fc.property(dated, dated, dated, (a, b, c) => {
        const all = mergeDays(mergeDays(a, b), c);
        assert.ok(sameDays(all, mergeDays(a, mergeDays(b, c))));
        assert.ok(sameDays(all, mergeDays(mergeDays(c, a), b)));
        assert.ok(sameDays(all, mergeDays(all, b)));
        for (const [i, begin] of all.begins.entries()) {
          const reads = [a, b, c].flatMap((one) => {
            const at = one.begins.indexOf(begin);
            return at < 0 ? [] : [{ value: valuesOf(one)[at]!, readAt: valuesOf(one, readColumn)[at]! }];
          });
          const newest = Math.max(...reads.map(({ readAt }) => readAt));
          const values = reads.filter(({ readAt }) => readAt === newest).map(({ value }) => value);
          assert.ok(values.includes(valuesOf(all)[i]!));
        }
        const days = new Set([...a.begins, ...b.begins, ...c.begins]);
        assert.deepEqual(
          [...all.begins],
          [...days].sort((x, y) => x - y),
        );
      }),
    );
  });

  it('keeps keys that only one of them has', () => {
    const one = seriesOf('ENDPOINT_REQUEST_ERROR', 'DAY', [[first, { timeout_error: 1, [readColumn]: 1 }]]);
    const other = seriesOf('ENDPOINT_REQUEST_ERROR', 'DAY', [[first + dayMs, { made_up: 3, [readColumn]: 1 }]]);
    const merged = mergeDays(one, other);
    assert.deepEqual(valuesOf(merged, 'made_up'), [0, 3]);
    assert.deepEqual(valuesOf(merged, 'timeout_error'), [1, 0]);
    assert.equal(merged.columns.at(-1)?.key, readColumn);
  });
});

describe('holdsDays', () => {
  it('is so where nothing would change but the time of reading', () => {
    const kept = seriesOf(counts, 'DAY', [
      [first, { value: 3, [readColumn]: 1 }],
      [first + dayMs, { value: 4, [readColumn]: 1 }],
    ]);
    assert.ok(holdsDays(kept, seriesOf(counts, 'DAY', [[first + dayMs, { value: 4, [readColumn]: 9 }]])));
    assert.ok(!holdsDays(kept, seriesOf(counts, 'DAY', [[first + dayMs, { value: 5, [readColumn]: 9 }]])));
    assert.ok(!holdsDays(kept, seriesOf(counts, 'DAY', [[first + 2 * dayMs, { value: 4, [readColumn]: 1 }]])));
  });
});

describe('Kept days in a view', () => {
  const now = startOfDay('2026-03-12', metaZone) + 13 * hourMs;
  const daysOf = (from: string, count: number, value: number): [number, { value: number; [readColumn]: number }][] =>
    Array.from({ length: count }, (_, i) => [startOfDay(addDays(from, i), metaZone), { value, [readColumn]: 7 }]);
  const kept = keptDaysOf({ [counts]: seriesOf(counts, 'DAY', daysOf('2025-08-01', 200, 1)) }, -Infinity)!;
  const time = { now, zone: metaZone, live: false };

  it('stand before what was answered, which knows better', () => {
    const view = { granularity: 'DAY', range: '1y' } as const;
    const plan = planView(view, now, metaZone);
    const reach = keptReach(view, plan, kept, metaZone)!;
    assert.equal(reach.until, startOfDay(plan.since!, metaZone));
    const answered = seriesOf(counts, 'DAY', daysOf(plan.since!, 89, 10));
    const series = { [counts]: joinKept(answered, kept.series[counts], reach.until)! };
    const { period, dates } = resolveView(view, reach.plan, series, time);
    assert.equal(dates.from, '2025-08-01');
    const before = Math.round((reach.until - period!.begin) / dayMs);
    assert.equal(
      totalsOf(series, period!).requests,
      before + (totalsOf({ [counts]: answered }, period!).requests ?? 0),
    );
  });

  it('serve days that a person chooses, and are compared with the days before them', () => {
    const view = { granularity: 'DAY', range: 'custom', from: '2025-10-01', to: '2025-10-31' } as const;
    const plan = planView(view, now, metaZone);
    assert.ok(plan.since! < plan.until!, 'the query makes sense all the same');
    const reach = keptReach(view, plan, kept, metaZone)!;
    const { period, before, dates } = resolveView(view, reach.plan, kept.series, time);
    assert.deepEqual(dates, { from: '2025-10-01', to: '2025-10-31' });
    assert.equal(totalsOf(kept.series, period!).requests, 31);
    assert.equal(totalsOf(kept.series, before!).requests, 31);
  });

  it('are of no use to shorter views, by hour, or where none is old enough', () => {
    for (const view of [
      { granularity: 'DAY', range: '90d' },
      { granularity: 'HOUR', range: '30d' },
    ] as const) {
      assert.equal(keptReach(view, planView(view, now, metaZone), kept, metaZone), undefined);
    }
    const year = { granularity: 'DAY', range: '1y' } as const;
    const plan = planView(year, now, metaZone);
    const young = keptDaysOf({ [counts]: seriesOf(counts, 'DAY', daysOf('2026-02-01', 20, 1)) }, -Infinity);
    assert.equal(keptReach(year, plan, young, metaZone), undefined);
    assert.equal(keptReach(year, plan, undefined, metaZone), undefined);
    const reached = resolveView(year, plan, {}, time).period!;
    assert.equal(reached.begin, startOfDay(plan.since!, metaZone));
  });

  it('are dropped where they are older than a person wants', () => {
    const days = { [counts]: seriesOf(counts, 'DAY', daysOf('2025-08-01', 200, 1)) };
    assert.equal(keptDaysOf(days, now), undefined);
    const half = keptDaysOf(days, startOfDay('2025-12-01', metaZone))!;
    assert.equal(half.from, startOfDay('2025-12-01', metaZone));
    assert.equal(columnOf(half.series[counts]!, readColumn), undefined);
    assert.equal(half.readAt, 7000);
  });
});
