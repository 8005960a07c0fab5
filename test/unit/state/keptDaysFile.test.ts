import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dayMs } from '../../../src/contract/calendar';
import { metricNames } from '../../../src/contract/metric';
import { readColumn, sameDays } from '../../../src/domain/keptDays';
import { mergeKeptDays, packKeptDays, unpackKeptDays, type DaysByMetric } from '../../../src/state/keptDaysFile';
import { seriesOf } from '../domain/make';

const first = Date.UTC(2026, 0, 10);
const owner = '["11","UTC"]';

function days(count: number, value = 3, begin = first): DaysByMetric {
  return Object.fromEntries(
    metricNames.map((metric) => [
      metric,
      seriesOf(
        metric,
        'DAY',
        Array.from({ length: count }, (_, i) => [
          begin + i * dayMs,
          { value, succeeded: i, [readColumn]: 1_800_000_000 },
        ]),
      ),
    ]),
  );
}

describe('The file of kept days', () => {
  it('gives back what was put in, and is small', () => {
    const kept = days(1095);
    const bytes = packKeptDays(owner, kept);
    const read = unpackKeptDays(owner, bytes);
    for (const metric of metricNames) assert.ok(sameDays(read[metric]!, kept[metric]!), metric);
    assert.ok(bytes.length < 64 * 1024, `${bytes.length} bytes for three years`);
  });

  it('is none of a flow where it is another flow’s, damaged in any byte, or cut', () => {
    const bytes = packKeptDays(owner, days(3));
    assert.deepEqual(unpackKeptDays('["12","UTC"]', bytes), {});
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= change;
        assert.deepEqual(unpackKeptDays(owner, damaged), {});
        assert.deepEqual(unpackKeptDays(owner, bytes.subarray(0, at)), {});
      }),
    );
  });
});

describe('mergeKeptDays', () => {
  it('adds what is new, drops what is too old, and says where nothing changes', () => {
    const kept = days(3);
    assert.equal(mergeKeptDays(kept, days(3), -Infinity), kept);
    assert.equal(mergeKeptDays(kept, {}, -Infinity), kept);
    const more = mergeKeptDays(kept, days(2, 9, first + 3 * dayMs), first + dayMs);
    for (const metric of metricNames) {
      assert.deepEqual(
        [...more[metric]!.begins],
        [1, 2, 3, 4].map((i) => first + i * dayMs),
        metric,
      );
    }
    assert.deepEqual(mergeKeptDays(kept, {}, first + 9 * dayMs), {});
  });
});
