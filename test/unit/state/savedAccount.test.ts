import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Account } from '../../../src/domain/account';
import type { MetricSeries } from '../../../src/contract/metric';
import { planWindow } from '../../../src/domain/windows';
import { packedBytes, packSeries, unpackSeries } from '../../../src/state/packedSeries';
import { rowQueries } from '../../../src/domain/queryPlans';
import { headBytes } from '../../../src/state/packedFile';
import { packAccount, unpackAccount, type SavedAccount } from '../../../src/state/savedAccount';
import { publishedFlow, seriesFor } from './scriptedClient';
import type { FlowRecord } from '../../../src/state/flowLoads';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const now = Date.parse('2026-03-12T14:30:00Z');

/** A month of hours of the four metrics that rows ask. */
function record(id: string): FlowRecord {
  const flow = publishedFlow(id, {
    endpointUri: null,
    health: {
      canSendMessage: 'LIMITED',
      entities: [{ entityType: 'FLOW', id, canSendMessage: 'LIMITED', notes: ['“slow” — look', 'again'] }],
    },
    businessAccount: { id: '1', name: 'Shop' },
  });
  const plan = planWindow('24h', now, 'UTC');
  const loads = Object.fromEntries(
    rowQueries({ ...flow, endpointUri: 'https://example.com' }, plan).map((query) => {
      const value = seriesFor(query, now);
      for (const { values } of value.columns) values.forEach((one, i) => (values[i] = one && one * 3 + (i % 50)));
      return [query.metric, { state: 'ready' as const, value, fetchedAt: now }];
    }),
  );
  return { flow, reading: { plan, loads }, attemptedAt: now };
}

function saved(records: readonly FlowRecord[]): SavedAccount {
  const info = { zone: 'UTC', store: 'demo', minRequests: 250, version: '1.2.3', clock: now };
  return { window: '24h', listedAt: now, fetchedAt: now + 1, servedVersion: 'v26.0', info, records };
}

/** What is written before the columns, as somebody may have changed it. */
interface Head {
  window: unknown;
  listedAt: unknown;
  fetchedAt: unknown;
  limitedTo: unknown;
  info?: Record<string, unknown>;
  readonly flows: readonly {
    attemptedAt: unknown;
    readonly plan: Record<string, unknown>;
    readonly loads: readonly { metric: unknown; at: unknown; readonly series: Record<string, unknown> }[];
  }[];
}

/** The file with another head, and the sum that belongs to it. */
function sealed(bytes: Buffer, change: (head: Head) => void): Buffer {
  const length = bytes.readUInt32LE(8);
  const head = JSON.parse(bytes.toString('utf8', headBytes, headBytes + length)) as Head;
  change(head);
  const text = Buffer.from(JSON.stringify(head));
  const body = Buffer.concat([text, bytes.subarray(headBytes + length)]);
  const start = Buffer.from(bytes.subarray(0, headBytes));
  start.writeUInt32LE(text.length, 8);
  start.writeUInt32LE(crc32(body), 12);
  return Buffer.concat([start, body]);
}

describe('packed series', () => {
  const values = fc.oneof(
    fc.nat({ max: 255 }),
    fc.nat({ max: 70_000 }),
    fc.nat(),
    fc.double({ min: 0, max: 1e300, noNaN: true, noDefaultInfinity: true }),
  );

  it('come back as they were, whatever their values and gaps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 1e9 }), values, values), { maxLength: 60 }),
        fc.integer({ min: -1e12, max: 2e12 }),
        fc.constantFrom('HOUR', 'DAY'),
        (points, first, granularity) => {
          let begin = first;
          const series: MetricSeries = {
            metric: 'ENDPOINT_REQUEST_ERROR',
            granularity,
            begins: Float64Array.from(points, ([step]) => (begin += step)),
            columns: [
              { key: 'timeout_error', values: Float64Array.from(points, ([, one]) => one) },
              { key: '__proto__', values: Float64Array.from(points, ([, , one]) => one) },
            ],
          };
          const parts: Uint8Array[] = [Buffer.from('odd')];
          const packed = JSON.parse(JSON.stringify(packSeries(series, parts)));
          const source = packedBytes(Buffer.concat(parts), 3);
          assert.deepEqual(unpackSeries(series.metric, granularity, packed, source), series);
          assert.equal(source.offset, source.bytes.length);
        },
      ),
    );
  });
});

