import assert from 'node:assert/strict';
import { computerClock, elapsedBy, steadyTime } from '../../../src/util/clock';

const hour = 3_600_000;

describe('Time that has passed', () => {
  let wall: number;
  let monotonic: number;
  let elapsed: () => number;
  const pass = (ms: number): void => {
    wall += ms;
    monotonic += ms;
  };

  beforeEach(() => {
    wall = 1_700_000_000_000;
    monotonic = 5_000;
    elapsed = steadyTime(
      () => wall,
      () => monotonic,
    );
  });

  it('goes on as before while the clock is set back', () => {
    const begun = elapsed();
    wall -= 2 * hour;
    assert.equal(elapsed() - begun, 0);
    pass(1_000);
    assert.equal(elapsed() - begun, 1_000);
  });

  it('holds the time asleep, in which no other clock than the wall went on', () => {
    const begun = elapsed();
    wall += 9 * hour;
    assert.equal(elapsed() - begun, 9 * hour);
    // Also after the clock was set back.
    wall -= 2 * hour;
    elapsed();
    wall += hour;
    assert.equal(elapsed() - begun, 10 * hour);
  });

  it('counts sleep once where the system counts it too', () => {
    const begun = elapsed();
    pass(9 * hour);
    assert.equal(elapsed() - begun, 9 * hour);
  });

  it('is not hurried by a wall clock of whole milliseconds, however often it is asked', () => {
    const begun = elapsed();
    for (let i = 1; i <= 10_000; i++) {
      monotonic += 0.3;
      wall = 1_700_000_000_000 + Math.ceil(i * 0.3);
      elapsed();
    }
    assert.ok(Math.abs(elapsed() - begun - 3_000) < 1e-6);
  });

  it('never goes back, and is the only reading of a clock that has no other', () => {
    let last = computerClock.elapsed();
    for (let i = 0; i < 1_000; i++) {
      const next = elapsedBy(computerClock);
      assert.ok(next >= last);
      last = next;
    }
    assert.equal(elapsedBy({ now: () => 7 }), 7);
  });
});
