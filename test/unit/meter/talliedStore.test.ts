/** What windows are told of the store: each thing that it took in, once it can be read. */
import assert from 'node:assert/strict';
import { Tally } from '../../../src/meter/tally';
import { TalliedStore } from '../../../src/meter/talliedStore';
import type { MeterStore } from '../../../src/server/meter/meterStore';
import { cleanUp, flowId, newFile, open, present } from '../server/meter/meterHarness';

describe('The store under the meter’s eye', () => {
  let tally: Tally;
  let store: MeterStore;
  /** The flow's newest moment after each change that windows are told of. */
  let told: (number | undefined)[];

  beforeEach(async () => {
    tally = new Tally();
    const file = newFile();
    store = new TalliedStore(open({ file }), 'UTC', file, tally);
    told = [];
    tally.onChange = () => told.push(tally.flows.find(({ id }) => id === flowId)?.lastEventAt);
    await store.putFlow({ id: flowId, name: 'Booking', upstream: 'http://127.0.0.1:3000/flow' });
  });

  afterEach(cleanUp);

  it('tells a change of status as news of its flow, and no name or address', async () => {
    assert.deepEqual(told, []);
    const from = Date.now();
    await store.putFlow({ id: flowId, status: 'BLOCKED' });
    assert.equal(told.length, 1);
    assert.ok(told[0]! >= from);
    assert.equal((await store.readFlow(flowId))?.fields.status, 'BLOCKED');
  });

  it('tells alert and status apart, however fast one follows the other', async () => {
    for (let i = 0; i < 20; i++) {
      const id = String(i);
      await Promise.all([
        store.recordAlert({ id, flowId, type: 'FLOW_STATUS_CHANGE', state: 'ACTIVATED', time: present, text: '' }),
        store.putFlow({ id: flowId, status: i % 2 ? 'PUBLISHED' : 'BLOCKED' }),
      ]);
    }
    assert.equal(told.length, 40);
    assert.equal(new Set(told).size, 40);
  });

  it('tells nothing of what could not be stored', async () => {
    await store.close();
    await assert.rejects(store.putFlow({ id: flowId, status: 'BLOCKED' }));
    assert.deepEqual(told, []);
  });
});
