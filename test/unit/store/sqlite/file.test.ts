/** The file of a meter in every condition in which it can be found. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { dayMs } from '../../../../src/contract/calendar';
import { withExclusiveLock } from '../../../../src/store/sqlite/exclusiveLock';
import { rollups } from '../../../../src/store/rollups';
import type { MeterStore } from '../../../../src/store/meterStore';
import { checkNode } from '../../../../src/store/sqlite/nodeVersion';
import { applicationId, figureColumns, migrations } from '../../../../src/store/sqlite/schema';
import { openFailure } from '../../../../src/store/sqlite/openFailure';
import { cleanUp, event, failure, flowId, newFile, notice, open, present, requests } from './storeFixture';

/** A file with some events, closed. */
async function filled(count = 3): Promise<string> {
  const file = newFile();
  const store = await open({ file });
  await store.record(Array.from({ length: count }, () => event()));
  await store.close();
  return file;
}

function quarantinedIn(file: string): readonly string[] {
  return readdirSync(path.dirname(file)).filter((name) => /^meter\.db\.damaged-\d{8}T\d{6}Z(-\d+)?$/.test(name));
}

describe('file of a meter', () => {
  afterEach(cleanUp);

  /** The store works, and says that it has set one file aside. */
  async function assertBegunAnew(store: MeterStore, file: string, reports: readonly string[]): Promise<void> {
    assert.deepEqual(await store.record([event()]), { accepted: 1, duplicates: 0 });
    assert.equal(await requests(store), 1);
    const aside = quarantinedIn(file);
    assert.equal(aside.length, 1);
    assert.deepEqual(store.state().quarantined, [path.join(path.dirname(file), aside[0]!)]);
    assert.equal(reports.length, 1);
    assert.match(reports[0]!, /meter\.db was damaged: it was set aside as .*meter\.db\.damaged-\d{8}T\d{6}Z/);
  }

  for (const [what, damage] of [
    ['lost its second half', (file) => truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096)],
    ['has a header of nonsense', (file) => overwrite(file, 16, 84)],
    ['has a damaged first page', (file) => overwrite(file, 100, 1000)],
  ] as const satisfies readonly (readonly [string, (file: string) => void])[]) {
    it(`that ${what} is set aside, reported, and a new one begun`, async () => {
      const file = await filled();
      damage(file);
      const damaged = readFileSync(file);
      const reports: string[] = [];
      const store = await open({ file, report: (message) => reports.push(message) });
      await assertBegunAnew(store, file, reports);
      assert.deepEqual(readFileSync(store.state().quarantined[0]!), damaged);
    });
  }

  it('that turns out to be damaged while it is used is set aside, and the events are written to the new one', async () => {
    const file = await filled();
    // The tables are there, what is in them is not.
    overwrite(file, 2 * 4096, statSync(file).size - 2 * 4096);
    const reports: string[] = [];
    const store = await open({ file, report: (message) => reports.push(message) });
    await assertBegunAnew(store, file, reports);
  });

  it('that was set aside by one process is left by the others', async () => {
    const file = await filled();
    const [one, two] = [await open({ file }), await open({ file })];
    await two.record([event()]);
    const reader = new DatabaseSync(file, { timeout: 10_000 });
    reader.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    reader.close();
    overwrite(file, 4096, statSync(file).size - 4096);
    await one.close();
    const third = await open({ file });
    await third.record([event()]);
    await two.record([event()]);
    assert.equal(quarantinedIn(file).length, 1);
    assert.equal(await requests(third), 2);
    assert.equal(await requests(two), 2);
  });

  it('that was deleted under a running meter is begun anew, so that nothing is acknowledged into the void', async () => {
    const file = newFile();
    const store = await open({ file });
    await store.record([event()]);
    for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true });
    await store.record([event(), event()]);
    await store.close();
    assert.equal(await requests(await open({ file })), 2);
  });

  it('that ends in the middle of a write holds each commit whole or not at all', async () => {
    const file = newFile();
    const store = await open({ file });
    await store.putFlow({ id: flowId });
    // From here on the journal is left alone for a minute.
    while (statSync(`${file}-wal`).size > 0) await store.readFlow(flowId);
    const sizes: number[] = [];
    for (let i = 0; i < 6; i++) {
      await store.record([event(), event()]);
      sizes.push(statSync(`${file}-wal`).size);
    }
    const whole = statSync(`${file}-wal`).size;
    const copy = newFile();
    for (let size = sizes[0]! - 5000; size <= whole; size += 1237) {
      for (const part of ['', '-wal']) copyFileSync(file + part, copy + part);
      truncateSync(`${copy}-wal`, Math.min(size, whole));
      const torn = await open({ file: copy });
      assert.equal(await requests(torn), 2 * sizes.filter((end) => end <= size).length, `cut at ${size}`);
      assert.deepEqual(torn.state().quarantined, []);
      await torn.close();
      for (const part of ['', '-wal', '-shm']) rmSync(copy + part, { force: true });
    }
  });

  it('of a newer version is refused and stays as it is', async () => {
    const file = await filled();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = readFileSync(file);
    const { kind, message } = await failure(open({ file }));
    assert.equal(kind, 'newer');
    assert.match(message, /newer Flowmeter.*99.*another file/);
    assert.deepEqual(readFileSync(file), before);
    assert.deepEqual(quarantinedIn(file), []);
  });

  it('of another program is refused and stays as it is', async () => {
    const file = newFile();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec("CREATE TABLE flows (id); INSERT INTO flows VALUES ('mine')");
    database.close();
    const before = readFileSync(file);
    assert.equal((await failure(open({ file }))).kind, 'foreign');
    assert.deepEqual(readFileSync(file), before);
  });

  for (const [what, content] of [
    ['is a text', 'something else altogether'.repeat(500)],
    ['is two bytes', 'x\n'],
    ['ends within the name of the format', 'SQLite format 3'],
    ['was a meter and begins with zeros', undefined],
  ] as const) {
    it(`that ${what} is refused, which says what may be chosen, and stays as it is`, async () => {
      const file = await filled();
      if (content === undefined) overwrite(file, 0, 100);
      else writeFileSync(file, content);
      const before = readFileSync(file);
      for (let i = 0; i < 2; i++) {
        const { kind, message } = await failure(open({ file }));
        assert.equal(kind, 'foreign');
        assert.ok(message.startsWith(`${file} is no SQLite database`), message);
        assert.match(message, /choose a meter's file, an empty one or a new name/);
      }
      assert.deepEqual(readFileSync(file), before);
      assert.deepEqual(readdirSync(path.dirname(file)), [path.basename(file)]);
    });
  }

  it('that is empty is begun in', async () => {
    const file = newFile();
    writeFileSync(file, '');
    const store = await open({ file });
    await store.record([event()]);
    assert.equal(await requests(store), 1);
    assert.deepEqual(store.state().quarantined, []);
  });

  it('whose beginning is lost while it is open is set aside: it was the meter’s', async () => {
    const file = await filled();
    const reports: string[] = [];
    const store = await open({ file, report: (message) => reports.push(message) });
    overwrite(file, 0, statSync(file).size);
    await assertBegunAnew(store, file, reports);
  });

  for (const [what, sql] of [
    [
      'a trigger that never ends',
      `CREATE TRIGGER evil BEFORE INSERT ON event_ids BEGIN
         SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END`,
    ],
    [
      'a trigger of its own table',
      'CREATE TABLE mine (x); CREATE TRIGGER evil AFTER INSERT ON mine BEGIN SELECT 1; END',
    ],
    ['an index of somebody else', 'CREATE INDEX evil ON event_ids (length(id))'],
    ['a view in the place of a table', 'DROP TABLE presence; CREATE VIEW presence AS SELECT 1 AS begin'],
    ['a table with another rule', 'DROP TABLE presence; CREATE TABLE presence (begin INTEGER CHECK (begin < 0))'],
    [
      'a trigger of ours changed',
      'DROP TRIGGER flow_added; CREATE TRIGGER flow_added AFTER INSERT ON flows BEGIN SELECT 1; END',
    ],
    ['a table less', 'DROP TABLE failures'],
  ] as const) {
    it(`that somebody prepared is refused and stays as it is: ${what}`, async () => {
      const file = await filled();
      const database = new DatabaseSync(file, { timeout: 10_000 });
      database.exec(sql);
      database.close();
      const before = readFileSync(file);
      const { kind, message } = await failure(open({ file }));
      assert.equal(kind, 'foreign');
      assert.match(message, /other tables, indexes or triggers than Flowmeter makes/);
      assert.deepEqual(readFileSync(file), before);
    });
  }

  it('to which somebody added tables and views for questions of their own is used on', async () => {
    const file = await filled();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec(
      'CREATE TABLE mine (x); CREATE INDEX of_mine ON mine (x); CREATE VIEW sums AS SELECT * FROM flows; ANALYZE',
    );
    database.close();
    assert.equal(await requests(await open({ file })), 3);
  });

  for (const bytes of ['ff', '8080808080808080808080', 'ffffff7f01', '01', '0100', '0001', '01ffffffffffffff7f01']) {
    it(`with a distribution of latencies that nobody wrote (${bytes}) takes events and is read`, async () => {
      const file = await filled();
      const database = new DatabaseSync(file, { timeout: 10_000 });
      database.exec(`UPDATE latencies SET histogram = x'${bytes}'`);
      database.close();
      const reports: string[] = [];
      const store = await open({ file, report: (message) => reports.push(message) });
      const span = { begin: present - dayMs, end: present };
      assert.equal((await store.readMilliseconds({ flowId, granularity: 'LIFETIME', span })).begins.length, 0);
      assert.deepEqual(await store.record([event(), event({ flowId: '99' })]), { accepted: 2, duplicates: 0 });
      assert.equal(await requests(store), 4);
      assert.deepEqual(reports, [`A distribution of latencies in ${file} was damaged: its percentiles begin anew.`]);
    });
  }

  for (let version = 1; version < migrations.length; version++) {
    it(`of version ${version} is brought to the present one with all that it holds`, async () => {
      const file = newFile();
      const database = new DatabaseSync(file, { timeout: 10_000 });
      for (const migration of migrations.slice(0, version)) database.exec(migration);
      database.exec(`PRAGMA user_version = ${version}; PRAGMA application_id = ${applicationId}`);
      database.prepare('INSERT INTO flows (key, id, name) VALUES (1, ?, ?)').run(flowId, 'Old flow');
      const insert = database.prepare(
        `INSERT INTO buckets VALUES (1, ?, ?, ${figureColumns.map(() => '7').join(', ')})`,
      );
      rollups.forEach((length, level) => insert.run(level, Math.floor(present / length) * length));
      database.close();
      const store = await open({ file });
      await store.record([event()]);
      assert.equal(await requests(store), 8);
      assert.equal((await store.readFlow(flowId))?.fields.name, 'Old flow');
      await store.recordAlerts([notice()]);
      assert.equal((await store.readAlerts(flowId)).length, 1);
      await store.addMark({ text: 'v1.4.2', time: present, flowId });
      assert.equal((await store.readMarks(flowId)).length, 1);
      await store.close();
      const after = new DatabaseSync(file, { timeout: 10_000 });
      assert.equal(after.prepare('PRAGMA user_version').get()!.user_version, migrations.length);
      after.close();
    });
  }

  it('of a version whose ids had no flow still knows them for every flow, until they are a day old', async () => {
    const file = newFile();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    for (const migration of migrations.slice(0, 2)) database.exec(migration);
    database.exec(`PRAGMA user_version = 2; PRAGMA application_id = ${applicationId}; BEGIN`);
    const insert = database.prepare('INSERT INTO ids (id, seen) VALUES (?, ?)');
    const many = 12_000;
    for (let i = 0; i < many; i++) insert.run(`old-${i}`, present - dayMs + (i % 2) * 60_000);
    database.exec('COMMIT');
    database.close();
    const idsIn = (table: string): unknown => {
      const reading = new DatabaseSync(file, { timeout: 10_000 });
      const { n } = reading.prepare(`SELECT count(*) AS n FROM ${table}`).get()!;
      reading.close();
      return n;
    };

    const store = await open({ file });
    const again = [event({ id: 'old-1' }), event({ id: 'old-1', flowId: '7' }), event({ id: `old-${many - 1}` })];
    assert.deepEqual(await store.record(again), { accepted: 0, duplicates: 3 });
    assert.equal(await store.readFlow('7'), undefined);
    // As old as a day, it is forgotten; and from now on ids belong to their flow.
    const past = [event({ id: 'old-0' }), event({ id: 'new' }), event({ id: 'new', flowId: '7' })];
    assert.deepEqual(await store.record(past), { accepted: 3, duplicates: 0 });
    assert.deepEqual(await store.record(past), { accepted: 0, duplicates: 3 });
    while (idsIn('ids') !== many / 2) await store.readFlow('7');
    await store.close();

    const later = await open({ file, now: () => present + 60_000 });
    assert.deepEqual(await later.record([event({ id: 'old-1' })]), { accepted: 1, duplicates: 0 });
    while (idsIn('ids') !== 0) await later.readFlow('7');
    assert.equal(idsIn('event_ids'), 4);
  });

  it('is made by several that begin at once', async () => {
    const file = newFile();
    const stores = await Promise.all(Array.from({ length: 6 }, () => open({ file })));
    await Promise.all(stores.map((store) => store.record([event(), event()])));
    assert.equal(await requests(stores[0]!), 12);
  });

  it('cannot lie where no file can be, which is told with what is allowed', async () => {
    const file = await filled();
    const folder = path.dirname(file);
    const inFolder = (name: string): string => path.join(folder, name);
    symlinkSync('loop-b', inFolder('loop-a'));
    symlinkSync('loop-a', inFolder('loop-b'));
    symlinkSync('none/meter.db', inFolder('dangling'));
    symlinkSync(folder, inFolder('link-to-folder'));
    execFileSync('mkfifo', [inFolder('fifo'), inFolder('beside.db-wal')]);
    mkdirSync(inFolder('meter.db-shm'));
    const socket = createServer().listen(inFolder('socket'));
    await once(socket, 'listening');
    for (const [place, told] of [
      [inFolder('none/meter.db'), /: there is no folder .*none\. /],
      [inFolder('meter.db/meter.db'), /meter\.db is not a folder\. /],
      [inFolder('loop-a/meter.db'), /the folder .*loop-a is a symbolic link that leads in a circle\. /],
      [inFolder('loop-a'), /: it is a symbolic link that leads in a circle\. /],
      [inFolder('dangling'), /: it is a symbolic link to .*none\/meter\.db, and there is no folder .*none\. /],
      [inFolder('link-to-folder'), /: it is a folder\. /],
      [inFolder('new/'), /: its name ends with "\/", as that of a folder\. /],
      [folder, /: it is a folder\. /],
      [inFolder('fifo'), /: it is a named pipe\. /],
      [inFolder('socket'), /: it is a socket\. /],
      ['/dev/zero', /: it is a device\. /],
      [inFolder('beside.db'), /: its own .*beside\.db-wal is a named pipe\. /],
      [file, /: its own .*meter\.db-shm is a folder\. /],
      [inFolder(`${'n'.repeat(300)}.db`), /: its name is too long\. /],
    ] as const) {
      const { kind, message } = await failure(open({ file: place }));
      assert.equal(kind, 'unusable', message);
      assert.match(message, told);
      assert.match(message, /A meter's file is an ordinary file: choose one, or a new name in a folder that exists\.$/);
    }
    await new Promise((resolve) => socket.close(resolve));
    assert.deepEqual(
      readdirSync(folder).filter((name) => /begin/.test(name)),
      [],
    );
  });

  it('cannot be begun where something else has the name of its lock, which is told and left as it is', async () => {
    for (const put of [
      (name: string) => writeFileSync(name, 'somebody’s text, longer than the header of a database '.repeat(20)),
      (name: string) => mkdirSync(name),
      (name: string) => execFileSync('mkfifo', [name]),
    ]) {
      const file = newFile();
      put(`${file}.begin`);
      const { kind, message } = await failure(open({ file }));
      assert.equal(kind, 'unusable', message);
      assert.match(message, /meter\.db\.begin is in the way: .*Move it away\.$/);
      assert.deepEqual(readdirSync(path.dirname(file)), ['meter.db.begin']);
    }
  });

  it('is begun although its lock was left by a process that died, or cannot be removed', async () => {
    const file = newFile();
    writeFileSync(`${file}.begin`, '');
    await (await open({ file })).record([event()]);
    assert.equal(existsSync(`${file}.begin`), false);
    // As on Windows, where nothing is removed that is open.
    const other = newFile();
    const begun = withExclusiveLock(other, 100, () => {
      rmSync(`${other}.begin`);
      mkdirSync(`${other}.begin`);
      return 'begun';
    });
    assert.equal(begun, 'begun');
  });

  it('cannot be one that another user keeps to himself', async () => {
    const file = await filled();
    chmodSync(path.dirname(file), 0o755);
    chmodSync(file, 0o000);
    const root = process.getuid?.() === 0;
    // Root may read everything, so it asks as somebody else.
    if (root) process.seteuid!(65_534);
    try {
      const { message } = root ? openFailure(file) : await failure(open({ file }));
      assert.match(message, /: the user of this program may not read and write it\. A meter's file is/);
    } finally {
      if (root) process.seteuid!(0);
    }
  });

  it('cannot lie in a folder that the user may not enter', async () => {
    const file = await filled();
    const folder = path.dirname(file);
    const root = process.getuid?.() === 0;
    chmodSync(folder, 0o600);
    if (root) process.seteuid!(65_534);
    try {
      const { message } = root ? openFailure(file) : await failure(open({ file }));
      assert.match(message, /: the user of this program may not enter its folder\. A meter's file is/);
    } finally {
      if (root) process.seteuid!(0);
      chmodSync(folder, 0o700);
    }
  });

  it('is made where a link leads that has no file yet', async () => {
    const file = newFile();
    const link = path.join(path.dirname(file), 'link.db');
    symlinkSync('meter.db', link);
    const store = await open({ file: link });
    await store.record([event()]);
    await store.close();
    assert.equal(await requests(await open({ file })), 1);
  });

  it('loses what is older than is kept, in the background, and nothing else', async () => {
    const file = newFile();
    const early = await open({ file });
    const days = [0, 5, 9, 10, 11, 50, 300];
    await early.record(days.map((age) => event({ time: present - age * dayMs })));
    await early.record([event({ flowId: '7', time: present - 200 * dayMs, outcome: 'check_failed', reason: 'old' })]);
    await early.close();
    const store = await open({ file, retentionDays: 10 });
    while ((await requests(store)) > 4 || (await store.firstStoredDay('7')) !== undefined);
    assert.equal(await requests(store), 4);
    assert.equal(await store.firstStoredDay(flowId), '2026-03-02');
    await store.close();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    const count = (table: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n;
    // Each of the four in its quarter, hour and day, and all in one longer row, which nobody reads as a whole any more.
    assert.deepEqual([count('buckets'), count('latencies'), count('failures')], [13, 13, 0]);
    database.close();
  });

  it('forgets ids after 24 hours, and not because the clock was wrong for a while', async () => {
    const file = newFile();
    const idsIn = (): unknown => {
      const database = new DatabaseSync(file, { timeout: 10_000 });
      const { n } = database.prepare('SELECT count(*) AS n FROM event_ids').get()!;
      database.close();
      return n;
    };
    let now = present;
    const store = await open({ file, now: () => now });
    const events = Array.from({ length: 20 }, (_, i) => event({ flowId: i % 2 === 0 ? flowId : '7' }));
    await store.record(events);
    for (const jump of [3 * dayMs, -3 * dayMs, 0]) {
      now = present + jump;
      const again = events.map((one) => ({ ...one, time: now }));
      assert.deepEqual(await store.record(again), { accepted: 0, duplicates: 20 });
    }
    await store.close();
    const later = await open({ file, now: () => present + dayMs + 60_000 });
    while (idsIn() !== 0) await later.readFlow(flowId);
    assert.equal(await requests(later), 10);
  });

  it('counts each event at its own time while the clock jumps', async () => {
    const file = newFile();
    const hour = 3_600_000;
    let now = present;
    const store = await open({ file, now: () => now });
    const jumps = [0, 5, -7, 30, -40, 1];
    for (const jump of jumps) {
      now = present + jump * hour;
      await store.record([event({ time: now })]);
    }
    now = present + 31 * hour;
    const span = { begin: present - 50 * hour, end: now };
    const { begins } = await store.readSeries({ flowId, metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'HOUR', span });
    const hours = jumps.map((jump) => Math.floor((present + jump * hour) / hour) * hour).sort((a, b) => a - b);
    assert.deepEqual([...begins], hours);
    assert.equal(await requests(store), jumps.length);
  });

  it('needs a Node that has SQLite', async () => {
    for (const able of ['22.13.0', '22.20.1', '23.4.0', '24.0.0', '30.1.2']) checkNode(able);
    for (const unable of ['18.20.0', '20.20.2', '22.12.0', '23.3.0']) {
      const { kind, message } = await failure(
        new Promise((_, reject) => {
          try {
            checkNode(unable);
          } catch (error) {
            reject(error as Error);
          }
        }),
      );
      assert.equal(kind, 'node');
      assert.ok(message.includes('22.13') && message.includes(unable));
    }
  });
});

function overwrite(file: string, from: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, from === 0 ? 0 : 0xa5), 0, length, from);
  closeSync(descriptor);
}
