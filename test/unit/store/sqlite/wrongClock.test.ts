/** A computer that starts with a wrong clock costs nothing that was measured. */
import assert from 'node:assert/strict';
import { dayMs } from '../../../../src/contract/calendar';
import { Database } from '../../../../src/store/sqlite/database';
import { Retention } from '../../../../src/store/sqlite/retention';
import { quarterMs } from '../../../../src/store/rollups';
import { cleanUp, event, newFile, open, present, requests } from './storeFixture';

describe('A meter on a computer with a wrong clock', () => {
  const ages = Array.from({ length: 300 }, (_, age) => age);
  let file: string;

  beforeEach(async () => {
    file = newFile();
    const store = await open({ file });
    await store.record(ages.map((age) => event({ time: present - age * dayMs })));
    await store.close();
  });
  afterEach(cleanUp);

  /** Runs at that clock, with a sweep at each quarter of an hour, as often as there is something to do. */
  const run = (from: number, quarters: number): void => {
    const database = new Database(file, {
      setsAside: true,
      onQuarantine: nothing,
      onNotice: nothing,
      onOpened: nothing,
    });
    const retention = new Retention();
    for (let i = 0; i < quarters; i++) {
      const now = from + i * quarterMs;
      while (database.use((connection) => retention.step(connection, { now, retentionNow: now, retentionDays: 400 })));
    }
    database.close();
  };
  const kept = async (): Promise<number> => {
    const store = await open({ file });
    const count = await requests(store);
    await store.close();
    return count;
  };

  it('keeps all that it has, however often it starts so', async () => {
    run(present, 10);
    for (let start = 0; start < 3; start++) {
      run(present + 500 * dayMs, 3);
      assert.equal(await kept(), ages.length);
    }
    // Right again, nothing is in the way of what has to go.
    run(present + dayMs, 4);
    assert.equal(await kept(), ages.length);
    run(present + 101.5 * dayMs, 97);
    assert.equal(await kept(), ages.length - 2);
  });

  it('tidies up after a long time away, once it has run for a day', async () => {
    run(present, 10);
    run(present + 500 * dayMs, 95);
    assert.equal(await kept(), ages.length);
    run(present + 501 * dayMs, 3);
    assert.equal(await kept(), 0);
  });

  it('tidies up at once after a few days away', async () => {
    run(present, 10);
    for (let day = 5; day <= 110; day += 5) run(present + day * dayMs, 2);
    assert.equal(await kept(), ages.length - 10);
  });

  it('knows its ids still, though it ran with a wrong clock meanwhile', async () => {
    const store = await open({ file });
    const mine = event();
    await store.record([mine]);
    await store.close();
    run(present, 2);
    run(present + 500 * dayMs, 3);
    assert.deepEqual(await (await open({ file })).record([mine]), { accepted: 0, duplicates: 1 });
  });
});

function nothing(): void {}
