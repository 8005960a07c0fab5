/** Figures against an oracle that is slow and plain: it keeps every event and looks at each by the clock on the wall. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, dateInZone, dayMs, startOfDay, zoneOffset } from '../../../../src/contract/calendar';
import { eventOutcomes, type MeterEvent } from '../../../../src/contract/event';
import {
  granularities,
  latencyKeys,
  metricNames,
  type Granularity,
  type MetricName,
} from '../../../../src/contract/metric';
import { quarterMs } from '../../../../src/store/rollups';
import type { MeterStore } from '../../../../src/store/meterStore';
import { cleanUp, newFile, open } from './storeFixture';

const minuteMs = 60_000;

/** Days on which clocks change, and zones whose hours begin elsewhere. */
const places = [
  ['America/Los_Angeles', '2026-03-08'],
  ['America/Los_Angeles', '2026-11-01'],
  ['Asia/Kolkata', '2026-03-08'],
  ['Asia/Kathmandu', '2026-03-08'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2026-03-08'],
  ['Europe/Berlin', '2026-10-25'],
  ['UTC', '2026-03-08'],
] as const;

/** Begin of the interval: back, minute by minute, to midnight, a full hour, or the moment at which clocks change. */
function beginOf(instant: number, granularity: 'HOUR' | 'DAY', zone: string): number {
  const wall = (minute: number): number => minute + zoneOffset(minute, zone);
  let minute = Math.floor(instant / minuteMs) * minuteMs;
  if (granularity === 'DAY') {
    const date = dateInZone(minute, zone);
    while (dateInZone(minute - minuteMs, zone) === date) minute -= minuteMs;
    return minute;
  }
  while (wall(minute) % 3_600_000 !== 0 && zoneOffset(minute, zone) === zoneOffset(minute - minuteMs, zone)) {
    minute -= minuteMs;
  }
  return minute;
}

/** Value of a metric's key over some events. */
function valueOf(metric: MetricName, key: string, events: readonly MeterEvent[]): number {
  const requests = events.filter(({ outcome }) => !outcome.startsWith('check_'));
  const errors = requests.filter(({ outcome }) => outcome !== 'success');
  switch (metric) {
    case 'ENDPOINT_REQUEST_COUNT':
      return requests.length;
    case 'ENDPOINT_REQUEST_ERROR':
      return errors.filter(({ outcome }) => outcome === key).length;
    case 'ENDPOINT_REQUEST_ERROR_RATE':
      return Number((errors.length / requests.length).toPrecision(14));
    case 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL': {
      const within = (seconds: number): number =>
        requests.filter((one) => one.outcome === 'success' && one.milliseconds! <= seconds * 1000).length;
      const i = latencyKeys.findIndex((name) => name === key);
      const successes = requests.length - errors.length;
      return (key === '10+' ? successes : within(i + 1)) - (i === 0 ? 0 : within(i));
    }
    case 'ENDPOINT_AVAILABILITY':
      return events.filter(({ outcome }) => outcome === `check_${key}`).length;
  }
}

