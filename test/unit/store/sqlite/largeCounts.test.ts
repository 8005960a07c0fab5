/** A flow with more requests than 32 bits count: its percentiles are those of any other. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { dayMs } from '../../../../src/contract/calendar';
import { addEncoded, encode, newHistogram, percentilesOf } from '../../../../src/store/latencyHistogram';
import { rollups } from '../../../../src/store/rollups';
import { cleanUp, event, failure, flowId, newFile, open, present } from './storeFixture';

const span = { begin: present - dayMs, end: present + 1 };

/** Puts so many requests of 100 ms beside those that the flow has, in every stored length of time. */
async function crowd(file: string, count: number): Promise<void> {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  const { key } = database.prepare('SELECT key FROM flows WHERE id = ?').get(flowId) as { key: number };
  for (const level of rollups.keys()) {
    const rows = database
      .prepare('SELECT begin, histogram FROM latencies WHERE flow = ? AND level = ?')
      .all(key, level);
    for (const { begin, histogram } of rows as { begin: number; histogram: Uint8Array }[]) {
      const crowded = newHistogram();
      addEncoded(crowded, histogram);
      crowded.recordValueWithCount(100, count);
      database
        .prepare('UPDATE latencies SET histogram = ? WHERE flow = ? AND level = ? AND begin = ?')
        .run(encode(crowded), key, level, begin);
      database
        .prepare(
          'UPDATE buckets SET requests = requests + ?, latency_1 = latency_1 + ? WHERE flow = ? AND level = ? AND begin = ?',
        )
        .run(count, count, key, level, begin);
    }
  }
  database.close();
}

describe('counts beyond 32 bits', () => {
  afterEach(cleanUp);

  it('of a period that sums up several hours leave its percentiles what they are', async () => {
    const file = newFile();
    const store = await open({ file, zone: 'UTC' });
    for (const hours of [1, 2, 3, 4, 5])
      await store.record([event({ time: present - hours * 3_600_000, milliseconds: 900 })]);
    await crowd(file, 2 ** 30);
    const { period, p50 } = await store.readMilliseconds({ flowId, granularity: 'HOUR', span });
    assert.deepEqual([...p50], [100, 100, 100, 100, 100]);
    assert.deepEqual(period, { p50: 100, p90: 100, p99: 100, count: 5 * (2 ** 30 + 1) });
  });

  it('of one class go on being counted, and are written down', async () => {
    const file = newFile();
    const store = await open({ file, zone: 'UTC' });
    await store.record([event({ milliseconds: 900 })]);
    await crowd(file, 2 ** 32 - 1);
    await store.record([event({ milliseconds: 100 }), event({ milliseconds: 100 })]);
    const { period } = await store.readMilliseconds({ flowId, granularity: 'DAY', span });
    assert.deepEqual(period, { p50: 100, p90: 100, p99: 100, count: 2 ** 32 + 2 });
    const { columns } = await store.readSeries({
      ...{ flowId, granularity: 'DAY', span },
      metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    });
    assert.equal(columns[0]!.values[0], 2 ** 32 + 2);
  });

  it('are exact up to 2^53, and told to be too large beyond', async () => {
    const half = newHistogram();
    half.recordValueWithCount(100, 2 ** 52);
    const bytes = encode(half);
    const sum = newHistogram();
    addEncoded(sum, bytes);
    assert.equal(percentilesOf(sum)?.count, 2 ** 52);
    assert.throws(() => addEncoded(sum, bytes), RangeError);
    const file = newFile();
    const store = await open({ file, zone: 'UTC' });
    for (const hours of [1, 2]) await store.record([event({ time: present - hours * 3_600_000 })]);
    await crowd(file, 2 ** 52);
    assert.equal((await failure(store.readMilliseconds({ flowId, granularity: 'HOUR', span }))).kind, 'tooLarge');
  });
});
