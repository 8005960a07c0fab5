import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, dateInZone, dayMs, hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import { demoBusinessAccountId } from '../../../src/domain/account';
import { flowStatuses, isGraphId } from '../../../src/contract/flow';
import type { Granularity, MetricName, MetricSeries } from '../../../src/contract/metric';
import { createDemoStore } from '../../../src/store/demo/demoStore';
import { demoFlows } from '../../../src/store/demo/demoFlows';
import { randomOf, roundEvenly } from '../../../src/store/demo/random';
import type { MetricStore } from '../../../src/store/metricStore';
import { flowIds } from '../server/testServer';

const march = Date.parse('2026-03-12T14:18:00Z');

function storeAt(now: number, seed = 1, zone = metaZone): MetricStore {
  return createDemoStore({ seed, now: () => now, zone });
}

function read(
  store: MetricStore,
  flowId: string,
  metric: MetricName,
  granularity: Granularity,
  begin: number,
  end: number,
): Promise<MetricSeries> {
  return store.readSeries({ flowId, metric, granularity, span: { begin, end } });
}

/** All columns of an interval added up. */
function sums(series: MetricSeries): number[] {
  return Array.from(series.begins, (_, i) => series.columns.reduce((sum, { values }) => sum + values[i]!, 0));
}

const anyFlow = fc.constantFrom(...demoFlows.filter(({ traffic }) => traffic).map(({ id }) => id));
const anySeed = fc.integer({ min: 0, max: 0xffff_ffff });
const anyMoment = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2029, 0) });

