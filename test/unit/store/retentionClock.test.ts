import assert from 'node:assert/strict';
import { retentionClock } from '../../../src/store/retentionClock';

const hour = 3_600_000;

describe('retention clock', () => {
  let wall = 0;
  let passed = 0;
  let clock: () => number;
  beforeEach(() => {
    wall = 1_000_000_000_000;
    passed = 0;
    clock = retentionClock({ now: () => wall, elapsed: () => passed });
  });
  const pass = (ms: number): void => {
    wall += ms;
    passed += ms;
  };

  it('goes with the clock, and follows small corrections', () => {
    pass(5 * hour);
    assert.equal(clock(), wall);
    wall += 30_000;
    assert.equal(clock(), wall);
  });

  it('gives whole milliseconds', () => {
    pass(0.3);
    wall = Math.floor(wall);
    assert.ok(Number.isInteger(clock()));
  });

  it('goes on as before while the clock is wrong', () => {
    clock();
    for (const jump of [48 * hour, -100 * hour]) {
      wall += jump;
      const before = clock();
      pass(hour / 2);
      assert.equal(clock() - before, hour / 2);
    }
    wall += 52 * hour;
    assert.equal(clock(), wall);
  });

  it('follows a clock that keeps its new course for an hour', () => {
    wall += 48 * hour;
    clock();
    pass(hour);
    assert.equal(clock(), wall);
  });
});
