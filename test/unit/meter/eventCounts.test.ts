/** What windows hear of the store: each thing that it took in, once it can be read. */
import assert from 'node:assert/strict';
import { EventCounts } from '../../../src/meter/eventCounts';
import type { MeterStore } from '../../../src/store/meterStore';
import { cleanUp, flowId, newFile, notice, open } from '../store/sqlite/storeFixture';

describe('The counts of the meter', () => {
  let counts: EventCounts;
  let store: MeterStore;
  /** The flow's revision after each change that windows hear of. */
  let revisions: (number | undefined)[];

  beforeEach(async () => {
    counts = new EventCounts();
    const file = newFile();
    store = await open({ file, onAlerts: (flowIds) => counts.takeAlerts(flowIds) });
    revisions = [];
    counts.onChange = () => revisions.push(counts.flows.find(({ id }) => id === flowId)?.revision);
    await store.putFlow({ id: flowId, name: 'Booking', upstream: 'http://127.0.0.1:3000/flow' });
  });

  afterEach(cleanUp);

  it('tells what Meta says as news of its flow, each once, and no name or address', async () => {
    assert.deepEqual(revisions, []);
    const blocked = notice({ type: 'FLOW_STATUS_CHANGE', newStatus: 'BLOCKED' });
    for (let i = 0; i < 2; i++) await store.recordAlerts([blocked, notice({ flowId: '7' })]);
    assert.equal(revisions.length, 1);
    assert.equal(revisions[0], 1);
    assert.equal((await store.readFlow(flowId))?.fields.status, 'BLOCKED');
  });

  it('tells notices apart, however fast one follows the other', async () => {
    for (let i = 0; i < 20; i++) {
      const status = notice({ type: 'FLOW_STATUS_CHANGE', newStatus: i % 2 ? 'PUBLISHED' : 'BLOCKED' });
      await Promise.all([store.recordAlerts([notice()]), store.recordAlerts([status])]);
    }
    assert.equal(revisions.length, 40);
    assert.equal(new Set(revisions).size, 40);
  });

  it('tells nothing of what could not be stored', async () => {
    await store.close();
    await assert.rejects(store.recordAlerts([notice()]));
    assert.deepEqual(revisions, []);
  });
});
