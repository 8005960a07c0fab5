import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs } from '../../../src/contract/calendar';
import { sidesOf } from '../../../src/domain/sides';

const hours = (count: number): { begins: number[]; ends: number[] } => ({
  begins: Array.from({ length: count }, (_, i) => i * hourMs),
  ends: Array.from({ length: count }, (_, i) => (i + 1) * hourMs),
});

describe('core: the sides of a mark', () => {
  it('leave out the interval in which it lies, and none where it is a border', () => {
    assert.deepEqual(sidesOf(5.5 * hourMs, hours(24), 3), {
      before: { begin: 2 * hourMs, end: 5 * hourMs },
      after: { begin: 6 * hourMs, end: 9 * hourMs },
      count: 3,
      between: { begin: 5 * hourMs, end: 6 * hourMs },
    });
    assert.deepEqual(sidesOf(5 * hourMs, hours(24), 3), {
      before: { begin: 2 * hourMs, end: 5 * hourMs },
      after: { begin: 5 * hourMs, end: 8 * hourMs },
      count: 3,
    });
  });

  it('are as long as the shorter one allows, and say which that is', () => {
    assert.deepEqual(
      [sidesOf(2 * hourMs, hours(24), 24)?.count, sidesOf(2 * hourMs, hours(24), 24)?.shortOf],
      [2, 'before'],
    );
    assert.deepEqual(
      [sidesOf(20.5 * hourMs, hours(24), 24)?.count, sidesOf(20.5 * hourMs, hours(24), 24)?.shortOf],
      [3, 'after'],
    );
    for (const instant of [-1, 0, 0.5 * hourMs, 23.5 * hourMs, 24 * hourMs, 99 * hourMs]) {
      assert.equal(sidesOf(instant, hours(24), 24), undefined, String(instant));
    }
  });

  it('have the same number of whole intervals, all known, and the mark between them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(23, 24, 25), { maxLength: 40 }),
        fc.double({ min: -50, max: 1100, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (lengths, at, most) => {
          const begins: number[] = [];
          const ends: number[] = [];
          let last = 0;
          for (const length of lengths) {
            begins.push(last);
            ends.push((last += length * hourMs));
          }
          const instant = at * hourMs;
          const sides = sidesOf(instant, { begins, ends }, most);
          if (!sides) return;
          const { before, after, count, between } = sides;
          assert.ok(count >= 1 && count <= most);
          assert.ok(before.end <= instant && after.begin >= instant);
          for (const { begin, end } of [before, after]) {
            assert.equal(ends.indexOf(end) - begins.indexOf(begin) + 1, count);
          }
          assert.deepEqual(between, before.end === after.begin ? undefined : { begin: before.end, end: after.begin });
        },
      ),
    );
  });
});
