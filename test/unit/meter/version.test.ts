import assert from 'node:assert/strict';
import { isNewer } from '../../../src/meter/version';

describe('Of two versions', () => {
  /** Each of them comes after the one before; the later ones are the sample of semver.org, section 11. */
  const ascending = [
    '0.0.9',
    '0.1.0',
    '0.1.9',
    '0.1.10',
    '0.2.0-rc.1',
    '0.2.0',
    '0.10.0',
    '1.0.0-0',
    '1.0.0-9',
    '1.0.0-10',
    '1.0.0-9007199254740992',
    '1.0.0-9007199254740993',
    '1.0.0-Beta',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '2.0.0',
    '10.0.0',
    '99999999999999999999.0.0',
  ];

  it('the one that comes later is newer, and neither where they are equal', () => {
    for (const [i, version] of ascending.entries()) {
      for (const [j, other] of ascending.entries()) {
        assert.equal(isNewer(version, other), i > j, `${version} and ${other}`);
      }
    }
  });

  it('what was built when tells nothing', () => {
    assert.ok(!isNewer('1.0.0+20261128', '1.0.0') && !isNewer('1.0.0', '1.0.0+20261128'));
    assert.ok(isNewer('1.0.1+1', '1.0.0+2'));
  });

  it('none is newer where one is no version', () => {
    const wrong = [
      '',
      '1',
      '1.0',
      '01.0.0',
      '1.0.0-01',
      '1.0.0-',
      '1.0.0.',
      'v1.0.0',
      '1.0.0 ',
      ' 1.0.0',
      '1e9.0.0',
      '-1.0.0',
    ];
    for (const text of [...wrong, `1.0.0-${'9'.repeat(100)}`, '1.0.0\n']) {
      assert.ok(!isNewer(text, '0.0.1') && !isNewer('99.0.0', text), JSON.stringify(text));
    }
  });
});
