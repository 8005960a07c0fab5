import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { makeToken, readOwner, removeOwner, writeOwner } from '../../../src/meter/folder';
import { isAlive, MeterFixture, running, until } from './meterFixture';

describe('Before all files are deleted, the meter', () => {
  let fixture: MeterFixture;

  beforeEach(async () => {
    fixture = await MeterFixture.open();
  });

  afterEach(() => fixture.close());

  it('is stopped for sure, also where it is frozen', async () => {
    const supervisor = fixture.supervisor();
    supervisor.start();
    const { report } = await running(supervisor);
    await until('the record is whole', async () => (await readOwner(fixture.folder))?.startStamp !== undefined);
    process.kill(report.pid, 'SIGSTOP');
    assert.equal(await supervisor.stop(), 'unanswered');
    assert.ok(isAlive(report.pid), 'without force it is left alone');
    assert.equal(await supervisor.stop({ force: true }), 'stopped');
    await until('its process is gone', () => !isAlive(report.pid));
    await assert.rejects(fixture.record());
  }).timeout(40_000);

  it('is not said to be stopped where nothing tells which process it is, and no other process is ended', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port: apiPort } = silent.address() as AddressInfo;
    try {
      await makeToken(fixture.folder);
      const supervisor = fixture.supervisor();
      const record = { pid: other.pid!, apiPort, recorderPort: fixture.port };
      await writeOwner(fixture.folder, record);
      assert.equal(await supervisor.stop({ force: true }), 'unanswered');
      assert.ok(isAlive(other.pid!));
      await writeOwner(fixture.folder, { ...record, startStamp: 'another boot 1' });
      assert.equal(await supervisor.stop({ force: true }), 'none', 'the meter of the record is gone for sure');
      assert.ok(isAlive(other.pid!));
    } finally {
      await removeOwner(fixture.folder, other.pid!);
      other.kill('SIGKILL');
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('is not missed while it starts', async () => {
    const supervisor = fixture.supervisor();
    supervisor.start();
    assert.equal(await supervisor.stop({ force: true }), 'none', 'no process was started yet, and none is from now on');
    supervisor.start();
    await until('its process has been started', () => existsSync(path.join(fixture.folder, 'meter.db')));
    assert.equal(await supervisor.stop({ force: true }), 'stopped');
    await assert.rejects(fixture.record());
    assert.equal(await readOwner(fixture.folder), undefined);
  });

  const moments: readonly (readonly [string, (folder: string) => boolean])[] = [
    ['before it has begun', () => true],
    ['while it begins its file', (folder) => existsSync(path.join(folder, 'meter.db'))],
    ['while it makes its token', (folder) => existsSync(path.join(folder, 'token'))],
    ['once it is there', (folder) => existsSync(path.join(folder, 'owner.json'))],
  ];
  for (const [moment, isNow] of moments) {
    it(`ends, and brings no file back, where another window started it and its folder is deleted ${moment}`, async () => {
      const start = fixture.start();
      await until('the moment has come', () => isNow(fixture.folder));
      await rm(fixture.folder, { recursive: true, maxRetries: 5 });
      await start.exited;
      assert.ok(!existsSync(fixture.folder), 'the folder stays deleted');
    });
  }
});
