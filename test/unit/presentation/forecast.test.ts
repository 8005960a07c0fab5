/** How soon a flow's figures reach their next level, and when nothing is said of it. */
import assert from 'node:assert/strict';
import { dayMs, hourMs } from '../../../src/contract/calendar';
import { knownKeys, type MetricSeries } from '../../../src/contract/metric';
import { forecastsOf } from '../../../src/domain/forecast';
import type { FlowFigures, HealthReason } from '../../../src/domain/model';
import { planView } from '../../../src/domain/view';
import { dashboardSnapshot } from '../../../src/presentation/dashboard/dashboardSnapshot';
import { createFormats } from '../../../src/presentation/formats';
import { flowTooltip } from '../../../src/presentation/rows/tooltips';
import { forecastTexts } from '../../../src/presentation/texts/forecastTexts';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { HandClock } from '../state/handClock';
import { publishedFlow, ScriptedClient } from '../state/scriptedClient';
import { defaultThresholds, hours, seriesOf } from '../domain/make';

const end = Date.UTC(2026, 2, 12, 8);
const begin = end - 2 * dayMs;
const formats = createFormats('en', 'UTC');

/** Two days; `bad` says how many of 1000 requests, or of twelve checks, were bad in each hour. */
interface Course {
  readonly errors?: (hour: number) => number;
  readonly slow?: (hour: number) => number;
  readonly failed?: (hour: number) => number;
  readonly requests?: number;
}

/** Runs from 0 to 1 over the second day. */
const rise = (hour: number): number => Math.max(0, (hour - 24) / 23);

function figures(course: Course, more: Partial<FlowFigures> = {}, reasons: readonly HealthReason[] = []): FlowFigures {
  const { errors = () => 0, slow = () => 0, failed = () => 0, requests = 1000 } = course;
  const list = Array.from({ length: 48 }, (_, hour) => hour);
  const series = (metric: MetricSeries['metric'], of: (hour: number) => Record<string, number>): MetricSeries =>
    seriesOf(metric, 'HOUR', hours(begin, list.map(of)));
  const share = (bad: number): number => Math.round((bad * requests) / 1000);
  return {
    ...{ key: 'k', accountName: 'Shop', flow: { id: '1', name: 'Flow' }, failures: {}, counted: true },
    ...{ late: false, stale: false },
    report: { level: reasons[0]?.level ?? 'healthy', reasons, fine: [], missing: [], window: '24h' },
    basis: {
      thresholds: defaultThresholds,
      zone: 'UTC',
      series: {
        ENDPOINT_REQUEST_COUNT: series('ENDPOINT_REQUEST_COUNT', () => ({ value: requests })),
        ENDPOINT_REQUEST_ERROR: series('ENDPOINT_REQUEST_ERROR', (hour) => ({ timeout_error: share(errors(hour)) })),
        ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: series('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', (hour) => ({
          '3': requests - share(slow(hour)),
          '6': share(slow(hour)),
        })),
        ENDPOINT_AVAILABILITY: series('ENDPOINT_AVAILABILITY', (hour) => ({
          succeeded: 120 - failed(hour),
          failed: failed(hour),
        })),
      },
    },
    ...more,
  };
}

/** The third hour after the data end is now. */
const now = end + hourMs / 2;
const rising = (hour: number): number => 60 + 30 * rise(hour);

