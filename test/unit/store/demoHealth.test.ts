import assert from 'node:assert/strict';
import { hourMs, metaZone } from '../../../src/contract/calendar';
import { metricNames, type MetricName, type MetricSeries } from '../../../src/contract/metric';
import { forecastsOf } from '../../../src/domain/forecast';
import type { FlowFigures } from '../../../src/domain/model';
import { createDemoStore } from '../../../src/store/demo/demoStore';
import { thresholds } from '../state/thresholds';
import { flowIds } from '../server/testServer';

type Level = 'healthy' | 'attention' | 'warning' | 'critical' | 'unknown';
const order: readonly Level[] = ['unknown', 'healthy', 'attention', 'warning', 'critical'];

/** All hours that a test needs, read once; a span is then a sum over indices. */
interface Hours {
  readonly requests: Float64Array;
  readonly errors: Float64Array;
  /** Successful requests by bucket. */
  readonly latency: readonly Float64Array[];
  readonly succeeded: Float64Array;
  readonly failed: Float64Array;
}

const begin = Date.parse('2026-01-01T00:00:00Z');
const zero = Float64Array.of();

async function hoursOf(flowId: string, seed: number, from: number, count: number): Promise<Hours> {
  const end = from + count * hourMs;
  const store = createDemoStore({ seed, now: () => end, zone: metaZone });
  const read = async (metric: MetricName): Promise<Float64Array[]> => {
    const series: MetricSeries = await store.readSeries({
      flowId,
      metric,
      granularity: 'HOUR',
      span: { begin: from, end },
    });
    return series.columns.map(({ values }) => {
      const column = new Float64Array(count);
      values.forEach((value, i) => (column[(series.begins[i]! - from) / hourMs] = value));
      return column;
    });
  };
  const [requests = zero] = await read('ENDPOINT_REQUEST_COUNT');
  const errorColumns = await read('ENDPOINT_REQUEST_ERROR');
  const [succeeded = zero, failed = zero] = await read('ENDPOINT_AVAILABILITY');
  return {
    requests,
    errors: requests.map((_, i) => errorColumns.reduce((sum, column) => sum + column[i]!, 0)),
    latency: await read('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'),
    succeeded,
    failed,
  };
}

/** The level of the hours before `end`, by the default thresholds and nothing else, slowly and plainly. */
function levelOf(hours: Hours, end: number, length: number): Level {
  const sum = (column: Float64Array): number => column.subarray(end - length, end).reduce((a, b) => a + b, 0);
  const levels: Level[] = [];
  const requests = sum(hours.requests);
  const percent = (100 * sum(hours.errors)) / requests;
  if (requests >= 20) {
    levels.push(percent > 50 ? 'critical' : percent > 10 ? 'warning' : percent > 5 ? 'attention' : 'healthy');
  }
  const buckets = hours.latency.map(sum);
  const measured = buckets.reduce((a, b) => a + b, 0);
  let passed = 0;
  const p90 = buckets.findIndex((count) => 10 * (passed += count) >= 9 * measured) + 1;
  if (measured >= 20) {
    levels.push(p90 > 7 ? 'critical' : p90 > 5 ? 'warning' : p90 > 1 ? 'attention' : 'healthy');
  }
  const [succeeded, failed] = [sum(hours.succeeded), sum(hours.failed)];
  if (succeeded + failed >= 10) levels.push(succeeded / (succeeded + failed) < 0.9 ? 'critical' : 'healthy');
  return levels.reduce((worst, level) => (order.indexOf(level) > order.indexOf(worst) ? level : worst), 'unknown');
}

/** What is judged at each full hour of 28 days or more: the worse of the last 3 and the last 24 complete hours. */
async function levelsOverTime(
  flowId: string,
  seed: number,
  from: number,
  count: number,
  window = 24,
): Promise<Set<Level>> {
  const hours = await hoursOf(flowId, seed, from, count);
  const levels = new Set<Level>();
  for (let end = window; end <= count; end++) {
    const spans = [levelOf(hours, end, 3), levelOf(hours, end, window)];
    levels.add(spans.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a)));
  }
  return levels;
}

