/** `backup`: a whole copy of a file of measurements that is in use. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../../../src/cli/command';
import { readBackupOptions } from '../../../src/cli/backup';
import { buildProgram } from '../../fixtures/program';
import { cleanUp, event, newFolder, open, requests } from '../store/sqlite/storeFixture';

describe('command line: backup', () => {
  let folder: string;
  let program: string;
  const inFolder = (name: string): string => path.join(folder, name);

  beforeEach(async () => {
    folder = newFolder();
    program = await buildProgram(newFolder());
  });
  afterEach(cleanUp);

  async function backup(store: string, to: string): Promise<{ code: number | null; out: string; err: string }> {
    const args = [program, 'backup', '--store', store, '--to', to];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  it('has everything that was acknowledged before it began, though others write meanwhile', async () => {
    const store = await open({ file: inFolder('meter.db') });
    for (let i = 0; i < 20; i++) await store.record([event()]);
    let stop = false;
    const writing = (async () => {
      while (!stop) await store.record([event()]);
    })();
    const { code, out, err } = await backup('meter.db', 'copy.db');
    const most = await requests(store);
    stop = true;
    await writing;
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^meter\.db is backed up as copy\.db \(\d+ bytes\)\n$/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith('meter.db')),
      ['copy.db'],
    );
    const copy = await open({ file: inFolder('copy.db') });
    const found = await requests(copy);
    assert.ok(found >= 20 && found <= most, `20 ≤ ${found} ≤ ${most}`);
    // It is a meter's file like any other.
    await copy.record([event()]);
    assert.equal(await requests(copy), found + 1);
  });

  it('replaces nothing and touches nothing where it cannot be made, and says why', async () => {
    const store = await open({ file: inFolder('meter.db') });
    await store.record([event()]);
    await store.close();
    writeFileSync(inFolder('mine.txt'), 'mine, for years');
    writeFileSync(inFolder('empty.db'), '');
    symlinkSync('nowhere', inFolder('dangling'));
    const other = new DatabaseSync(inFolder('other.db'), { timeout: 10_000 });
    other.exec('CREATE TABLE t (x)');
    other.close();
    mkdirSync(inFolder('sub'));
    const damaged = readFileSync(inFolder('meter.db'));
    damaged.fill(0xa5, 2 * 4096);
    writeFileSync(inFolder('damaged.db'), damaged);
    const before = readdirSync(folder).sort();
    for (const [from, to, told] of [
      ['meter.db', 'mine.txt', /mine\.txt is there already, and a backup replaces nothing: choose a new name/],
      ['meter.db', 'meter.db', /meter\.db is there already/],
      ['meter.db', 'sub', /sub is there already/],
      ['meter.db', 'dangling', /dangling is there already/],
      ['meter.db', 'none/copy.db', /--to cannot be written: there is no folder of that name/],
      ['none.db', 'copy.db', /--store cannot be backed up: there is nothing in it/],
      ['empty.db', 'copy.db', /empty\.db cannot be backed up: there is nothing in it/],
      ['other.db', 'copy.db', /other\.db is a database of another program/],
      ['mine.txt', 'copy.db', /mine\.txt is no SQLite database/],
      ['./sub', 'copy.db', /sub cannot be opened: it is a folder/],
      ['damaged.db', 'copy.db', /damaged\.db is damaged, so it cannot be backed up/],
    ] as const) {
      const { code, out, err } = await backup(from, to);
      assert.deepEqual([code, out], [1, ''], err);
      assert.match(err, told);
      assert.match(err, /^flowmeter: [^\n]+\n$/);
    }
    assert.deepEqual(readdirSync(folder).sort(), before);
    assert.equal(readFileSync(inFolder('mine.txt'), 'utf8'), 'mine, for years');
  }).timeout(60_000);

  it('refuses options that make no sense', () => {
    for (const [line, message] of [
      ['', /--store FILE is missing/],
      ['--store meter.db', /--to FILE is missing/],
      ['--store demo --to x.db', /--store must be a file with a dot or a slash/],
      ['--store meter.db --to x.db --force', /Argument 5 behind the command is no option/],
      ['meter.db --to x.db', /Argument 1 behind the command belongs to no option/],
    ] as const) {
      assert.throws(
        () => readBackupOptions(line.split(' ').filter(Boolean)),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    }
  });
});
