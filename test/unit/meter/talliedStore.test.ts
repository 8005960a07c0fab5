/** What windows are told of the store: each thing that it took in, once it can be read. */
import assert from 'node:assert/strict';
import { EventCounts } from '../../../src/meter/eventCounts';
import { TalliedStore } from '../../../src/meter/talliedStore';
import type { MeterStore } from '../../../src/store/meterStore';
import { cleanUp, flowId, newFile, notice, open } from '../store/sqlite/meterHarness';

describe('The store under the meter’s eye', () => {
  let tally: EventCounts;
  let store: MeterStore;
  /** The flow's newest moment after each change that windows are told of. */
  let told: (number | undefined)[];

  beforeEach(async () => {
    tally = new EventCounts();
    const file = newFile();
    store = new TalliedStore(open({ file }), 'UTC', file, tally);
    told = [];
    tally.onChange = () => told.push(tally.flows.find(({ id }) => id === flowId)?.lastEventAt);
    await store.putFlow({ id: flowId, name: 'Booking', upstream: 'http://127.0.0.1:3000/flow' });
  });

  afterEach(cleanUp);

  it('tells what Meta says as news of its flow, each once, and no name or address', async () => {
    assert.deepEqual(told, []);
    const from = Date.now();
    const blocked = notice({ type: 'FLOW_STATUS_CHANGE', newStatus: 'BLOCKED' });
    for (let i = 0; i < 2; i++) await store.recordAlerts([blocked, notice({ flowId: '7' })]);
    assert.equal(told.length, 1);
    assert.ok(told[0]! >= from);
    assert.equal((await store.readFlow(flowId))?.fields.status, 'BLOCKED');
  });

  it('tells notices apart, however fast one follows the other', async () => {
    for (let i = 0; i < 20; i++) {
      const status = notice({ type: 'FLOW_STATUS_CHANGE', newStatus: i % 2 ? 'PUBLISHED' : 'BLOCKED' });
      await Promise.all([store.recordAlerts([notice()]), store.recordAlerts([status])]);
    }
    assert.equal(told.length, 40);
    assert.equal(new Set(told).size, 40);
  });

  it('tells nothing of what could not be stored', async () => {
    await store.close();
    await assert.rejects(store.recordAlerts([notice()]));
    assert.deepEqual(told, []);
  });
});