describe('health of the demo flows', function () {
  this.timeout(60_000);

  // A whole round of every cycle, from midwinter on; the second half of the year lies 140 days later.
  const starts = [begin, Date.parse('2026-06-20T00:00:00Z')];
  const designed: readonly (readonly [string, Level, number])[] = [
    [flowIds.booking, 'warning', 24],
    [flowIds.newsletter, 'healthy', 24],
    [flowIds.delivery, 'critical', 24],
    [flowIds.loan, 'attention', 24],
    [flowIds.unchecked, 'healthy', 24],
    [flowIds.few, 'healthy', 7 * 24],
  ];
  for (const [flowId, level, window] of designed) {
    it(`is ${level} at every hour for ${flowId}`, async () => {
      for (const seed of [1, 2, 3, 4, 42]) {
        for (const from of starts) {
          const levels = await levelsOverTime(flowId, seed, from, 100 * 24, window);
          assert.deepEqual([...levels], [level], `seed ${seed}`);
        }
      }
    });
  }

  it('stays below what Meta says for the throttled and the blocked flow', async () => {
    for (const from of starts) {
      assert.ok(!(await levelsOverTime(flowIds.throttled, 1, from, 100 * 24)).has('critical'));
      assert.ok(!(await levelsOverTime(flowIds.blocked, 1, from, 100 * 24)).has('healthy'));
    }
  });

  it('shows, in each 30 days, error rates that cross 5 and 10 percent and a p90 that climbs over days', async () => {
    const hours = await hoursOf(flowIds.booking, 1, begin, 58 * 24);
    for (let day = 30; day <= 58; day++) {
      const levels = new Set<number>();
      for (let back = 0; back < 30; back++) {
        const at = (day - back) * 24;
        const sum = (column: Float64Array): number => column.subarray(at - 24, at).reduce((a, b) => a + b, 0);
        levels.add(Math.floor((20 * sum(hours.errors)) / sum(hours.requests)));
      }
      assert.ok(levels.has(0) && levels.has(2), `day ${day}`);
    }
  });

  it('shows much of the time that a flow comes closer to its next level', async () => {
    const seen: string[] = [];
    let moments = 0;
    for (let now = begin + 5 * 60_000; now < begin + 40 * 24 * hourMs; now += 5 * hourMs, moments++) {
      const store = createDemoStore({ seed: 1, now: () => now, zone: metaZone });
      const series: Partial<Record<MetricName, MetricSeries>> = {};
      for (const metric of metricNames) {
        const span = { begin: now - 49 * hourMs, end: now };
        series[metric] = await store.readSeries({ flowId: flowIds.newsletter, metric, granularity: 'HOUR', span });
      }
      const figures = { basis: { series, thresholds, zone: metaZone }, report: { level: 'healthy', reasons: [] } };
      const forecasts = forecastsOf({ ...figures, late: false, stale: false } as unknown as FlowFigures, now);
      seen.push(...forecasts.map(({ metric, level }) => `${metric} ${level}`));
    }
    assert.deepEqual([...new Set(seen)].sort(), [
      'ENDPOINT_REQUEST_ERROR_RATE attention',
      'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL attention',
    ]);
    assert.ok(seen.length > 0.4 * moments, `${seen.length} of ${moments}`);
  });

  it('counts too little data where that is designed, and enough everywhere else', async () => {
    for (let hour = 0; hour < 24 * 40; hour += 5) {
      const now = begin + hour * hourMs;
      const store = createDemoStore({ seed: 1, now: () => now, zone: metaZone });
      const count = (flowId: string, days: number): Promise<number> =>
        store.countRequests(flowId, { begin: now - days * 24 * hourMs, end: now });
      // A look at 24 hours also asks for the 24 before and the rest of a day.
      assert.ok((await count(flowIds.few, 4.5)) < 250);
      assert.ok((await count(flowIds.few, 7)) >= 250);
      assert.ok((await count(flowIds.tooFew, 181)) < 250);
      for (const flowId of [flowIds.booking, flowIds.newsletter, flowIds.delivery, flowIds.loan, flowIds.unchecked]) {
        assert.ok((await count(flowId, 1)) >= 250);
      }
    }
  });
});
