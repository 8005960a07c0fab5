import assert from 'node:assert/strict';
import { dayMs, hourMs } from '../../../src/contract/calendar';
import { alertDetails } from '../../../src/presentation/texts/alertDetails';
import type { MeterAlert } from '../../../src/contract/alert';
import type { MilliSeries } from '../../../src/contract/latency';
import { createFormats } from '../../../src/presentation/formats';
import { panelAlerts } from '../../../src/presentation/dashboard/panelAlerts';
import { panelMilliseconds } from '../../../src/presentation/dashboard/panelMilliseconds';

const formats = createFormats('en', 'UTC');
const now = Date.UTC(2026, 2, 12, 14, 18);
const speech = { ...formats, now };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('core: percentiles in milliseconds', () => {
  const begin = Date.UTC(2026, 2, 11, 14);
  const series: MilliSeries = {
    granularity: 'HOUR',
    begins: Float64Array.of(begin, begin + hourMs),
    p50: Float64Array.of(80, 90),
    p90: Float64Array.of(300, 320),
    p99: Float64Array.of(1200, 1300),
    period: { p50: 84, p90: 310, p99: 1240, count: 57 },
  };
  const period = { begin, end: begin + dayMs };
  const dates = { from: '2026-03-11', to: '2026-03-12' };

  it('are those of the period and of each interval', () => {
    assert.deepEqual(panelMilliseconds(series, 'HOUR', { period, dates }, 'UTC', speech), {
      period: { p50: 84, p90: 310, p99: 1240 },
      series: { begins: series.begins, p50: series.p50, p90: series.p90, p99: series.p99 },
    });
  });

  it('say since when, where they stand on more than the period', () => {
    const later = { begin: begin + 1, end: begin + dayMs };
    assert.equal(
      panelMilliseconds(series, 'HOUR', { period: later, dates }, 'UTC', speech)?.since,
      'since Mar 11, 14:00',
    );
    const cut = { period, shownUntil: begin + hourMs, dates };
    assert.equal(panelMilliseconds(series, 'HOUR', cut, 'UTC', speech)?.since, 'up to Mar 11, 16:00');
    const all: MilliSeries = { ...series, granularity: 'LIFETIME' };
    assert.equal(panelMilliseconds(all, 'LIFETIME', { period: later, dates }, 'UTC', speech)?.since, undefined);
  });

  it('are absent without successful requests, without period, and while they belong to another view', () => {
    const { granularity, begins, p50, p90, p99 } = series;
    const none = { granularity, begins, p50, p90, p99 };
    assert.equal(panelMilliseconds(none, 'HOUR', { period, dates }, 'UTC', speech), undefined);
    assert.equal(panelMilliseconds(undefined, 'HOUR', { period, dates }, 'UTC', speech), undefined);
    assert.equal(panelMilliseconds(series, 'HOUR', { dates }, 'UTC', speech), undefined);
    assert.equal(panelMilliseconds(series, 'DAY', { period, dates }, 'UTC', speech), undefined);
  });

  it('are written with their unit', () => {
    const write = (value: number | undefined): string => plain(formats.milliseconds(value));
    assert.deepEqual([0.4, 84.4, 1239.6, undefined].map(write), ['< 1 ms', '84 ms', '1,240 ms', '–']);
    const say = formats.spoken.milliseconds;
    assert.deepEqual([0.4, 1, 1240, undefined].map(say), [
      'less than 1 millisecond',
      '1 millisecond',
      '1,240 milliseconds',
      'not known',
    ]);
  });
});

