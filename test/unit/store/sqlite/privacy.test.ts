/** Who may read a meter's file and what lies beside it: its owner alone, whatever the umask and whoever made it. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { backUpMeterStore } from '../../../../src/store/openMeterStore';
import { cleanUp, event, newFile, open, requests } from './storeFixture';

/** Names and modes of all files of a folder. */
function modesIn(folder: string): Readonly<Record<string, string>> {
  const modes = readdirSync(folder).map((name) => [name, (statSync(path.join(folder, name)).mode & 0o777).toString(8)]);
  return Object.fromEntries(modes) as Record<string, string>;
}

describe("What others may do with a meter's file", () => {
  let umask: number;

  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(() => {
    umask = process.umask(0);
  });
  afterEach(async () => {
    process.umask(umask);
    await cleanUp();
  });

  it('is nothing from the first moment on, nor with its journal and a copy', async () => {
    const file = newFile();
    const reports: string[] = [];
    const store = await open({ file, report: (line) => reports.push(line) });
    await store.record([event()]);
    const copy = `${file}.copy`;
    await backUpMeterStore(file, copy, `${copy}.part`);
    assert.deepEqual(modesIn(path.dirname(file)), {
      'meter.db': '600',
      'meter.db-shm': '600',
      'meter.db-wal': '600',
      'meter.db.copy': '600',
    });
    assert.deepEqual(reports, []);
    assert.equal(await requests(await open({ file: copy })), 1);
  });

  it('is taken from them where they could read and write it before, and that is told', async () => {
    const file = newFile();
    const first = await open({ file });
    await first.record([event()]);
    for (const part of ['', '-wal', '-shm']) chmodSync(file + part, 0o666);
    const reports: string[] = [];
    const second = await open({ file, report: (line) => reports.push(line) });
    await second.record([event()]);
    assert.deepEqual(Object.values(modesIn(path.dirname(file))), ['600', '600', '600']);
    assert.deepEqual(reports, [
      `${file} was open to other users of this computer: it is for its owner alone now (mode 0600).`,
    ]);
    assert.deepEqual(second.state().notices, reports);
  });

  it('is nothing with a damaged file that is set aside', async () => {
    const file = newFile();
    await (await open({ file })).close();
    const whole = statSync(file).size;
    writeFileSync(file, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(whole - 16, 7)]));
    chmodSync(file, 0o644);
    const store = await open({ file });
    await store.record([event()]);
    assert.equal(store.state().quarantined.length, 1);
    assert.deepEqual([...new Set(Object.values(modesIn(path.dirname(file))))], ['600']);
  });

  it('stays as it is where the file is of another program', async () => {
    const file = newFile();
    const other = new DatabaseSync(file, { timeout: 10_000 });
    other.exec('CREATE TABLE things (id)');
    other.close();
    chmodSync(file, 0o644);
    await assert.rejects(open({ file }), /is a database of another program/);
    assert.deepEqual(modesIn(path.dirname(file)), { 'meter.db': '644' });
  });
});
