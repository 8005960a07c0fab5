import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs } from '../../../src/contract/calendar';
import { latencyKeys } from '../../../src/contract/metric';
import { latencyCounts, percentileBucket, percentiles } from '../../../src/domain/percentiles';
import { hours, seriesOf } from './make';

/** Every request written down one by one, then the one at the nearest rank. */
function slowPercentile(counts: readonly number[], numerator: number, denominator: number): number | undefined {
  const requests = counts.flatMap((count, i) => new Array<number>(count).fill(i + 1));
  if (requests.length === 0) return undefined;
  // Nearest rank: the smallest rank that is not below numerator/denominator of all.
  let rank = 1;
  while (rank * denominator < numerator * requests.length) rank++;
  return requests[rank - 1];
}

const histogram = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 11, maxLength: 11 });

describe('percentileBucket', () => {
  it('is undefined without requests', () => {
    assert.equal(percentileBucket([], 9, 10), undefined);
    assert.equal(percentileBucket(new Array<number>(11).fill(0), 9, 10), undefined);
  });

  it('decides the edge exactly', () => {
    const counts = [90, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert.equal(percentileBucket(counts, 9, 10), 1);
    assert.equal(percentileBucket([89, 11, 0], 9, 10), 2);
    assert.equal(percentileBucket([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 9, 10), 11);
  });

  it('equals the request at the nearest rank', () => {
    fc.assert(
      fc.property(histogram, fc.constantFrom([1, 2], [9, 10], [99, 100]), (counts, [numerator, denominator]) => {
        assert.equal(
          percentileBucket(counts, numerator!, denominator!),
          slowPercentile(counts, numerator!, denominator!),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('never falls when a request gets slower, nor from p50 to p99', () => {
    fc.assert(
      fc.property(histogram, fc.nat({ max: 9 }), (counts, from) => {
        fc.pre(counts[from]! > 0);
        const slower = counts.map((count, i) => (i === from ? count - 1 : i === from + 1 ? count + 1 : count));
        assert.ok(percentileBucket(slower, 9, 10)! >= percentileBucket(counts, 9, 10)!);
        const { p50, p90, p99 } = percentiles(counts);
        assert.ok(p50! <= p90! && p90! <= p99!);
      }),
    );
  });
});

describe('latencyCounts', () => {
  const series = seriesOf(
    'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    'HOUR',
    hours(0, [{ '1': 5 }, { '1': 1, '10+': 2 }, { '3': 4, strange: 9 }]),
  );

  it('sums the buckets of the span and leaves unknown keys out', () => {
    assert.deepEqual(latencyCounts(series), [6, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert.deepEqual(latencyCounts(series, { begin: hourMs, end: 2 * hourMs }), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it('is undefined where nothing was measured', () => {
    assert.equal(latencyCounts(series, { begin: 3 * hourMs, end: 9 * hourMs }), undefined);
    assert.equal(latencyKeys.length, 11);
  });

  it('percentiles of nothing are absent', () => assert.deepEqual(percentiles([0, 0]), {}));
});
