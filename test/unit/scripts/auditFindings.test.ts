import assert from 'node:assert/strict';
import { judgeAdvisories, judgeSignatures } from '../../../scripts/auditFindings.mjs';

describe('npm run audit', () => {
  const report = (counts: object): unknown => ({
    metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0, ...counts } },
  });

  it('fails for what is high or critical', () => {
    assert.equal(judgeAdvisories(report({})).outcome, 'good');
    assert.equal(judgeAdvisories(report({ low: 3, moderate: 1 })).outcome, 'good');
    assert.equal(judgeAdvisories(report({ high: 1 })).outcome, 'bad');
    assert.equal(judgeAdvisories(report({ critical: 1 })).outcome, 'bad');
  });

  it('fails for a signature that is wrong or missing, naming the package', () => {
    assert.equal(judgeSignatures({ invalid: [], missing: [] }).outcome, 'good');
    for (const list of ['invalid', 'missing']) {
      const finding = judgeSignatures({ invalid: [], missing: [], [list]: [{ name: 'left', version: '1.0.0' }] });
      assert.equal(finding.outcome, 'bad');
      assert.match(finding.text, /left@1\.0\.0/);
    }
  });

  it('says so where a registry tells nothing', () => {
    for (const nothing of [undefined, null, {}, { message: '405 Method Not Allowed', error: {} }]) {
      assert.equal(judgeAdvisories(nothing).outcome, 'unknown');
      assert.equal(judgeSignatures(nothing).outcome, 'unknown');
    }
  });
});
