import assert from 'node:assert/strict';
import { RepeatedLines, withoutDetails } from '../../../src/util/repeatedLines';

const minute = 60_000;

/** Timers that run when they are told to. */
class HandTimers {
  private now = 0;
  private timers: { readonly at: number; readonly callback: () => void }[] = [];

  get waiting(): number {
    return this.timers.length;
  }

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.now + ms, callback };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  };

  advance(ms: number): void {
    this.now += ms;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { callback } of due) callback();
  }
}

describe('Lines that come again and again', () => {
  let timers: HandTimers;
  let written: string[];
  let lines: RepeatedLines;

  beforeEach(() => {
    timers = new HandTimers();
    written = [];
    lines = new RepeatedLines({ write: (line) => written.push(line), after: timers.after });
  });

  it('are written once, and counted once a minute for as long as they come', () => {
    for (let i = 0; i < 2_000; i++) lines.add('refused');
    assert.deepEqual(written.splice(0), ['refused']);
    timers.advance(minute - 1);
    assert.deepEqual(written, []);
    timers.advance(1);
    assert.deepEqual(written.splice(0), ['1999 more like this in the last minute: refused']);
    lines.add('refused');
    assert.deepEqual(written, []);
    timers.advance(minute);
    assert.deepEqual(written.splice(0), ['1 more like this in the last minute: refused']);
    // A minute without any, and the next one is news again.
    timers.advance(minute);
    assert.equal(timers.waiting, 0);
    lines.add('refused');
    assert.deepEqual(written, ['refused']);
  });

  it('are told by their cause, whatever details they have, with those of the newest', () => {
    lines.add('flow 1 is unknown', 'unknown');
    lines.add('flow 2 is unknown', 'unknown');
    lines.add('another thing');
    lines.add('flow 3 is unknown', 'unknown');
    timers.advance(minute);
    assert.deepEqual(written, [
      'flow 1 is unknown',
      'another thing',
      '2 more like this in the last minute: flow 3 is unknown',
    ]);
    assert.equal(withoutDetails('event "A" of flow 12'), withoutDetails('event "B, too" of flow 345'));
    assert.notEqual(withoutDetails('event "A" of flow 12'), withoutDetails('event "A" without a flow'));
  });

  it('are told at the end as far as they were not yet, and leave no timer', () => {
    lines.add('one');
    for (let i = 0; i < 3; i++) lines.add('two');
    lines.close();
    assert.deepEqual(written.splice(0), ['one', 'two', '2 more like this before the end: two']);
    assert.equal(timers.waiting, 0);
    lines.close();
    assert.deepEqual(written, []);
  });

  it('take no memory without end where each has a cause of its own', () => {
    for (let i = 0; i < 5_000; i++) lines.add(`line ${i}`);
    assert.equal(written.length, 1_001);
    assert.ok(timers.waiting <= 1_001);
    lines.close();
    assert.equal(written.at(-1), '3999 more like this before the end: line 4999');
  });
});