describe('Forecasts', () => {
  it('say when the error rate reaches its next level', () => {
    const warned: HealthReason = { level: 'attention', span: '24h', metric: 'ENDPOINT_REQUEST_ERROR_RATE' };
    const [forecast, ...others] = forecastsOf(figures({ errors: rising }, {}, [warned]), now);
    assert.equal(others.length, 0);
    assert.equal(forecast?.level, 'warning');
    // From 6% to 9% within 23 hours: 10% after some 31 hours.
    const hour = (forecast.at - begin - dayMs) / hourMs;
    assert.ok(hour > 30 && hour < 33, String(hour));
    assert.deepEqual(forecastTexts(figures({ errors: rising }, {}, [warned]), now, formats), [
      'Error rate is rising: 8.9% in the last 3 hours, above 10% (warning) in about 7 hours at this rate',
    ]);
  });

  it('follow the share of slow requests, and the checks that fail', () => {
    const told: HealthReason = { level: 'attention', span: 'now', metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' };
    const slow = figures({ slow: (hour) => 40 + 40 * rise(hour) }, {}, [told]);
    assert.deepEqual(
      forecastTexts(slow, now, formats).map((text) => text.replaceAll('\u00a0', ' ')),
      ['p90 latency is rising: ≤ 3 s in the last 3 hours, above 5 s (warning) in about 10 hours at this rate'],
    );
    const failing = figures({ failed: (hour) => 1 + Math.round(9 * rise(hour)) });
    assert.match(
      forecastTexts(failing, now, formats).join(),
      /^Availability is falling: 9\d\.\d% in the last 3 hours, below 90% \(critical\) in about \d hours at this rate$/,
    );
  });

  it('keep silent where nothing rises, or what rises was as high at the same hours of the day before', () => {
    assert.deepEqual(forecastsOf(figures({}), now), []);
    assert.deepEqual(forecastsOf(figures({ errors: () => 40 }), now), []);
    assert.deepEqual(forecastsOf(figures({ errors: (hour) => 90 - 30 * rise(hour) }), now), []);
    const daily = (hour: number): number => 60 + 30 * ((hour % 24) / 23);
    assert.deepEqual(forecastsOf(figures({ errors: daily }), now), []);
  });

  it('keep silent of what is told already, is far away, is old, or stands on few', () => {
    const asTold: HealthReason = { level: 'warning', span: '24h', metric: 'ENDPOINT_REQUEST_ERROR_RATE' };
    assert.deepEqual(forecastsOf(figures({ errors: rising }, {}, [asTold]), now), []);
    assert.deepEqual(forecastsOf(figures({ errors: (hour) => 60 + 6 * rise(hour) }), now), []);
    const of = { errors: rising };
    for (const more of [{ late: true }, { stale: true }, { basis: undefined! }]) {
      assert.deepEqual(forecastsOf(figures(of, more), now), []);
    }
    assert.deepEqual(forecastsOf(figures({ ...of, requests: 19 }), now), []);
    assert.deepEqual(forecastsOf(figures(of), end + 12 * hourMs), [], 'it would have come by now');
    assert.equal(forecastsOf(figures(of), now).length, 1);
  });

  it('stand in the row’s tooltip and in the dashboard’s verdict, of what was read for the row', async () => {
    const clock = new HandClock();
    const client = new ScriptedClient(clock);
    client.flows = [publishedFlow('11')];
    const newest = Math.floor(clock.now() / hourMs) * hourMs;
    client.answer = ({ metric, granularity }) => {
      const counts: Record<string, (hour: number) => number> = {
        value: () => 1000,
        timeout_error: (hour) => Math.round(20 + 20 * rise(hour)),
        '1': () => 990,
        succeeded: () => 12,
      };
      const columns = knownKeys[metric].map((key) => ({
        key,
        values: Float64Array.from({ length: 48 }, (_, hour) => counts[key]?.(hour) ?? 0),
      }));
      const begins = Float64Array.from({ length: 48 }, (_, hour) => newest + (hour - 48) * hourMs);
      return { ok: true, value: { metric, granularity, begins, columns } };
    };
    const state = new FlowState(clock, { window: '24h', thresholds: defaultThresholds });
    const refresher = new Refresher({
      ...{ state, clock, minutes: { meta: 60, server: 15, demo: 15, meter: 1 } },
      connect: async () => client,
      log: { info: () => undefined, warn: () => undefined, error: (thrown) => assert.fail(String(thrown)) },
    });
    refresher.setAccounts([{ name: 'Shop', source: 'demo' }]);
    await refresher.refresh('command');
    const account = state.snapshot.accounts[0]!;
    const flow = account.flows[0]!;
    const expected =
      /^Error rate is rising: 3\.9% in the last 3 hours, above 5% \(attention\) in about \d+ hours at this rate$/;
    const tooltip = flowTooltip(flow, { ...formats, now: clock.now() }, account).replaceAll('\\', '');
    assert.ok(
      tooltip.split('\n').some((line) => expected.test(line.replace(/^- /, ''))),
      tooltip,
    );
    const view = { granularity: 'DAY', range: '30d' } as const;
    const input = { account, flow, view, plan: planView(view, clock.now(), 'UTC'), metrics: {}, busy: false };
    const rest = { thresholds: defaultThresholds, now: clock.now(), revision: 1, locale: 'en' };
    const { more } = dashboardSnapshot({ ...input, ...rest }, formats).verdict;
    assert.ok(
      more.some(({ level, text }) => level === 'attention' && expected.test(text)),
      JSON.stringify(more),
    );
  });
});