describe('figures of a meter', () => {
  after(cleanUp);

  let flows = 1000;
  for (const [zone, date] of places) {
    it(`are those of the events, around ${date} in ${zone}`, async () => {
      const first = startOfDay(addDays(date, -1), zone);
      const clock = startOfDay(addDays(date, 2), zone) - 7 * minuteMs;
      const store = await open({ file: newFile(), zone, now: () => clock });
      // The house is kept in the background; that the meter runs is known only then.
      await store.putFlow({ id: '1' });
      const anyEvent = fc.record({
        time: fc.oneof(
          fc.integer({ min: first, max: clock }),
          // Around full and half hours, where mistakes would be.
          fc.integer({ min: 0, max: 140 }).map((i) => first + i * 1_800_000 - (i % 2)),
        ),
        outcome: fc.constantFrom(...eventOutcomes, 'success' as const),
        milliseconds: fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.constantFrom(1000, 1000.5, 10_000, 10_001)),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(anyEvent, { maxLength: 30 }), { maxLength: 4 }), async (batches) => {
          const flowId = String(++flows);
          const events: MeterEvent[] = [];
          await Promise.all(
            batches.map((batch, i) => {
              const list = batch
                .filter(({ time }) => time <= clock)
                .map(({ milliseconds, ...one }, j) => ({
                  ...one,
                  id: `${flowId}-${i}-${j}`,
                  flowId,
                  ...(one.outcome === 'success' ? { milliseconds } : {}),
                }));
              events.push(...list);
              return store.record(list);
            }),
          );
          for (const granularity of granularities)
            await compare(store, flowId, events, granularity, first, clock, zone);
        }),
        { numRuns: 12 },
      );
    });
  }

  async function compare(
    store: MeterStore,
    flowId: string,
    events: readonly MeterEvent[],
    granularity: Granularity,
    first: number,
    clock: number,
    zone: string,
  ): Promise<void> {
    const cut = (instant: number): number => (granularity === 'LIFETIME' ? first : beginOf(instant, granularity, zone));
    const groups = new Map<number, MeterEvent[]>();
    for (const event of events) groups.set(cut(event.time), [...(groups.get(cut(event.time)) ?? []), event]);
    const oldest = Math.min(...events.map(({ time }) => Math.floor(time / quarterMs) * quarterMs));
    // The meter runs at the present: nothing happened there is known, too.
    if (oldest <= clock && !groups.has(cut(clock))) groups.set(cut(clock), []);
    const span = { begin: first, end: clock };
    for (const metric of metricNames) {
      const series = await store.readSeries({ flowId, metric, granularity, span });
      const wanted = [...groups]
        .filter(
          ([, list]) => metric !== 'ENDPOINT_AVAILABILITY' || list.some(({ outcome }) => outcome.startsWith('check')),
        )
        .sort(([a], [b]) => a - b);
      assert.deepEqual(
        [...series.begins].map((begin) => new Date(begin).toISOString()),
        wanted.map(([begin]) => new Date(begin).toISOString()),
        `${metric} ${granularity}`,
      );
      for (const { key, values } of series.columns) {
        assert.deepEqual(
          [...values],
          wanted.map(([, list]) => valueOf(metric, key, list)),
          `${metric} ${granularity} ${key}`,
        );
      }
    }
    const requests = events.filter(({ outcome }) => !outcome.startsWith('check'));
    assert.equal(await store.countRequests(flowId, span), requests.length);
    assert.equal(await store.firstStoredDay(flowId), events.length === 0 ? undefined : dateInZone(oldest, zone));
    await comparePercentiles(store, flowId, groups, granularity, span);
  }

  async function comparePercentiles(
    store: MeterStore,
    flowId: string,
    groups: ReadonlyMap<number, readonly MeterEvent[]>,
    granularity: Granularity,
    span: { begin: number; end: number },
  ): Promise<void> {
    const latencies = (events: readonly MeterEvent[]): number[] =>
      events
        .flatMap(({ outcome, milliseconds }) => (outcome === 'success' ? [milliseconds!] : []))
        .sort((a, b) => a - b);
    const wanted = [...groups]
      .map(([begin, events]) => [begin, latencies(events)] as const)
      .filter(([, values]) => values.length > 0)
      .sort(([a], [b]) => a - b);
    const series = await store.readMilliseconds({ flowId, granularity, span });
    assert.deepEqual(
      [...series.begins],
      wanted.map(([begin]) => begin),
    );
    const all = latencies([...groups.values()].flat());
    assert.equal(series.period?.count, all.length === 0 ? undefined : all.length);
    for (const [key, percent] of [
      ['p50', 50],
      ['p90', 90],
      ['p99', 99],
    ] as const) {
      const near = (found: number, values: readonly number[]): void => {
        const exact = values[Math.ceil((percent * values.length) / 100) - 1]!;
        assert.ok(Math.abs(found - exact) <= Math.max(1, exact * 0.01), `${key}: ${found} for ${exact}`);
      };
      wanted.forEach(([, values], i) => near(series[key][i]!, values));
      if (series.period) near(series.period[key], all);
    }
  }

  it('are zero where the meter ran and unknown where it did not', async () => {
    const file = newFile();
    const hour = 3_600_000;
    const begin = Date.parse('2026-03-12T10:00:00Z');
    const runAt = async (instant: number, record: boolean): Promise<void> => {
      const store = await open({ file, zone: 'UTC', now: () => instant });
      if (record) await store.record([{ id: `at-${instant}`, flowId: '5', time: instant, outcome: 'timeout_error' }]);
      await store.close();
    };
    await runAt(begin - hour, false);
    await runAt(begin, true);
    await runAt(begin + 2 * hour, false);
    await runAt(begin + 4 * hour, true);
    const store = await open({ file, zone: 'UTC', now: () => begin + 5 * hour });
    const span = { begin: begin - dayMs, end: begin + 5 * hour };
    const read = async (metric: MetricName) => {
      const { begins, columns } = await store.readSeries({ flowId: '5', metric, granularity: 'HOUR', span });
      return [[...begins].map((instant) => (instant - begin) / hour), [...columns[0]!.values]];
    };
    assert.deepEqual(await read('ENDPOINT_REQUEST_COUNT'), [
      [0, 2, 4],
      [1, 0, 1],
    ]);
    assert.deepEqual(await read('ENDPOINT_REQUEST_ERROR_RATE'), [
      [0, 2, 4],
      [1, NaN, 1],
    ]);
    assert.deepEqual(await read('ENDPOINT_AVAILABILITY'), [[], []]);
  });
});
