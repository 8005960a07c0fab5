import assert from 'node:assert/strict';
import { meterProblems, type MeterReport, type MeterState } from '../../../src/domain/meterState';
import { createFormats } from '../../../src/presentation/formats';
import { meterContextValues, meterRow } from '../../../src/presentation/rows/meterRow';
import { commandIds } from '../../../src/ids';
import type { RowModel } from '../../../src/presentation/rows/rowModel';

const report: MeterReport = {
  pid: 4711,
  recorderPort: 8700,
  startedAt: 0,
  requests: 1204,
  losses: 0,
  successionRank: 0,
  notes: [],
  flows: [{ id: '42', requests: 1204, revision: 1204 }],
};

function row(state: MeterState): RowModel {
  return meterRow('Meter', state, createFormats('en', 'UTC'));
}

function running(more: Partial<MeterReport> = {}, quiet = false): RowModel {
  return row({ kind: 'running', url: 'http://127.0.0.1:1', report: { ...report, ...more }, unresponsive: quiet });
}

describe('The row of the meter', () => {
  it('says where it records, how much, and that nothing is lost', () => {
    const { label, description, icon, accessibilityLabel, contextValue, action, tooltip } = running();
    assert.equal(label, 'Recording');
    assert.equal(description, 'port 8700 · 1,204 requests');
    assert.equal(icon.id, 'record');
    const plain = tooltip.replaceAll('\\', '');
    assert.match(plain, /^Requests to http:\/\/127\.0\.0\.1:8700\/FLOW_ID .* 1,204 requests, no losses\.$/);
    assert.match(accessibilityLabel, /^Recording, port 8700 · 1,204 requests, Requests to/);
    assert.equal(contextValue, meterContextValues.running);
    assert.equal(action, undefined);
    assert.equal(running({ requests: 1 }).description, 'port 8700 · 1 request');
  });

  it('warns of losses, of notes, and of checks that fail', () => {
    const lossy = running({ losses: 3 });
    assert.equal(lossy.description, '3 events lost · port 8700 · 1,204 requests');
    assert.equal(lossy.icon.id, 'warning');
    assert.match(running({ takesAlerts: true }).tooltip, /Meta’s alerts are received at .*8700.*webhook/);
    const noted = running({ notes: ['The disk is full.'] });
    assert.equal(noted.icon.id, 'warning');
    assert.match(noted.tooltip, /^The disk is full/);
    const failing = running({
      flows: [{ id: '42', requests: 0, revision: 1, check: { at: 0, ok: false, reason: 'HTTP 500' } }],
    });
    assert.match(failing.tooltip, /^The last check of flow 42 failed\\: HTTP 500\\?\. Requests/);
  });

  it('says what came and is not counted, and does not warn of that alone', () => {
    const uncounted = { unknownAddress: 1204, circular: 0, unusable: 1, outOfResources: 0, crossed: 0 };
    const { tooltip, icon, accessibilityLabel, description } = running({ uncounted });
    const sentence = 'Not counted: 1,204 for an address without a flow, 1 too long or not valid HTTP.';
    assert.ok(tooltip.replaceAll('\\', '').endsWith(sentence), tooltip);
    assert.ok(accessibilityLabel.endsWith(sentence));
    assert.equal(icon.id, 'record');
    assert.equal(description, 'port 8700 · 1,204 requests');
    const all = running({ uncounted: { unknownAddress: 1, circular: 2, unusable: 3, outOfResources: 4, crossed: 5 } });
    const [, told] = all.tooltip.replaceAll('\\', '').split('Not counted: 1 for an address without a flow, ');
    assert.match(told!, /^2 that came back in a loop, .*4 that this computer could not pass on, 5 whose connection/);
    const none = { unknownAddress: 0, circular: 0, unusable: 0, outOfResources: 0, crossed: 0 };
    assert.doesNotMatch(running({ uncounted: none }).tooltip, /Not counted/);
  });

  it('says that it hangs, and what helps', () => {
    const { label, description, tooltip } = running({}, true);
    assert.equal(label, 'The meter does not answer');
    assert.equal(description, 'process 4711');
    assert.match(tooltip, /End it/);
  });

  it('offers to start what is stopped', () => {
    const { label, action, contextValue } = row({ kind: 'off' });
    assert.equal(label, 'Meter stopped');
    assert.deepEqual(action, {
      command: commandIds.startMeter,
      title: 'Start Meter…',
      arguments: [{ account: 'Meter' }],
    });
    assert.equal(contextValue, meterContextValues.idle);
  });

  it('has words and an action for every trouble, and names the port where that is the trouble', () => {
    for (const problem of meterProblems) {
      const { label, action, tooltip } = row({ kind: 'failed', problem, message: 'It is so.', port: 8700 });
      assert.ok(label && action, problem);
      assert.match(tooltip, /^It is so/);
      assert.equal(label.includes('8700'), problem === 'portTaken' || problem === 'portRefused', label);
    }
  });
});
