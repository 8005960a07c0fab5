import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { makeToken, readOwner, removeOwner, writeOwner, type OwnerRecord } from '../../../src/meter/folder';
import { readStartStamp } from '../../../src/process/startStamp';
import { freePort } from '../../fixtures/freePort';
import { MeterFixture, running, until } from './meterFixture';

/** A program that takes connections and says nothing. */
async function holdPort(port: number): Promise<{ close(): Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}

describe('The record of the meter that runs', () => {
  let fixture: MeterFixture;
  let other: ChildProcess;

  beforeEach(async () => {
    fixture = await MeterFixture.open();
    other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
  });

  afterEach(async () => {
    other.kill('SIGKILL');
    await fixture.close();
  });

  it('names the start of its process, which tells it from others that get its pid', async () => {
    const supervisor = fixture.supervisor();
    supervisor.start();
    const { report } = await running(supervisor);
    await until('the record is whole', async () => (await readOwner(fixture.folder))?.startStamp !== undefined);
    const { pid, startStamp } = (await readOwner(fixture.folder))!;
    assert.deepEqual([pid, startStamp], [report.pid, await readStartStamp(report.pid)]);
  });

  /** What a new process says that finds this record, while silent programs have both ports. */
  async function saidBeside(record: Omit<OwnerRecord, 'apiPort'>): Promise<Record<string, unknown>> {
    const apiPort = await freePort();
    const holders = [
      await holdPort(apiPort),
      ...(record.recorderPort === fixture.port ? [await holdPort(fixture.port)] : []),
    ];
    try {
      await makeToken(fixture.folder);
      await writeOwner(fixture.folder, { apiPort, ...record });
      const { message } = fixture.start(5_000, { FLOWMETER_METER_PATIENCE_MS: '100' });
      return { apiPort, ...((await message) as object) };
    } finally {
      // The end of a test ends the process that the record names.
      await removeOwner(fixture.folder, record.pid);
      for (const holder of holders) await holder.close();
    }
  }

  const stales = [
    ['of another process, by its start', 1, 'another boot 1'],
    ['of which nothing tells whether it is the meter', 1, undefined],
    ['that a program of the same user has now', 'other', 'another boot 1'],
  ] as const;
  for (const [title, pid, startStamp] of stales) {
    it(`lets nobody end a process ${title}`, async () => {
      const stale = { pid: pid === 'other' ? other.pid! : pid, ...(startStamp === undefined ? {} : { startStamp }) };
      const taken = await saidBeside({ ...stale, recorderPort: fixture.port });
      assert.equal(taken.problem, 'portTaken');
      assert.match(
        String(taken.message),
        new RegExp(`^Port ${fixture.port} of 127\\.0\\.0\\.1 is in use by another program`),
      );
      assert.doesNotMatch(String(taken.message), /process/);
      // Another port stands in the settings by now, and that one is free.
      const moved = await saidBeside({ ...stale, recorderPort: fixture.port === 1_024 ? 1_025 : 1_024 });
      if (startStamp !== undefined) assert.equal(moved.kind, 'ready');
      else {
        assert.match(
          String(moved.message),
          new RegExp(`^The program that has port ${String(moved.apiPort)} .*may be a meter`),
        );
        assert.doesNotMatch(String(moved.message), /process/);
      }
    });
  }
});
