import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { openWorker, type WorkerClient } from '../../../../src/store/sqlite/workerClient';
import { workerFile } from '../../../../src/store/sqlite/workerFile';
import { cleanUp, newFolder } from './meterHarness';

/** The real thread, which throws or ends where a flow of that name is asked for. */
const script = `
const { parentPort } = require('node:worker_threads');
require(${JSON.stringify(workerFile)});
parentPort.on('message', ({ input }) => {
  if (input === 'throw') setImmediate(() => { throw new TypeError('odd'); });
  if (input === 'reject') Promise.reject(new TypeError('odd'));
  if (input === 'end') process.exit(3);
});`;

describe("The thread of a meter's store", () => {
  let door: WorkerClient;
  let told: string[];
  let wake: () => void;

  beforeEach(async () => {
    const folder = newFolder();
    told = [];
    wake = () => undefined;
    const file = path.join(folder, 'odd.js');
    writeFileSync(file, script);
    door = openWorker({
      start: { file: path.join(folder, 'meter.db'), zone: 'UTC', maxFlows: 10 },
      script: file,
      restartMs: 0,
      onSetAside: () => assert.fail('nothing is damaged'),
      onNotice: (message) => {
        told.push(message);
        wake();
      },
    });
    await door.ask('open', undefined);
    await door.ask('declareFlows', [{ id: '1', name: 'Booking' }]);
  });
  afterEach(async () => {
    await door.ask('close', undefined);
    await cleanUp();
  });

  const tells = async (count: number): Promise<void> => {
    while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };

  for (const odd of ['throw', 'reject']) {
    it(`goes on after an exception that nobody caught (${odd}), and says so`, async () => {
      assert.equal(await door.ask('readFlow', odd), undefined);
      await tells(1);
      assert.match(told[0]!, /^The meter's store met an unexpected error: TypeError: odd/);
      assert.equal((await door.ask('readFlow', '1'))?.id, '1');
      assert.equal(told.length, 1);
    });
  }

  it('is started anew where it ends, and tells those who wait that they may ask again', async () => {
    const both = await Promise.allSettled([door.ask('readFlow', 'end'), door.ask('readFlow', '1')]);
    assert.ok(both.some(({ status }) => status === 'rejected'));
    for (const one of both)
      if (one.status === 'rejected') assert.equal((one.reason as { kind: string }).kind, 'failed');
    await tells(1);
    assert.deepEqual(told, ["The meter's store has ended. It is started anew."]);
    assert.equal((await door.ask('readFlow', '1'))?.id, '1');
    await assert.rejects(Promise.all([door.ask('readFlow', 'end'), door.ask('readFlow', '1')]), { kind: 'failed' });
    assert.equal((await door.ask('readFlow', '1'))?.id, '1');
  });

  it('is not started again and again at once where it cannot run', async () => {
    const broken = path.join(newFolder(), 'broken.js');
    writeFileSync(broken, 'throw new Error("cannot run")');
    const dead = openWorker({
      start: { file: 'unused.db', zone: 'UTC', maxFlows: 10 },
      script: broken,
      onSetAside: () => undefined,
      onNotice: (message) => told.push(message),
    });
    for (let i = 0; i < 100; i++) await assert.rejects(dead.ask('open', undefined), { message: /cannot run/ });
    assert.equal(told.length, 1);
    await dead.ask('close', undefined);
  });
});
