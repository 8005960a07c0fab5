import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createSqliteEngine } from '../../../../src/store/sqlite/sqliteEngine';
import type { StoreEngine } from '../../../../src/store/storeEngine';
import { workerFile } from '../../../../src/store/sqlite/workerFile';
import { cleanUp, newFolder } from './storeFixture';

/** The real thread, which throws or ends where a flow of that name is asked for. */
const script = `
const { parentPort } = require('node:worker_threads');
require(${JSON.stringify(workerFile)});
parentPort.on('message', ({ args: [input] }) => {
  if (input === 'throw') setImmediate(() => { throw new TypeError('odd'); });
  if (input === 'reject') Promise.reject(new TypeError('odd'));
  if (input === 'end') process.exit(3);
});`;

describe("The thread of a meter's store", () => {
  let engine: StoreEngine;
  let notices: string[];
  let wake: () => void;

  beforeEach(async () => {
    const folder = newFolder();
    notices = [];
    wake = () => undefined;
    const file = path.join(folder, 'odd.js');
    writeFileSync(file, script);
    engine = createSqliteEngine({
      file: path.join(folder, 'meter.db'),
      zone: 'UTC',
      maxFlows: 10,
      setsAside: true,
      script: file,
      restartMs: 0,
      onQuarantine: () => assert.fail('nothing is damaged'),
      onNotice: (message) => {
        notices.push(message);
        wake();
      },
    });
    await engine.open();
    await engine.declareFlows([{ id: '1', name: 'Booking' }]);
  });
  afterEach(async () => {
    await engine.close();
    await cleanUp();
  });

  const noticed = async (count: number): Promise<void> => {
    while (notices.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };

  for (const odd of ['throw', 'reject']) {
    it(`goes on after an exception that nobody caught (${odd}), and says so`, async () => {
      assert.equal(await engine.readFlow(odd), undefined);
      await noticed(1);
      assert.match(notices[0]!, /^The meter's store met an unexpected error: TypeError: odd/);
      assert.equal((await engine.readFlow('1'))?.id, '1');
      assert.equal(notices.length, 1);
    });
  }

  it('is started anew where it ends, and tells those who wait that they may ask again', async () => {
    const both = await Promise.allSettled([engine.readFlow('end'), engine.readFlow('1')]);
    assert.ok(both.some(({ status }) => status === 'rejected'));
    for (const one of both)
      if (one.status === 'rejected') assert.equal((one.reason as { kind: string }).kind, 'failed');
    await noticed(1);
    assert.deepEqual(notices, ["The meter's store has ended. It is started anew."]);
    assert.equal((await engine.readFlow('1'))?.id, '1');
    await assert.rejects(Promise.all([engine.readFlow('end'), engine.readFlow('1')]), { kind: 'failed' });
    assert.equal((await engine.readFlow('1'))?.id, '1');
  });

  it('is not started again and again at once where it cannot run', async () => {
    const broken = path.join(newFolder(), 'broken.js');
    writeFileSync(broken, 'throw new Error("cannot run")');
    const dead = createSqliteEngine({
      file: 'unused.db',
      zone: 'UTC',
      maxFlows: 10,
      setsAside: true,
      script: broken,
      onQuarantine: () => undefined,
      onNotice: (message) => notices.push(message),
    });
    for (let i = 0; i < 100; i++) await assert.rejects(dead.open(), { message: /cannot run/ });
    assert.equal(notices.length, 1);
    await dead.close();
  });
});
