import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSettingValues, type SettingValues, type WrittenSetting } from '../../../src/host/storage/settingValues';
import { english } from '../../../src/presentation/translate';
import { defaultOf } from '../../fixtures/bareEditor';
import { thresholds } from '../state/thresholds';

function read(own: Readonly<Record<string, unknown>>): SettingValues {
  const written = (name: string): WrittenSetting => ({ own: own[name], fallback: defaultOf(`flowmeter.${name}`) });
  return readSettingValues(written, english);
}

function told(own: Readonly<Record<string, unknown>>): string[] {
  return read(own).problems.map(({ text }) => text);
}

describe('readSettingValues', () => {
  it('has the defaults of package.json, and nothing to say about them', () => {
    const values = read({});
    assert.deepEqual(values.thresholds, thresholds);
    assert.equal(values.refreshMinutes.meta, 60);
    assert.deepEqual(values.problems, []);
  });

  it('reads the older object level by level, and the single settings before it', () => {
    const older = { errorRatePercent: { warning: 20, critical: 30 }, availabilityPercent: { warning: 95 } };
    assert.deepEqual(read({ thresholds: older, levels: { errorRatePercent: { warning: 8 } } }), {
      ...read({}),
      thresholds: {
        ...thresholds,
        errorRatePercent: { attention: 5, warning: 8, critical: 30 },
        availabilityPercent: { warning: 95, critical: 90 },
      },
    });
  });

  it('names each level that is never reached, wherever it was written', () => {
    assert.deepEqual(told({ levels: { p90Seconds: { attention: 6 } } }), [
      '“flowmeter.levels.p90Seconds.attention” (6) is above “flowmeter.levels.p90Seconds.warning” (5), so it has no effect. Lower it.',
    ]);
    assert.deepEqual(told({ thresholds: { errorRatePercent: { critical: 7 } } }), [
      '“flowmeter.levels.errorRatePercent.warning” (10) is above “flowmeter.thresholds.errorRatePercent.critical” (7), so it has no effect. Lower it.',
    ]);
    assert.deepEqual(told({ thresholds: { availabilityPercent: { warning: 80 } } }), [
      '“flowmeter.thresholds.availabilityPercent.warning” (80) is below “flowmeter.levels.availabilityPercent.critical” (90), so it has no effect. Raise it.',
    ]);
    assert.deepEqual(told({ levels: { errorRatePercent: { attention: 10, warning: 10, critical: 10 } } }), []);
  });

  it('names what is misspelt or of another kind, and the setting to open', () => {
    assert.deepEqual(read({ levels: { p90Seconds: { attenton: 2, warning: 5.5 } } }).problems, [
      {
        setting: 'flowmeter.levels.p90Seconds',
        text: '“flowmeter.levels.p90Seconds.attenton” is no setting. Known: attention, warning, critical.',
      },
      {
        setting: 'flowmeter.levels.p90Seconds.warning',
        text: '“flowmeter.levels.p90Seconds.warning” is 5.5. Allowed: whole seconds, 1 to 10. Flowmeter uses 5.',
      },
    ]);
    assert.deepEqual(read({ refreshMinutes: { Meta: 5 }, thresholds: [1] }).problems, [
      {
        setting: 'flowmeter.refreshMinutes',
        text: '“flowmeter.refreshMinutes.Meta” is no setting. Known: meta, server, demo, meter.',
      },
      { setting: 'flowmeter.thresholds', text: '“flowmeter.thresholds” is [1]. Allowed: an object.' },
    ]);
  });

  it('has a usable value for whatever was written', () => {
    const measure = fc.oneof(
      fc.jsonValue(),
      fc.record({ attention: fc.jsonValue(), warning: fc.double(), critical: fc.integer() }, { requiredKeys: [] }),
    );
    const group = fc.oneof(
      fc.jsonValue(),
      fc.record({ errorRatePercent: measure, p90Seconds: measure, availabilityPercent: measure }, { requiredKeys: [] }),
    );
    const own = {
      levels: group,
      thresholds: group,
      refreshMinutes: fc.jsonValue(),
      healthWindow: fc.jsonValue(),
      notify: fc.jsonValue(),
      historyDays: fc.jsonValue(),
      marksFromGit: fc.jsonValue(),
    };
    fc.assert(
      fc.property(fc.record(own), (written) => {
        const values = read(written);
        for (const limits of Object.values(values.thresholds) as object[]) {
          for (const limit of Object.values(limits) as unknown[]) assert.ok(Number(limit) >= 0 && Number(limit) <= 100);
        }
        assert.ok(Object.values(values.thresholds.p90Seconds).every((limit) => Number.isInteger(limit)));
        assert.deepEqual(Object.keys(values.refreshMinutes), ['meta', 'server', 'demo', 'meter']);
        assert.equal(values.healthWindow, '24h');
        assert.equal(values.notify, 'off');
        assert.ok(Number.isInteger(values.historyDays) && values.historyDays >= 0 && values.historyDays <= 1830);
        assert.equal(typeof values.marksFromGit, 'boolean');
      }),
    );
  });
});
