import assert from 'node:assert/strict';
import { RepeatedLines } from '../../../src/util/repeatedLines';
import { closeAll } from '../../../src/process/closeAll';
import { exceptionLogger, textOf } from '../../../src/process/uncaughtErrors';

describe('The last defence', () => {
  it('logs an exception with its place in one line, and a flood of them with its number', () => {
    const lines: string[] = [];
    const summaries: string[] = [];
    const repeated = new RepeatedLines({ write: (line) => lines.push(line) });
    const take = exceptionLogger({ log: repeated.add, onException: (summary) => summaries.push(summary) });
    for (let i = 0; i < 1_000; i++) take(new TypeError(`odd ${i}`));
    take(new Error('another one'));
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^unexpected error, going on all the same: TypeError: odd 0 at .*lastDefence\.test/);
    assert.match(lines[1]!, /^unexpected error, going on all the same: Error: another one at /);
    assert.equal(summaries.length, 1_001);
    assert.equal(summaries[999], 'TypeError: odd 999');
    repeated.close();
    assert.match(lines[2]!, /^999 more like this before the end: unexpected error, .*: TypeError: odd 999 at /);
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
