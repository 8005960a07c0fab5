import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePanelIntent } from '../../../src/presentation/panelProtocol';
import { parsePanelView } from '../../../src/domain/view';
import { isMetricName } from '../../../src/contract/metric';

describe('parsePanelView', () => {
  it('takes what makes sense', () => {
    assert.deepEqual(parsePanelView({ granularity: 'DAY', range: '30d', extra: 1 }), {
      granularity: 'DAY',
      range: '30d',
    });
    assert.deepEqual(parsePanelView({ granularity: 'LIFETIME', range: 'all' }), {
      granularity: 'LIFETIME',
      range: 'all',
    });
    const custom = { range: 'custom', from: '2026-03-01', to: '2026-03-01' };
    const hours = { granularity: 'HOUR', ...custom, zone: 'Asia/Kolkata' };
    assert.deepEqual(parsePanelView(hours), hours);
    assert.deepEqual(parsePanelView({ ...hours, granularity: 'DAY' }), { granularity: 'DAY', ...custom });
  });

  for (const view of [
    undefined,
    null,
    'DAY',
    {},
    { granularity: 'DAY' },
    { granularity: 'WEEK', range: '30d' },
    { granularity: 'DAY', range: '31d' },
    { granularity: 'LIFETIME', range: '30d' },
    { granularity: 'DAY', range: 'all' },
    { granularity: 'DAY', range: 'custom' },
    { granularity: 'DAY', range: 'custom', from: '2026-02-31', to: '2026-03-02' },
    { granularity: 'DAY', range: 'custom', from: '2026-03-02', to: '2026-03-01' },
    { granularity: 'DAY', range: 'custom', from: 1, to: 2 },
    { granularity: 'HOUR', range: 'custom', from: '2026-03-01', to: '2026-03-01' },
    { granularity: 'HOUR', range: 'custom', from: '2026-03-01', to: '2026-03-01', zone: 'Mars' },
    { granularity: ['DAY'], range: '30d' },
  ]) {
    it(`refuses ${JSON.stringify(view) ?? 'undefined'}`, () => assert.equal(parsePanelView(view), undefined));
  }
});

describe('parsePanelIntent', () => {
  it('takes the few intents there are', () => {
    const view = { granularity: 'DAY', range: '7d' };
    assert.deepEqual(parsePanelIntent({ type: 'ready' }), { type: 'ready' });
    assert.deepEqual(parsePanelIntent({ type: 'ready', view: 'old' }), { type: 'ready' });
    assert.deepEqual(parsePanelIntent({ type: 'ready', view }), { type: 'ready', view });
    assert.deepEqual(parsePanelIntent({ type: 'ready', zone: 'UTC' }), { type: 'ready', zone: 'UTC' });
    assert.deepEqual(parsePanelIntent({ type: 'ready', zone: 'Mars' }), { type: 'ready' });
    assert.deepEqual(parsePanelIntent({ type: 'setView', view }), { type: 'setView', view });
    assert.deepEqual(parsePanelIntent({ type: 'export', path: '/etc' }), { type: 'export' });
    const span = { begin: Date.UTC(2026, 2, 3), end: Date.UTC(2026, 2, 6) };
    assert.deepEqual(parsePanelIntent({ type: 'zoom', span }), { type: 'zoom', span });
    assert.deepEqual(parsePanelIntent({ type: 'zoom' }), { type: 'zoom' });
    for (const odd of [
      { begin: span.end, end: span.begin },
      { begin: '1', end: 2 },
      { begin: 1, end: Infinity },
      [],
      7,
    ]) {
      assert.deepEqual(parsePanelIntent({ type: 'zoom', span: odd }), { type: 'zoom' });
    }
    const picture = { type: 'saveImage', metric: 'ENDPOINT_REQUEST_ERROR', png: 'iVBORw0KGgoAAAANSUhEUg==' };
    assert.deepEqual(parsePanelIntent({ ...picture, path: '/etc' }), picture);
    for (const name of [
      'refresh',
      'setToken',
      'showLog',
      'copyFlowId',
      'show90d',
      'showLifetime',
      'measure',
      'startMeter',
      'addMark',
    ]) {
      assert.deepEqual(parsePanelIntent({ type: 'action', name }), { type: 'action', name });
    }
  });

  it('drops everything else', () => {
    for (const message of [
      { type: 'action', name: 'format' },
      { type: 'setView' },
      { type: 'eval' },
      { type: 'saveImage', metric: 'ENDPOINT_REQUEST_ERROR', png: 'PHN2Zz4=' },
      { type: 'saveImage', metric: 'ENDPOINT_REQUEST_ERROR', png: 'iVBORw0KGgo<script>' },
      { type: 'saveImage', metric: '../../etc', png: 'iVBORw0KGgoAAAANSUhEUg==' },
      { type: 'saveImage', metric: 'ENDPOINT_REQUEST_ERROR', png: `iVBORw0KGgo${'A'.repeat(16_000_000)}` },
      'ready',
      null,
      1,
    ]) {
      assert.equal(parsePanelIntent(message), undefined);
    }
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (type, view, name) => {
        const intent = parsePanelIntent({ type, view, name });
        assert.ok(intent === undefined || ['ready', 'setView', 'action', 'export', 'zoom'].includes(intent.type));
      }),
    );
  });
});

describe('isMetricName', () => {
  it('knows the five', () => {
    assert.ok(isMetricName('ENDPOINT_AVAILABILITY'));
    for (const name of ['endpoint_availability', 'toString', '', 1, null]) assert.ok(!isMetricName(name));
  });
});
