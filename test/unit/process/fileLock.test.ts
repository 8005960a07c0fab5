import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withFileLock } from '../../../src/process/fileLock';

describe('withFileLock', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-lock-'));
    file = path.join(folder, 'count');
    await writeFile(file, '0');
  });

  afterEach(() => rm(folder, { recursive: true }));

  const addOne = async (): Promise<void> => {
    const count = Number(await readFile(file, 'utf8'));
    await new Promise((resolve) => setImmediate(resolve));
    await writeFile(file, String(count + 1));
  };

  it('lets one change the file at a time, and leaves nothing behind', async () => {
    await Promise.all(Array.from({ length: 20 }, () => withFileLock(file, addOne)));
    assert.equal(await readFile(file, 'utf8'), '20');
    assert.deepEqual(await readdir(folder), ['count']);
  });

  it('is given back where the change fails', async () => {
    await assert.rejects(
      withFileLock(file, () => Promise.reject(new Error('full'))),
      /full/,
    );
    await withFileLock(file, addOne);
    assert.equal(await readFile(file, 'utf8'), '1');
  });

  it('takes over the lock of a process that ended while it held it, once', async () => {
    await writeFile(`${file}.lock`, 'of one that is gone');
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(file, addOne, 100)));
    assert.equal(await readFile(file, 'utf8'), '5');
    assert.deepEqual(await readdir(folder), ['count']);
  });
});
