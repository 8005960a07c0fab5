/** Files and folders of ours, whatever mode they were found with. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { closeToOthers, makePrivateFolder } from '../../../src/process/privateFiles';

function modeAt(file: string): number {
  return statSync(file).mode & 0o777;
}

describe('What is for one user alone', function () {
  let folder: string;
  const inFolder = (name: string): string => path.join(folder, name);

  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-private-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [found, left, closing] of [
    [0o600, 0o600, 'private'],
    [0o400, 0o400, 'private'],
    [0o644, 0o600, 'closed'],
    [0o666, 0o600, 'closed'],
    [0o640, 0o600, 'closed'],
    [0o444, 0o400, 'closed'],
    [0o602, 0o600, 'closed'],
  ] as const) {
    it(`is closed where it is a file of mode ${found.toString(8)}`, () => {
      const file = inFolder('file');
      writeFileSync(file, '');
      chmodSync(file, found);
      assert.equal(closeToOthers(file), closing);
      assert.equal(modeAt(file), left);
    });
  }

  it('is closed where it is a folder, or what a link leads to', async () => {
    mkdirSync(inFolder('wide'));
    chmodSync(inFolder('wide'), 0o777);
    assert.equal(await makePrivateFolder(inFolder('wide')), 'closed');
    assert.equal(modeAt(inFolder('wide')), 0o700);
    assert.equal(await makePrivateFolder(inFolder('new/one')), 'private');
    assert.deepEqual(['new', 'new/one'].map(inFolder).map(modeAt), [0o700, 0o700]);
    writeFileSync(inFolder('file'), '', { mode: 0o644 });
    symlinkSync('file', inFolder('link'));
    assert.equal(closeToOthers(inFolder('link')), 'closed');
    assert.equal(modeAt(inFolder('file')), 0o600);
  });

  it('is nothing where there is nothing, and stays as it is where it is not ours', function () {
    assert.equal(closeToOthers(inFolder('none')), 'private');
    // Only the system's administrator can give a file to another user.
    if (process.getuid!() !== 0) this.skip();
    writeFileSync(inFolder('theirs'), '', { mode: 0o644 });
    chownSync(inFolder('theirs'), 65_534, 65_534);
    assert.equal(closeToOthers(inFolder('theirs')), 'foreign');
    assert.equal(modeAt(inFolder('theirs')), 0o644);
  });
});