describe('A saved account', () => {
  it('comes back as it was', async () => {
    const account = saved([record('11'), { flow: publishedFlow('12') }]);
    assert.deepEqual(await unpackAccount(shop, await packAccount(shop, account)), account);
  });

  it('knows that there are more flows than it holds', async () => {
    const account = { ...saved([]), limitedTo: 10_000 };
    assert.deepEqual(await unpackAccount(shop, await packAccount(shop, account)), account);
  });

  it('is none where a series says that it is longer than any, or has more columns than any', async () => {
    const bytes = async (count: number, columns: number): Promise<Buffer> => {
      const flow = record('11');
      const [metric] = Object.keys(flow.reading!.loads) as ['ENDPOINT_REQUEST_COUNT'];
      const values = new Float64Array(count);
      const series: MetricSeries = {
        ...flow.reading!.loads[metric]!.value!,
        begins: values.map((_, i) => now + i * 3_600_000),
        columns: Array.from({ length: columns }, (_, i) => ({ key: `key${i}`, values })),
      };
      const loads = { [metric]: { state: 'ready' as const, value: series, fetchedAt: now } };
      return packAccount(shop, saved([{ ...flow, reading: { plan: flow.reading!.plan, loads } }]));
    };
    assert.ok(await unpackAccount(shop, await bytes(2000, 100)));
    assert.equal(await unpackAccount(shop, await bytes(2001, 1)), undefined);
    assert.equal(await unpackAccount(shop, await bytes(1, 101)), undefined);
  });

  const wrong: Readonly<Record<string, (head: Head) => void>> = {
    'another window': (head) => (head.window = 'constructor'),
    'a list read at no time': (head) => (head.listedAt = 'x'),
    'a list read in the year 275760': (head) => (head.listedAt = 8.64e15),
    'figures fetched at no time': (head) => (head.fetchedAt = {}),
    'a limit that is no count': (head) => (head.limitedTo = -1.5),
    'a server whose clock stands in the year 275760': (head) => (head.info!.clock = '+275760-09-13T00:00:00.000Z'),
    'a flow asked at no time': ({ flows: [flow] }) => (flow!.attemptedAt = 'x'),
    'a plan of another window': ({ flows: [flow] }) => (flow!.plan.window = '1s'),
    'a plan of other intervals': ({ flows: [flow] }) => (flow!.plan.granularity = 'MINUTE'),
    'a plan of a milliard of intervals': ({ flows: [flow] }) => (flow!.plan.intervals = 1e9),
    'a plan from no day on': ({ flows: [flow] }) => (flow!.plan.since = '2026-99-99'),
    'a metric that is none': ({ flows: [flow] }) => (flow!.loads[0]!.metric = 'constructor'),
    'a metric by its place': ({ flows: [flow] }) => (flow!.loads[0]!.metric = 0),
    'an answer of no time': ({ flows: [flow] }) => (flow!.loads[0]!.at = 'x'),
    'intervals from no time on': ({ flows: [flow] }) => (flow!.loads[0]!.series.first = null),
    'intervals that go back': ({ flows: [flow] }) => (flow!.loads[0]!.series.steps = -3_600_000),
    'intervals that stand still': ({ flows: [flow] }) => (flow!.loads[0]!.series.steps = 0),
    'columns of what every object has': ({ flows: [flow] }) => (flow!.loads[0]!.series.columns = [['', 'constructor']]),
  };
  for (const [what, change] of Object.entries(wrong)) {
    it(`is none where it tells of ${what}`, async () => {
      const bytes = await packAccount(shop, saved([record('11')]));
      assert.ok(
        await unpackAccount(
          shop,
          sealed(bytes, () => undefined),
        ),
      );
      assert.equal(await unpackAccount(shop, sealed(bytes, change)), undefined);
    });
  }

  it('takes less than a sixth of what its columns take in memory', async () => {
    const records = Array.from({ length: 100 }, (_, i) => record(String(i)));
    const bytes = (await packAccount(shop, saved(records))).length;
    const columns = records.flatMap(({ reading }) => Object.values(reading!.loads).map(({ value }) => value!));
    const inMemory = columns.reduce((sum, one) => sum + 8 * one.begins.length * (1 + one.columns.length), 0);
    assert.ok(bytes < inMemory / 6, `${bytes} of ${inMemory} bytes`);
  });

  it('comes back with one copy of the hours and of each column of one value, for all flows', async () => {
    const plan = planWindow('24h', now, 'UTC');
    const records = ['11', '12'].map((id): FlowRecord => {
      const loads = rowQueries(publishedFlow(id), plan).map((query) => {
        return [query.metric, { state: 'ready' as const, value: seriesFor(query, now), fetchedAt: now }] as const;
      });
      return { flow: publishedFlow(id), reading: { plan, loads: Object.fromEntries(loads) }, attemptedAt: now };
    });
    const back = (await unpackAccount(shop, await packAccount(shop, saved(records))))!.records;
    assert.deepEqual(back, records);
    const all = back.flatMap(({ reading }) => Object.values(reading!.loads).map(({ value }) => value!));
    assert.equal(new Set(all.map(({ begins }) => begins)).size, 1);
    const columns = all.flatMap(({ columns: own }) => own.map(({ values }) => values));
    assert.equal(new Set(columns).size, new Set(columns.map(([first]) => first)).size);
  });

  it('keeps all flows and the figures that fit', async () => {
    const records = Array.from({ length: 100 }, (_, i) => record(String(i)));
    const bytes = await packAccount(shop, saved(records), 200_000);
    assert.ok(bytes.length < 250_000, `${bytes.length} bytes`);
    const back = (await unpackAccount(shop, bytes))!.records;
    assert.deepEqual(
      back.map(({ flow }) => flow),
      records.map(({ flow }) => flow),
    );
    const kept = back.filter(({ reading }) => reading).length;
    assert.ok(kept > 10 && kept < 100, `${kept} flows with figures`);
  });

  it('is none where any byte has changed, or bytes are missing', async () => {
    const bytes = await packAccount(shop, saved([record('11')]));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= change;
        assert.equal(await unpackAccount(shop, damaged), undefined);
        assert.equal(await unpackAccount(shop, bytes.subarray(0, at)), undefined);
      }),
    );
  });

  it('is of one account only', async () => {
    const bytes = await packAccount(shop, saved([]));
    assert.ok(await unpackAccount({ ...shop }, bytes));
    assert.equal(await unpackAccount({ ...shop, baseUrl: 'https://example.com' }, bytes), undefined);
  });
});
