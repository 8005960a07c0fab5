import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Account } from '../../../src/domain/account';
import { AnswerCacheFiles } from '../../../src/host/storage/answerCacheFiles';
import { AnswerCache } from '../../../src/host/storage/answerCache';
import { FlowState } from '../../../src/state/flowState';
import { Refresher, type RefreshMinutes } from '../../../src/state/refresher';
import { HandClock } from '../state/handClock';
import { failure, publishedFlow, ScriptedClient } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const minute = 60_000;
const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const minutes: RefreshMinutes = { meta: 60, server: 15, demo: 15, meter: 1 };

/** Files are read for real, which takes as long as it takes. */
async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    assert.ok(Date.now() < end, `It never came to this: ${isSo.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('The last good answers', () => {
  let folder: string;
  let clock: HandClock;
  let client: ScriptedClient;
  const closing: (() => void)[] = [];

  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'flowmeter-answers-')), 'answers');
    clock = new HandClock();
    client = new ScriptedClient(clock);
    client.flows = [publishedFlow('11', { name: 'Österreich 🇦🇹' }), publishedFlow('12')];
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await rm(path.dirname(folder), { recursive: true, force: true });
  });

  /** A window of its own on the same folder. */
  function openWindow(accounts: readonly Account[] = [shop], window: '24h' | '7d' = '24h') {
    const state = new FlowState(clock, { window, thresholds });
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (thrown: unknown) => assert.fail(String(thrown)),
    };
    const supervisor = new AnswerCache({ folder, state, clock, log });
    const refresher = new Refresher({ state, clock, minutes, log, saved: supervisor, connect: async () => client });
    const setAccounts = (wanted: readonly Account[]): void => {
      supervisor.setAccounts(wanted);
      refresher.setAccounts(wanted);
    };
    setAccounts(accounts);
    closing.push(() => [refresher, supervisor, state].forEach((part) => part.dispose()));
    const flows = () => state.snapshot.accounts[0]!.flows;
    /** Until what is put off has been written. */
    const written = async (): Promise<void> => {
      await clock.advance(2_000);
      await supervisor.settle();
    };
    return { state, keeper: supervisor, refresher, setAccounts, flows, written };
  }

  const files = async (): Promise<string[]> => readdir(folder).catch(() => []);
  const onlyFile = async (): Promise<string> => path.join(folder, (await files())[0]!);

  it('are not looked for before they are needed', async () => {
    openWindow();
    await clock.advance(5 * minute);
    assert.deepEqual(await files(), []);
    assert.equal(client.listings, 0);
  });

  it('show in the next window at once, and are not asked again while they are fresh', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    assert.equal((await files()).length, 1);
    assert.equal((await stat(await onlyFile())).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const before = { listings: client.listings, asked: client.take().length };
    assert.equal(before.asked, 8);

    await clock.advance(10 * minute);
    const second = openWindow();
    await second.refresher.refresh('view');
    assert.deepEqual([client.listings, client.take().length], [before.listings, 0]);
    assert.deepEqual(
      second.flows().map(({ flow, totals, fetchedAt, report }) => [flow.name, totals, fetchedAt, report.level]),
      first.flows().map(({ flow, totals, fetchedAt, report }) => [flow.name, totals, fetchedAt, report.level]),
    );
    assert.equal(second.state.snapshot.accounts[0]!.fetchedAt, first.state.snapshot.accounts[0]!.fetchedAt);
  });

  it('are written, and shown in the next window, also after the clock was set back by two hours', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    await clock.advance(minute);
    clock.jump(-120 * minute);
    client.flows = [publishedFlow('11', { name: 'Renamed' }), publishedFlow('12')];
    await first.refresher.refresh('command');
    await first.written();
    const second = openWindow();
    client.gate = new Promise(() => undefined);
    second.refresher.refresh('view').catch(assert.fail);
    await until(() => second.flows().length > 0);
    assert.ok(second.flows().some(({ flow }) => flow.name === 'Renamed'));
    // The file did not bring older answers back either.
    assert.ok(first.flows().some(({ flow }) => flow.name === 'Renamed'));
    assert.ok(first.flows().every(({ fetchedAt }) => fetchedAt! <= clock.now()));
  });

  it('show while the server has not answered yet, and stay where it does not', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    await clock.advance(5 * 60 * minute);
    let open = (): void => undefined;
    client.gate = new Promise((resolve) => (open = resolve));
    client.answer = () => failure('network', { transient: true });
    const second = openWindow();
    const reading = second.refresher.refresh('view');
    await until(() => second.flows().length > 0);
    const [account] = second.state.snapshot.accounts;
    assert.deepEqual([account!.read, account!.busy, account!.flows.length], [false, true, 2]);
    assert.equal(account!.flows[0]!.totals?.requests, 2400);
    open();
    await reading;
    assert.ok(second.flows().every(({ stale, totals }) => stale && totals));
  });

  it('let known flows be asked while the list is read, and then those that are new', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    await clock.advance(5 * 60 * minute);
    client.take();
    let open = (): void => undefined;
    client.gate = new Promise((resolve) => (open = resolve));
    client.flows = [...client.flows, publishedFlow('13')];
    const second = openWindow();
    const reading = second.refresher.refresh('view');
    await until(() => client.asked.length >= 8);
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))], ['11', '12']);
    open();
    await reading;
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))], ['13']);
    assert.deepEqual(
      second
        .flows()
        .map(({ flow, totals }) => [flow.id, totals?.requests])
        .sort(),
      ['11', '12', '13'].map((id) => [id, 2400]),
    );
  });

  it('show, but keep nobody from asking, where the account was in trouble last', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    client.listError = failure('auth', { reason: 'expired' }).error;
    await first.refresher.refresh('command');
    await first.written();
    const second = openWindow();
    await second.refresher.refresh('view');
    const [account] = second.state.snapshot.accounts;
    assert.equal(account!.accountStatus?.kind, 'tokenRefused');
    assert.ok(account!.flows.every(({ totals }) => totals?.requests === 2400));
  });

  it('keep that there are too few data, and which window was asked then', async () => {
    client.answer = () => failure('notEnoughData');
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    client.take();
    await clock.advance(40 * minute);
    const second = openWindow();
    await second.refresher.refresh('view');
    assert.ok(second.flows().every(({ report }) => report.reasons[0]?.cause === 'notEnoughData'));
    assert.equal(client.take().length, 8, 'only the longest window is asked again');
  });

  it('are read by all windows, and each takes over what another one has asked', async () => {
    const [one, two] = [openWindow(), openWindow()];
    await one.refresher.refresh('command');
    await one.written();
    await two.refresher.refresh('view');
    assert.equal(client.take().length, 8);
    await clock.advance(15 * minute);
    await two.refresher.refresh('command', { accountName: 'Shop', flowId: '12' });
    await two.written();
    await clock.advance(20 * minute);
    client.take();
    await one.refresher.refresh('timer');
    const asked = new Set(client.take().map(({ flowId }) => flowId));
    assert.deepEqual([...asked], ['11'], 'flow 12 was asked by the other window');
    // Neither takes what it has just taken over for something new.
    const mark = async (): Promise<number> => (await stat(await onlyFile())).mtimeMs;
    await one.written();
    const settled = await mark();
    await two.refresher.refresh('timer');
    await two.written();
    assert.equal(await mark(), settled);
  });

  it('are ignored and replaced where the file is damaged, cut off, older or newer', async () => {
    const first = openWindow();
    await first.refresher.refresh('command');
    await first.written();
    const good = await readFile(await onlyFile());
    const flipped = Buffer.from(good);
    flipped[good.length >> 1]! ^= 1;
    const newer = Buffer.from(good);
    newer.writeUInt32LE(3, 4);
    const older = Buffer.from(good);
    older.writeUInt32LE(1, 4);
    for (const bad of [flipped, newer, older, good.subarray(0, good.length - 9), Buffer.from('{}'), Buffer.alloc(0)]) {
      await writeFile(await onlyFile(), bad);
      client.take();
      const window = openWindow();
      await window.refresher.refresh('view');
      assert.equal(client.take().length, 8);
      await window.written();
      assert.ok(await new AnswerCacheFiles(folder).load(shop));
    }
  });

  it('go with their account, and so does what a window left half written', async () => {
    const other: Account = { name: 'Other', source: 'meta', businessAccountId: '2' };
    const window = openWindow([shop, other]);
    await window.refresher.refresh('command');
    await window.written();
    assert.equal((await files()).length, 2);
    await writeFile(`${await onlyFile()}.half`, 'x');
    await clock.advance(24 * 60 * minute * 365);
    window.setAccounts([{ ...shop, apiVersion: 'v25.0' }]);
    await window.keeper.settle();
    assert.deepEqual(await files(), []);
  });

  it('stay while an entry of the settings cannot be read, which may be their account', async () => {
    const window = openWindow();
    await window.refresher.refresh('view');
    await window.written();
    assert.equal((await files()).length, 1);
    window.keeper.setAccounts([], false);
    await window.keeper.settle();
    assert.equal((await files()).length, 1);
    window.keeper.setAccounts([shop]);
    window.keeper.setAccounts([]);
    await window.keeper.settle();
    assert.deepEqual(await files(), []);
  });

  it('are of no other account, whatever file they stand in', async () => {
    const window = openWindow();
    await window.refresher.refresh('command');
    await window.written();
    const changed = { ...shop, baseUrl: 'https://example.com' };
    const own = await onlyFile();
    const store = new AnswerCacheFiles(folder);
    await store.save(changed, { window: '24h', listedAt: 1, records: [] });
    const [theirs] = (await files()).map((name) => path.join(folder, name)).filter((file) => file !== own);
    await writeFile(theirs!, await readFile(own));
    assert.equal(await new AnswerCacheFiles(folder).load(changed), undefined);
  });
});
