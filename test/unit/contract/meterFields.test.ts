import assert from 'node:assert/strict';
import { alertsBody, parseAlertsAnswer, type MeterAlert } from '../../../src/contract/alert';
import { MetricsError } from '../../../src/contract/errors';
import { latencyBody, latencyPath, parseLatencyAnswer, type MilliSeries } from '../../../src/contract/latency';
import { matchRoute } from '../../../src/contract/routes';

const begin = Date.parse('2026-03-12T14:00:00Z');
const series: MilliSeries = {
  granularity: 'HOUR',
  begins: Float64Array.of(begin, begin + 3_600_000),
  p50: Float64Array.of(120, 80),
  p90: Float64Array.of(400, 90),
  p99: Float64Array.of(2010, 99),
  period: { p50: 110, p90: 380, p99: 2000, count: 77 },
};

const alert: MeterAlert = {
  id: 'a1',
  flowId: '1',
  type: 'ENDPOINT_LATENCY',
  state: 'DEACTIVATED',
  time: begin,
  until: begin + 60_000,
  value: 8000,
  threshold: 7000,
  text: 'Slow.',
};

function refused(action: () => unknown): void {
  assert.throws(action, (error) => error instanceof MetricsError && error.kind === 'invalidResponse');
}

describe('what only a meter tells', () => {
  it('latency is read as it was written', () => {
    const wire = (value: MilliSeries): unknown => JSON.parse(JSON.stringify({ flowmeter_latency: latencyBody(value) }));
    assert.deepEqual(parseLatencyAnswer(wire(series)), series);
    const none = new Float64Array(0);
    const empty: MilliSeries = { granularity: 'DAY', begins: none, p50: none, p90: none, p99: none };
    assert.deepEqual(parseLatencyAnswer(wire(empty)), empty);
  });

  it('latency has the shape that is documented', () => {
    assert.deepEqual(latencyBody({ ...series, ...{ begins: series.begins.subarray(0, 1) } }), {
      unit: 'ms',
      granularity: 'HOUR',
      data_points: [
        {
          timestamp: '2026-03-12T14:00:00+0000',
          data: [
            { key: 'p50', value: 120 },
            { key: 'p90', value: 400 },
            { key: 'p99', value: 2010 },
          ],
        },
      ],
      period: { p50: 110, p90: 380, p99: 2000, count: 77 },
    });
    assert.equal(
      latencyPath('v26.0', { flowId: '1', granularity: 'DAY', since: '2026-03-01', until: '2026-03-05' }),
      '/v26.0/1?fields=flowmeter_latency.granularity(DAY).since(2026-03-01).until(2026-03-05)',
    );
  });

  it('latency that cannot be read is refused', () => {
    const good = latencyBody(series) as Record<string, unknown>;
    for (const changes of [
      { unit: 's' },
      { granularity: 'WEEK' },
      { data_points: {} },
      { data_points: [null] },
      { data_points: [{ timestamp: 'now', data: [] }] },
      { data_points: [{ timestamp: '2026-03-12T14:00:00+0000', data: [{ key: 'p50', value: -1 }] }] },
      { period: { p50: 1, p90: 1, p99: '1', count: 1 } },
    ]) {
      refused(() => parseLatencyAnswer({ flowmeter_latency: { ...good, ...changes } }));
    }
    for (const json of [null, {}, [], { flowmeter_latency: null }]) refused(() => parseLatencyAnswer(json));
  });

  it('alerts are read as they were written', () => {
    const active: MeterAlert = { id: 'a2', flowId: '1', type: 'X', state: 'ACTIVATED', time: begin, text: '' };
    const json: unknown = JSON.parse(JSON.stringify({ flowmeter_alerts: alertsBody([active, alert]) }));
    assert.deepEqual(parseAlertsAnswer(json, '1'), [active, alert]);
    for (const wrong of [null, {}, { flowmeter_alerts: {} }, { flowmeter_alerts: { data: [{ id: 'x' }] } }]) {
      refused(() => parseAlertsAnswer(wrong, '1'));
    }
  });

  it('events have a route of their own', () => {
    assert.deepEqual(matchRoute('POST', '/v26.0/events'), { name: 'events', version: 'v26.0' });
    assert.equal(matchRoute('GET', '/v26.0/events'), undefined);
    assert.equal(matchRoute('POST', '/v26.0/events/1'), undefined);
  });
});
