import assert from 'node:assert/strict';
import type { MeterEvent } from '../../../src/contract/event';
import { StoreQueue } from '../../../src/recorder/storeQueue';
import { MeterError } from '../../../src/store/meterStore';

function event(id: string): MeterEvent {
  return { id, flowId: '1', time: 1, outcome: 'success', milliseconds: 1 };
}

/** Lets everything run that is ready to. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('The queue before the store', () => {
  it('writes together what comes together, in its order', async () => {
    const written: string[][] = [];
    const queue = new StoreQueue({ record: async (events) => written.push(events.map(({ id }) => id)) });
    for (const id of ['a', 'b', 'c']) queue.push(event(id));
    await turn();
    queue.push(event('d'));
    await turn();
    assert.deepEqual(written, [['a', 'b', 'c'], ['d']]);
    assert.equal(queue.waiting, 0);
    assert.equal(queue.losses, 0);
  });

  it('holds what the store cannot take yet, up to its capacity, and counts the rest as lost', async () => {
    const written: string[] = [];
    let broken = true;
    const queue = new StoreQueue({
      capacity: 3,
      retryMs: 1,
      record: async (events) => {
        if (broken) throw new MeterError('notWritable', 'The disk is full.');
        written.push(...events.map(({ id }) => id));
      },
    });
    for (const id of ['a', 'b', 'c', 'd', 'e']) queue.push(event(id));
    assert.equal(queue.losses, 2);
    await turn();
    assert.equal(queue.waiting, 3);
    broken = false;
    await queue.close();
    assert.deepEqual(written, ['a', 'b', 'c']);
    assert.equal(queue.losses, 2);
  });

  it('leaves out an event that cannot be counted, and keeps the others', async () => {
    const written: string[] = [];
    const queue = new StoreQueue({
      record: async (events) => {
        const index = events.findIndex(({ id }) => id === 'bad');
        if (index >= 0) throw new MeterError('refused', 'Too old.', index);
        written.push(...events.map(({ id }) => id));
      },
    });
    for (const id of ['a', 'bad', 'b']) queue.push(event(id));
    await queue.close();
    assert.deepEqual(written, ['a', 'b']);
    assert.equal(queue.losses, 1);
  });

  it('takes nothing more once it closes, and counts what a dead store kept it from writing', async () => {
    const queue = new StoreQueue({ record: () => new Promise(() => undefined) });
    queue.push(event('a'));
    await turn();
    await queue.close(5);
    queue.push(event('b'));
    assert.equal(queue.losses, 2);
    assert.equal(queue.waiting, 0);
  });
});
