/** A meter's file that is renamed, deleted or replaced while it is in use, by one process or several. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { buildProgram } from '../../../fixtures/program';
import { formatEvent, type MeterEvent } from '../../../../src/contract/event';
import type { MeterStore } from '../../../../src/store/meterStore';
import { cleanUp, event, failure, flowId, newFile, newFolder, open, requests } from './storeFixture';

function beside(file: string, name: string): string {
  return path.join(path.dirname(file), name);
}

/** Requests in a file that nobody has open. */
async function requestsIn(file: string): Promise<number> {
  const store = await open({ file });
  const count = await requests(store);
  await store.close();
  return count;
}

async function recordSome(store: MeterStore, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await store.record([event()]);
}

/** A file with five requests in its journal, as after a kill. */
async function killed(): Promise<string> {
  const [file, copy] = [newFile(), newFile()];
  const store = await open({ file });
  // From here on the journal is left alone for a minute.
  await until(() => statSync(`${file}-wal`).size === 0);
  await recordSome(store, 5);
  for (const part of ['', '-wal']) copyFileSync(file + part, copy + part);
  await store.close();
  return copy;
}

/** Waits for what the store does by itself. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(20);
}

describe('file of a meter that is moved while it is in use', () => {
  afterEach(cleanUp);

  it('takes along what was acknowledged, and a new one is begun and reported', async () => {
    const file = newFile();
    const reports: string[] = [];
    const store = await open({ file, report: (text) => reports.push(text) });
    await recordSome(store, 20);
    renameSync(file, beside(file, 'old.db'));
    await recordSome(store, 3);
    assert.equal(await requests(store), 3);
    await store.close();
    assert.equal(await requestsIn(beside(file, 'old.db')), 20);
    assert.equal(await requestsIn(file), 3);
    assert.equal(reports.length, 1);
    assert.match(
      reports[0]!,
      /meter\.db was moved away while it was in use: a new file was begun\. .*file that was moved\.$/,
    );
    assert.deepEqual(store.state().notices, reports);
    assert.deepEqual(readdirSync(path.dirname(file)).sort(), ['meter.db', 'old.db']);
  });

  it('is complete soon after it was moved, though nobody asks for anything', async () => {
    const file = newFile();
    const store = await open({ file });
    await recordSome(store, 20);
    renameSync(file, beside(file, 'old.db'));
    await until(() => store.state().notices.length > 0);
    assert.equal(await requestsIn(beside(file, 'old.db')), 20);
  });

  it('takes along what was acknowledged where the meter ends before it has seen the move', async () => {
    for (const others of [0, 1]) {
      const file = newFile();
      const all = [await open({ file }), ...(others ? [await open({ file })] : [])];
      for (const store of all) await recordSome(store, 5);
      renameSync(file, beside(file, 'old.db'));
      await Promise.all(all.map((store) => store.close()));
      // A look that just fell in between has begun the next file.
      const names = readdirSync(path.dirname(file)).filter((name) => name !== 'meter.db');
      assert.deepEqual(names, ['old.db']);
      assert.equal(await requestsIn(beside(file, 'old.db')), 5 * all.length);
    }
  });

  it('takes along what was acknowledged where the meter ends after its folder was renamed', async () => {
    const file = path.join(newFolder(), 'in', 'meter.db');
    mkdirSync(path.dirname(file));
    const store = await open({ file });
    await recordSome(store, 5);
    const moved = `${path.dirname(file)}-moved`;
    renameSync(path.dirname(file), moved);
    await store.close();
    assert.equal(await requestsIn(path.join(moved, 'meter.db')), 5);
  });

  for (const [what, parts] of [
    ['with its journal', ['', '-wal', '-shm']],
    ['after its journal', ['-shm', '-wal', '']],
  ] as const) {
    it(`takes along what was acknowledged when it is moved ${what}, one by one`, async () => {
      const file = newFile();
      const store = await open({ file });
      let recorded = 0;
      for (const part of parts) {
        await recordSome(store, 5);
        recorded += 5;
        if (existsSync(file + part)) renameSync(file + part, beside(file, 'old.db') + part);
      }
      await recordSome(store, 5);
      await store.close();
      assert.equal((await requestsIn(beside(file, 'old.db'))) + (await requestsIn(file)), recorded + 5);
    });
  }

  it('loses nothing where only its journal is moved or deleted', async () => {
    const file = newFile();
    const store = await open({ file });
    for (const part of ['-wal', '-shm'] as const) {
      await recordSome(store, 5);
      rmSync(file + part);
    }
    await recordSome(store, 5);
    assert.equal(await requests(store), 15);
    await store.close();
    assert.equal(await requestsIn(file), 15);
    assert.match(
      store.state().notices.join(' '),
      /journal of .*meter\.db was moved away or deleted: it was begun anew/,
    );
  });

  it('is left for the one that is put in its place', async () => {
    const file = newFile();
    const other = newFile();
    const before = await open({ file: other });
    await recordSome(before, 7);
    await before.close();
    const store = await open({ file });
    await recordSome(store, 20);
    renameSync(file, beside(file, 'old.db'));
    renameSync(other, file);
    await recordSome(store, 1);
    assert.equal(await requests(store), 8);
    assert.match(store.state().notices[0]!, /moved away.*the file that is there now is used/);
    await store.close();
    assert.equal(await requestsIn(beside(file, 'old.db')), 20);
    assert.equal(await requestsIn(file), 8);
  });

  it('is followed where a link to it leads elsewhere from now on, and both stay whole', async () => {
    const [one, two] = [newFile(), newFile()];
    const link = beside(one, 'link.db');
    symlinkSync(one, link);
    const store = await open({ file: link });
    const neighbour = await open({ file: one });
    await recordSome(store, 5);
    rmSync(link);
    symlinkSync(two, link);
    await recordSome(store, 4);
    await recordSome(neighbour, 3);
    await store.close();
    await neighbour.close();
    assert.equal(await requestsIn(one), 8);
    assert.equal(await requestsIn(two), 4);
  });

  it('is reported with its folder gone, and goes on once there is one', async () => {
    const folder = path.join(newFolder(), 'data');
    mkdirSync(folder);
    const file = path.join(folder, 'meter.db');
    const store = await open({ file });
    await recordSome(store, 5);
    renameSync(folder, `${folder}.old`);
    await assert.rejects(store.record([event()]), /there is no folder .*data\./);
    mkdirSync(folder);
    await recordSome(store, 2);
    await store.close();
    assert.equal(await requestsIn(path.join(`${folder}.old`, 'meter.db')), 5);
    assert.equal(await requestsIn(file), 2);
  });

  for (const [what, put] of [
    ['a text', (file: string) => writeFileSync(file, 'not a database, but a text '.repeat(50))],
    ['a link to nowhere', (file: string) => symlinkSync('none/meter.db', file)],
    ['a folder', (file: string) => mkdirSync(file)],
  ] as const) {
    it(`is reported also where ${what} stands in its place for a while`, async () => {
      const file = newFile();
      const store = await open({ file });
      await recordSome(store, 5);
      renameSync(file, beside(file, 'old.db'));
      put(file);
      await failure(store.record([event()]));
      rmSync(file, { recursive: true });
      await recordSome(store, 1);
      assert.match(
        store.state().notices.join(' '),
        /meter\.db was moved away while it was in use: a new file was begun\./,
      );
      await store.close();
      assert.deepEqual([await requestsIn(beside(file, 'old.db')), await requestsIn(file)], [5, 1]);
    });
  }

  it('keeps its flows with name and endpoint in each file that is begun', async () => {
    const file = newFile();
    const store = await open({ file });
    await store.declareFlows([{ id: '1', name: 'Gone', upstream: 'http://127.0.0.1/gone' }]);
    await store.declareFlows([{ id: flowId, name: 'Booking', upstream: 'http://127.0.0.1:3000/flow' }]);
    const damage = (): void => writeFileSync(file, Buffer.alloc(statSync(file).size));
    for (const begin of [() => renameSync(file, beside(file, 'old.db')), () => rmSync(file), damage]) {
      begin();
      const flow = await store.readFlow(flowId);
      assert.deepEqual([flow?.fields.name, flow?.fields.endpoint_uri], ['Booking', 'http://127.0.0.1:3000/flow']);
      assert.equal(await store.readFlow('1'), undefined);
    }
  });

  it('sets the journal of a process that died aside where its file was moved, rather than to delete it', async () => {
    const dead = await killed();
    renameSync(dead, beside(dead, 'old.db'));
    const reports: string[] = [];
    const next = await open({ file: dead, report: (text) => reports.push(text) });
    await recordSome(next, 1);
    assert.equal(await requests(next), 1);
    const [aside] = readdirSync(path.dirname(dead)).filter((name) => name.startsWith('meter.db-wal.left-'));
    assert.ok(reports.length === 1 && reports[0]!.includes(aside!), reports.join());
    // As the report says.
    renameSync(beside(dead, aside!), beside(dead, 'old.db-wal'));
    assert.equal(await requestsIn(beside(dead, 'old.db')), 5);
  });

  it('gets what its journal holds in the background, so that a copy of it lacks no more than a minute', async () => {
    const file = await killed();
    const store = await open({ file });
    await until(() => statSync(`${file}-wal`).size === 0);
    const copy = newFile();
    copyFileSync(file, copy);
    assert.equal(await requestsIn(copy), 5);
    await store.close();
  });
});

describe('file of a meter that is moved while several programs write to it', () => {
  let folder: string;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = newFolder();
    await buildProgram(folder);
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await cleanUp();
  });

  async function serve(file: string): Promise<{ child: ChildProcess; url: string; errors: () => string }> {
    const args = [path.join(folder, 'flowmeter.js'), 'serve', '--port', '0', '--store', file];
    const env = { ...process.env, FLOWMETER_TOKEN: 'secret' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      const url = /^listening on (http:\/\/\S+)$/m.exec(out)?.[1];
      if (url) return { child, url, errors: () => errors };
    }
    throw new Error(`ended early: ${out}${errors}`);
  }

  async function send(url: string, events: readonly MeterEvent[]): Promise<void> {
    const response = await fetch(`${url}/v26.0/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' },
      body: events.map(formatEvent).join('\n'),
    });
    assert.equal(response.status, 200, await response.text());
  }

  for (const servers of [1, 3]) {
    it(`holds every acknowledged event once, in one of the files, under ${servers} programs`, async () => {
      const file = path.join(folder, `several-${servers}.db`);
      const programs = await Promise.all(Array.from({ length: servers }, () => serve(file)));
      let acknowledged = 0;
      let stop = false;
      const writers = programs.flatMap(({ url }) =>
        Array.from({ length: 4 }, async () => {
          while (!stop) {
            await send(url, [event({ time: Date.now() })]);
            acknowledged++;
          }
        }),
      );
      const rounds = 6;
      for (let i = 0; i < rounds; i++) {
        const before = acknowledged;
        await until(() => acknowledged > before + 20 && existsSync(file));
        renameSync(file, `${file}.${i}`);
      }
      const last = acknowledged;
      await until(() => acknowledged > last + 20);
      stop = true;
      await Promise.all(writers);
      for (const { child } of programs) child.kill('SIGTERM');
      await Promise.all(programs.map(({ child }) => once(child, 'exit')));
      let found = 0;
      for (const name of [file, ...Array.from({ length: rounds }, (_, i) => `${file}.${i}`)]) {
        const store = await open({ file: name, now: Date.now });
        found += await requests(store);
        assert.deepEqual(store.state().quarantined, []);
        await store.close();
      }
      assert.equal(found, acknowledged, programs.map(({ errors }) => errors()).join());
      assert.deepEqual(
        readdirSync(folder).filter((name) => /damaged|begin/.test(name)),
        [],
      );
    }).timeout(120_000);
  }

  it('acknowledges nothing into a file that is deleted', async () => {
    const file = path.join(folder, 'deleted.db');
    const programs = await Promise.all([serve(file), serve(file)]);
    for (let i = 0; i < 6; i++) {
      await Promise.all(programs.map(({ url }) => send(url, [event({ time: Date.now() })])));
      for (const part of ['', '-wal', '-shm'].slice(0, 1 + (i % 3))) rmSync(file + part, { force: true });
    }
    await Promise.all(programs.map(({ url }) => send(url, [event({ time: Date.now() }), event({ time: Date.now() })])));
    for (const { child } of programs) child.kill('SIGTERM');
    await Promise.all(programs.map(({ child }) => once(child, 'exit')));
    const store = await open({ file, now: Date.now });
    assert.equal(await requests(store), 4);
    assert.match(programs[0]!.errors(), /deleted\.db was deleted while it was in use/);
  }).timeout(60_000);
});