describe('core: what Meta tells of an alert', () => {
  const alert: MeterAlert = { id: 'a', flowId: '1', type: 'X', state: 'ACTIVATED', time: 0, text: '' };
  const details = (more: Partial<MeterAlert>): string | undefined => {
    const text = alertDetails({ ...alert, ...more }, formats);
    return text === undefined ? undefined : plain(text);
  };

  it('names its errors, most first, requests, p50 and reason, as far as they are known', () => {
    assert.equal(details({}), undefined);
    assert.equal(details({ errors: [] }), undefined);
    assert.equal(
      details({
        errors: [
          { type: 'invalid_screen_transition', count: 2, rate: 1.4 },
          { type: 'timeout_error', count: 12, rate: 8.1 },
          { type: 'new_kind' },
        ],
        requestsCount: 148,
        p50Latency: 500,
      }),
      'Errors: timed out 12 (8.1%), invalid screen transition 2 (1.4%), new kind · 148 requests · p50 500 ms',
    );
    assert.equal(details({ reason: 'Two\nlines \u202eback' }), 'Meta’s reason: Two lines back');
    const many = Array.from({ length: 20 }, (_, i) => ({ type: `kind_${i}`, rate: i }));
    assert.match(details({ errors: many })!, /^Errors: kind 19 19.0%, .*kind 15 15.0%, 15 more$/);
  });
});

describe('core: alerts on the dashboard', () => {
  const alert = (more: Partial<MeterAlert>): MeterAlert => ({
    id: 'a',
    flowId: '1',
    type: 'ENDPOINT_ERROR_RATE',
    state: 'ACTIVATED',
    time: now - hourMs,
    text: 'Meta’s own words',
    ...more,
  });
  const texts = (...alerts: MeterAlert[]): string[] =>
    panelAlerts(alerts, speech).map(({ level, text, when }) => plain(`${level}: ${text}, ${when}`));

  it('say what crossed which limit, and when', () => {
    assert.deepEqual(
      texts(
        alert({ value: 14.28, threshold: 10 }),
        alert({ type: 'ENDPOINT_LATENCY', value: 8000, threshold: 7000 }),
        alert({ type: 'ENDPOINT_AVAILABILITY', value: 75, threshold: 90, state: 'DEACTIVATED', until: now }),
      ),
      [
        'warning: error rate 14.3% is above 10%, since 13:18',
        'critical: p90 latency 8,000 ms is above 7 s, since 13:18',
        'critical: availability 75.0% is below 90%, 13:18 to 14:18',
      ],
    );
  });

  it('name the metric on whose chart they are marked, where there is one', () => {
    const metrics = panelAlerts(
      [alert({}), alert({ type: 'ENDPOINT_LATENCY' }), alert({ type: 'FLOW_STATUS_CHANGE' })],
      speech,
    ).map(({ metric }) => metric);
    assert.deepEqual(metrics, ['ENDPOINT_REQUEST_ERROR_RATE', 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', undefined]);
  });

  it('are warnings where their type is called as what every object has', () => {
    for (const type of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const alerts = [alert({ type, threshold: 5, value: 7 })];
      assert.equal(panelAlerts(alerts, speech)[0]!.level, 'warning');
    }
  });

  it('without figures, and of unknown types, are told in the words that came, made harmless', () => {
    assert.deepEqual(texts(alert({ text: 'Two\nlines \u202eback.' })), ['warning: Two lines back, since 13:18']);
    assert.deepEqual(texts(alert({ type: 'NEW_EVENT', text: '', value: 1, threshold: 2 })), [
      'warning: NEW_EVENT, since 13:18',
    ]);
    assert.equal(panelAlerts([alert({ text: 'x'.repeat(9999) })], speech)[0]!.text.length <= 200, true);
  });

  it('put what still holds first, then the newest', () => {
    const over = { state: 'DEACTIVATED', until: now } as const;
    assert.deepEqual(
      panelAlerts(
        [
          alert({ text: 'newest', time: now - 1, ...over }),
          alert({ text: 'holds', time: now - dayMs }),
          alert({ text: 'older', time: now - hourMs, ...over }),
        ],
        speech,
      ).map(({ text }) => text),
      ['holds', 'newest', 'older'],
    );
  });
});