describe('demo store', () => {
  it('belongs to the demo business account and to no other', async () => {
    const store = storeAt(march);
    const { flows } = (await store.listFlows({ limit: 100 }))!;
    assert.equal(flows.length, demoFlows.length);
    assert.equal(store.businessAccount.id, demoBusinessAccountId);
    assert.equal(await store.listFlows({ limit: 100, from: '1' }), undefined);
    assert.equal(await store.readFlow('1'), undefined);
    assert.ok(flows.length >= 8);
    assert.ok(flows.every(({ id, fields }) => isGraphId(id) && fields.id === id));
    assert.equal(new Set(flows.map(({ id }) => id)).size, flows.length);
    assert.deepEqual(new Set(flows.map(({ fields }) => fields.status)), new Set(flowStatuses));
  });

  it('gives consistent figures for every flow, seed and moment', async () => {
    await fc.assert(
      fc.asyncProperty(anyFlow, anySeed, anyMoment, async (flowId, seed, now) => {
        const store = storeAt(now, seed);
        const span = [now - 3 * dayMs, now + dayMs] as const;
        const [count, error, rate, latency, checks] = await Promise.all([
          read(store, flowId, 'ENDPOINT_REQUEST_COUNT', 'HOUR', ...span),
          read(store, flowId, 'ENDPOINT_REQUEST_ERROR', 'HOUR', ...span),
          read(store, flowId, 'ENDPOINT_REQUEST_ERROR_RATE', 'HOUR', ...span),
          read(store, flowId, 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', 'HOUR', ...span),
          read(store, flowId, 'ENDPOINT_AVAILABILITY', 'HOUR', ...span),
        ]);
        const requests = sums(count);
        const errors = sums(error);
        const successes = sums(latency);
        assert.ok(count.begins.every((begin) => begin % hourMs === 0 && begin < now));
        requests.forEach((number, i) => {
          assert.equal(errors[i]! + successes[i]!, number);
          assert.ok(Number.isInteger(number) && errors[i]! <= number);
          const stated = rate.columns[0]!.values[i]!;
          if (number === 0) assert.ok(Number.isNaN(stated));
          else assert.equal(stated, Number((errors[i]! / number).toPrecision(14)));
        });
        for (const series of [error, latency, checks]) {
          for (const { values } of series.columns) {
            assert.ok(values.every((value) => Number.isInteger(value) && value >= 0));
          }
        }
        assert.ok(sums(checks).every((number) => number > 0 && number <= 12));
      }),
      { numRuns: 60 },
    );
  });

  it('adds up: hours to days to the lifetime, in any zone', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFlow,
        anyMoment,
        fc.constantFrom(metaZone, 'UTC', 'Asia/Kolkata', 'Pacific/Auckland', 'America/St_Johns'),
        async (flowId, now, zone) => {
          const store = storeAt(now, 1, zone);
          const begin = startOfDay(addDays(dateInZone(now, zone), -9), zone);
          for (const metric of ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_AVAILABILITY'] as const) {
            const [hours, days, life] = await Promise.all(
              (['HOUR', 'DAY', 'LIFETIME'] as const).map((granularity) =>
                read(store, flowId, metric, granularity, begin, now),
              ),
            );
            const total = sums(hours!).reduce((a, b) => a + b, 0);
            assert.equal(
              sums(days!).reduce((a, b) => a + b, 0),
              total,
            );
            assert.equal(
              sums(life!).reduce((a, b) => a + b, 0),
              total,
            );
            assert.ok(days!.begins.every((day) => startOfDay(dateInZone(day, zone), zone) === day));
            if (life!.begins.length > 0) assert.equal(life!.begins[0], begin);
            if (metric === 'ENDPOINT_REQUEST_COUNT') {
              assert.equal(await store.countRequests(flowId, { begin, end: now }), total);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never changes the past, and of the running hour figures only grow', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFlow,
        anySeed,
        anyMoment,
        fc.integer({ min: 1, max: 40 * dayMs }),
        async (flowId, seed, now, step) => {
          const span = [now - 2 * dayMs, now + dayMs] as const;
          const metric = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
          const early = await read(storeAt(now, seed), flowId, metric, 'HOUR', ...span);
          const late = await read(storeAt(now + step, seed), flowId, metric, 'HOUR', ...span);
          const running = Math.floor(now / hourMs) * hourMs;
          early.begins.forEach((begin, i) => {
            assert.equal(late.begins[i], begin);
            early.columns.forEach(({ values }, column) => {
              const then = late.columns[column]!.values[i]!;
              assert.ok(begin < running ? then === values[i] : then >= values[i]!);
            });
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('answers the same for the same seed and clock, and otherwise for another seed', async () => {
    const of = (seed: number): Promise<MetricSeries> =>
      read(storeAt(march, seed), flowIds.booking, 'ENDPOINT_REQUEST_COUNT', 'HOUR', march - dayMs, march);
    assert.deepEqual(await of(7), await of(7));
    assert.notDeepEqual(await of(7), await of(8));
  });

  it('has days of 23 and 25 hours where daylight saving time begins and ends', async () => {
    for (const [clock, day, hours] of [
      ['2026-03-12T14:18:00Z', '2026-03-08', 23],
      ['2026-11-10T14:18:00Z', '2026-11-01', 25],
    ] as const) {
      const store = storeAt(Date.parse(clock));
      const begin = startOfDay(day, metaZone);
      const end = startOfDay(addDays(day, 1), metaZone);
      const series = await read(store, flowIds.booking, 'ENDPOINT_REQUEST_COUNT', 'HOUR', begin, end);
      assert.equal(series.begins.length, hours);
      const days = await read(store, flowIds.booking, 'ENDPOINT_REQUEST_COUNT', 'DAY', begin, end);
      assert.deepEqual([...days.begins], [begin]);
    }
  });

  it('gives the first and the worst flow 90 days of data, over 250 requests a day, and checks', async () => {
    for (const clock of ['2026-03-12T14:18:00Z', '2026-11-23T11:00:00Z', '2027-07-04T23:30:00Z']) {
      for (const seed of [1, 2, 3]) {
        const now = Date.parse(clock);
        const store = storeAt(now, seed);
        const begin = startOfDay(addDays(dateInZone(now, metaZone), -90), metaZone);
        const today = startOfDay(dateInZone(now, metaZone), metaZone);
        assert.equal(demoFlows[0]!.id, flowIds.booking);
        for (const flowId of [flowIds.booking, flowIds.delivery, flowIds.blocked]) {
          const days = await read(store, flowId, 'ENDPOINT_REQUEST_COUNT', 'DAY', begin, today);
          assert.equal(days.begins.length, 90);
          assert.ok(
            sums(days).every((requests) => requests > 250),
            `${flowId} ${sums(days).join()}`,
          );
          const checks = await read(store, flowId, 'ENDPOINT_AVAILABILITY', 'DAY', begin, today);
          assert.ok(checks.begins.length >= 80);
        }
      }
    }
  });

  it('has an outage with lost checks, flows without checks and flows without any figures', async () => {
    const store = storeAt(march);
    const begin = march - 30 * dayMs;
    const checks = await read(store, flowIds.delivery, 'ENDPOINT_AVAILABILITY', 'HOUR', begin, march);
    const [succeeded] = checks.columns;
    assert.ok(succeeded!.values.some((value) => value === 0));
    const gaps = [...checks.begins].filter((at, i) => i > 0 && at - checks.begins[i - 1]! > hourMs);
    assert.ok(gaps.length >= 2);
    const unchecked = await read(store, flowIds.unchecked, 'ENDPOINT_AVAILABILITY', 'DAY', begin, march);
    assert.equal(unchecked.begins.length, 0);
    for (const flowId of [flowIds.noEndpoint, flowIds.draft, '42']) {
      assert.equal(await store.firstStoredDay(flowId), undefined);
      assert.equal(await store.countRequests(flowId, { begin, end: march }), 0);
      assert.equal((await read(store, flowId, 'ENDPOINT_REQUEST_COUNT', 'DAY', begin, march)).begins.length, 0);
    }
  });

  it('remembers 180 days', async () => {
    const store = storeAt(march);
    assert.equal(await store.firstStoredDay(flowIds.booking), '2025-09-13');
    const series = await read(store, flowIds.booking, 'ENDPOINT_REQUEST_COUNT', 'DAY', march - 400 * dayMs, march);
    assert.equal(series.begins[0], startOfDay('2025-09-13', metaZone));
  });

  it('generates 90 days of all metrics of a flow in well under a second', async () => {
    const store = storeAt(march);
    const began = performance.now();
    for (const metric of ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'] as const) {
      await read(store, flowIds.newsletter, metric, 'DAY', march - 90 * dayMs, march);
    }
    assert.ok(performance.now() - began < 500);
  });
});

describe('stateless random numbers', () => {
  it('lie from 0 to 1 and fill that range', () => {
    const numbers = Array.from({ length: 10_000 }, (_, i) => randomOf(1, 2, i));
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02);
    assert.equal(new Set(numbers).size > 9_990, true);
  });

  it('round so that neighbours add up to their sum', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 40, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 200 }),
        (value, offset, from, count) => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += roundEvenly(value, offset, from + i);
          assert.ok(Math.abs(sum - count * value) < 3);
        },
      ),
    );
  });
});
