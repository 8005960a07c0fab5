import assert from 'node:assert/strict';
import { closeAll } from '../../../src/process/closeAll';
import { exceptionLogger, textOf } from '../../../src/process/lastDefence';

describe('The last defence', () => {
  it('logs an exception with its place in one line, and a flood of them with its number', () => {
    const lines: string[] = [];
    const summaries: string[] = [];
    let time = 0;
    const take = exceptionLogger({
      log: (line) => lines.push(line),
      onException: (summary) => summaries.push(summary),
      monotonic: () => time,
    });
    for (let i = 0; i < 1_000; i++) take(new TypeError(`odd ${i}`));
    assert.equal(lines.length, 10);
    assert.match(lines[0]!, /^unexpected error, going on all the same: TypeError: odd 0 at .*lastDefence\.test/);
    assert.equal(summaries.length, 1_000);
    assert.equal(summaries[999], 'TypeError: odd 999');
    time = 60_000;
    take(new Error('later'));
    assert.deepEqual(lines.slice(10, 11), ['990 further unexpected errors came in the minute before']);
    assert.match(lines[11]!, /Error: later/);
  });

  it('writes down whatever can be thrown', () => {
    const silent = new Error('x');
    Object.defineProperty(silent, 'stack', {
      get: () => {
        throw new Error('no stack');
      },
    });
    for (const value of [undefined, null, 'text', 1n, Symbol('s'), {}, Object.create(null), silent, new Error('')]) {
      assert.equal(typeof textOf(value), 'string');
    }
    assert.ok(textOf(new Error('x'.repeat(1_000_000))).length <= 1_000);
  });

  it('closes each part, whatever becomes of those before', async () => {
    const closed: string[] = [];
    const told: unknown[] = [];
    const parts = [
      (): void => void closed.push('a'),
      (): void => {
        throw new Error('b');
      },
      (): Promise<void> => Promise.reject(new Error('c')),
      async (): Promise<void> => void closed.push(await Promise.resolve('d')),
    ];
    assert.equal(await closeAll(parts, (error) => told.push((error as Error).message)), false);
    assert.deepEqual(closed, ['a', 'd']);
    assert.deepEqual(told, ['b', 'c']);
    assert.equal(await closeAll([], () => undefined), true);
  });
});
