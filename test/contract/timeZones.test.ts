/** The computer's own time zone decides nothing but how hours are written: figures are the same everywhere. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hourMs, metaZone, startOfDay } from '../../src/contract/calendar';
import { metricNames, type MetricName, type MetricSeries } from '../../src/contract/metric';
import { metricField } from '../../src/contract/query';
import { toCsv } from '../../src/presentation/export';
import { totalsOf } from '../../src/domain/totals';
import { planWindow, resolveWindow } from '../../src/domain/windows';
import { isSoak } from '../fixtures/soak';
import { planView, resolveView } from '../../src/domain/view';
import { parseTimestamp, formatTimestamp } from '../../src/contract/timestamp';
import { parseMetricAnswer } from '../../src/contract/metricWire';

const zones = [
  ...['UTC', 'America/Los_Angeles', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia'],
];

/** Days on which a clock changes: in Los Angeles, on Lord Howe (by half an hour), and days on which none does. */
const changes = ['2026-03-08', '2026-11-01', '2026-04-05', '2026-10-04', '2026-01-15', '2026-07-15'];

/** Everything that is reckoned from an answer around such a day, in hours and days. */
function figuresAround(day: string): unknown {
  const now = startOfDay(day, metaZone) + 40.5 * hourMs;
  const time = { now, zone: metaZone, live: false };
  const all: unknown[] = [];
  for (const [window, range, granularity] of [
    ['24h', '24h', 'HOUR'],
    ['7d', '7d', 'HOUR'],
    ['30d', '30d', 'DAY'],
  ] as const) {
    const plan = planWindow(window, now, metaZone);
    const series: Partial<Record<MetricName, MetricSeries>> = {};
    for (const metric of metricNames) {
      const query = { flowId: '1', metric, granularity, since: plan.since };
      series[metric] = parseMetricAnswer(answerTo(metric, granularity, now), query);
      all.push(metricField(query), [...series[metric].begins]);
    }
    const known = series as Record<MetricName, MetricSeries>;
    const resolved = resolveWindow(plan, known, time);
    const viewPlan = planView({ granularity, range }, now, metaZone);
    const { period } = resolveView({ granularity, range }, viewPlan, known, time);
    all.push(resolved, viewPlan, period, totalsOf(known, resolved.span));
    const flow = { id: '1', name: 'Flow' };
    all.push(toCsv({ flow, granularity, series: known, period: period!, zone: metaZone, now }));
  }
  return JSON.parse(JSON.stringify(all));
}

function answerTo(name: MetricName, granularity: 'HOUR' | 'DAY', now: number): unknown {
  const data_points = [];
  for (let i = 0; i < (granularity === 'HOUR' ? 24 * 9 : 40); i++) {
    const begin =
      granularity === 'HOUR'
        ? Math.floor(now / hourMs) * hourMs - i * hourMs
        : startOfDay(new Date(now - i * 24 * hourMs).toISOString().slice(0, 10), metaZone);
    const key = { ENDPOINT_REQUEST_ERROR: 'timeout_error', ENDPOINT_AVAILABILITY: 'succeeded' }[name as string] ?? '1';
    const ratio = name === 'ENDPOINT_REQUEST_ERROR_RATE';
    const value = ratio ? 0.25 : i + 1;
    data_points.push({
      timestamp: formatTimestamp(begin),
      data: [{ key: ratio || name.endsWith('COUNT') ? 'value' : key, value }],
    });
  }
  return { id: '1', metric: { name, granularity, data_points } };
}

describe('In each of six time zones', function () {
  this.timeout(300_000);
  const own = process.env['TZ'];

  afterEach(() => {
    if (own === undefined) delete process.env['TZ'];
    else process.env['TZ'] = own;
  });

  for (const day of changes) {
    it(`all figures around ${day} are the same`, () => {
      process.env['TZ'] = 'UTC';
      const expected = figuresAround(day);
      const offsets = new Set<number>();
      for (const zone of zones) {
        process.env['TZ'] = zone;
        offsets.add(new Date(startOfDay(day, metaZone)).getTimezoneOffset());
        assert.deepEqual(figuresAround(day), expected, zone);
        assert.equal(parseTimestamp(`${day}T08:00:00+0000`), Date.parse(`${day}T08:00:00Z`));
      }
      assert.equal(offsets.size, zones.length, 'the zones were really taken');
    });
  }

  it('the tests of contract, domain and presentation pass alike', async () => {
    // In a soak run all of them, with all their cases; else those that have to do with time.
    const domain = isSoak ? ['*'] : ['windows', 'series', 'totals'];
    const presentation = isSoak ? ['*'] : ['export', 'dashboard'];
    const contract = isSoak ? ['*'] : ['calendar', 'query', 'wire'];
    const files = [
      ...domain.map((name) => `out/test/unit/domain/${name}.test.js`),
      ...presentation.map((name) => `out/test/unit/presentation/${name}.test.js`),
      ...contract.map((name) => `out/test/unit/contract/${name}.test.js`),
    ];
    const few = isSoak ? [] : ['--require', './test/fixtures/fewRuns.cjs'];
    const mocha = ['node_modules/mocha/bin/mocha.js', '--timeout', '120000', '--reporter', 'json', ...few, ...files];
    const results: string[] = [];
    const run = async (zone: string): Promise<void> => {
      const env = { ...process.env, TZ: zone, FLOWMETER_TEST_RESULT: '' };
      const options = { env, maxBuffer: 64 * 1024 * 1024 };
      // It rejects where a test failed, with what failed in its output.
      const { stdout } = await promisify(execFile)(process.execPath, mocha, options);
      const { passes, failures } = JSON.parse(stdout) as Record<'passes' | 'failures', { fullTitle: string }[]>;
      assert.deepEqual(failures, [], zone);
      results.push(passes.map(({ fullTitle }) => fullTitle).join('\n'));
    };
    // Two at a time, for two cores.
    const queue = [...zones];
    await Promise.all(
      [0, 1].map(async () => {
        for (let zone = queue.shift(); zone; zone = queue.shift()) await run(zone);
      }),
    );
    assert.ok(results[0]!.split('\n').length > 50);
    assert.equal(results.length, zones.length);
    assert.equal(new Set(results).size, 1);
  });
});
