/** Finished days that are kept, beside real files that windows share. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dayMs, hourMs } from '../../../src/contract/calendar';
import { knownKeys } from '../../../src/contract/metric';
import type { Account } from '../../../src/domain/account';
import { readColumn, type KeptDays } from '../../../src/domain/keptDays';
import { createFormats } from '../../../src/presentation/formats';
import { dashboardSnapshot } from '../../../src/presentation/dashboard/dashboardSnapshot';
import { csvSource } from '../../../src/host/dashboard/csvInput';
import { panelInput } from '../../../src/state/dashboardInput';
import { columnOf } from '../../../src/domain/series';
import { History } from '../../../src/host/storage/history';
import { HistoryFiles } from '../../../src/host/storage/historyFiles';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { Emitter } from '../../../src/util/emitter';
import { mebibyte, usedMemory } from '../../fixtures/memory';
import { HandClock, settle } from '../state/handClock';
import { failure, publishedFlow, ScriptedClient, seriesFor } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const shop: Account = { name: 'Shop', source: 'server', baseUrl: 'https://a.example', businessAccountId: '1' };
const other: Account = { name: 'Other', source: 'meta', businessAccountId: '2' };
const flow = { accountName: 'Shop', flowId: '11' };
const year = { granularity: 'DAY', range: '1y' } as const;
const counts = 'ENDPOINT_REQUEST_COUNT';

describe('History', () => {
  let folder: string;
  let clock: HandClock;
  let client: ScriptedClient;
  const closing: (() => void)[] = [];

  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'flowmeter-history-')), 'history');
    clock = new HandClock();
    client = new ScriptedClient(clock);
    client.flows = [publishedFlow('11'), publishedFlow('12')];
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await rm(path.dirname(folder), { recursive: true });
  });

  function open(accounts: readonly Account[] = [shop], days = 1095) {
    const state = new FlowState(clock, { window: '24h', thresholds });
    const fail = (thrown: unknown): never => assert.fail(String(thrown));
    const log = { info: () => undefined, warn: () => undefined, error: fail };
    const minutes = { meta: 0, server: 0, demo: 0, meter: 0 };
    const refresher = new Refresher({ state, clock, minutes, connect: async () => client, log });
    const changed = { days: new Emitter<number>(), accounts: new Emitter<never>() };
    const settings = {
      historyDays: { value: days, onDidChange: changed.days.event },
      accounts: { value: { accounts, problems: [] as readonly string[] }, onDidChange: changed.accounts.event },
    };
    refresher.setAccounts(accounts);
    const history = new History({ folder, state, settings, clock, log });
    closing.push(() => {
      history.dispose();
      refresher.dispose();
      state.dispose();
    });
    const rest = async (): Promise<void> => {
      await clock.advance(5_000);
      for (let i = 0; i < 5; i++) {
        await (history as unknown as { last: Promise<unknown> }).last;
        await settle();
      }
    };
    return {
      state,
      rest,
      read: async () => {
        await refresher.refresh('command');
        await rest();
      },
      show: async (view: Parameters<Refresher['showView']>[1] = year) => {
        await refresher.showView(flow, view);
        await rest();
        return state.dashboards.get(flow)?.kept;
      },
      keptOf: () => history.keptOf(flow),
      setDays: async (next: number) => {
        settings.historyDays.value = next;
        changed.days.fire(next);
        await rest();
      },
      setAccounts: async (next: readonly Account[]) => {
        settings.accounts.value = { accounts: next, problems: [] };
        refresher.setAccounts(next);
        changed.accounts.fire(undefined as never);
        await rest();
      },
    };
  }
  const keptOfDashboard = async (one: ReturnType<typeof open>): Promise<KeptDays> => (await one.show()) as KeptDays;
  const keptCounts = async (one: ReturnType<typeof open>): Promise<number[]> => {
    const kept = await one.show();
    return kept && kept !== 'none' ? [...columnOf(kept.series[counts]!, 'value')!.values] : [];
  };

  it('keeps the finished days of rows and dashboards, and hands them to the next window', async () => {
    const one = open();
    await one.read();
    const { answer } = client;
    client.answer = (query) => (query.granularity === 'DAY' ? failure('timeout') : answer(query));
    assert.deepEqual([...new Set(await keptCounts(open()))], [2400], 'hours of a row, summed');
    client.answer = answer;
    assert.deepEqual([...new Set(await keptCounts(one))], [100], 'days as they were answered');
    const asked = await one.keptOf();
    assert.deepEqual([...asked!.series[counts]!.begins], [...(await keptOfDashboard(one)).series[counts]!.begins]);
    // Half a year later the server tells other days only.
    await clock.advance(180 * dayMs);
    const later = open();
    const kept = await keptCounts(later);
    assert.ok(kept.length > 150, `${kept.length} days`);
    const { kept: known } = later.state.dashboards.get(flow)!;
    assert.ok(known && known !== 'none' && clock.now() - known.from > 250 * dayMs);
  });

  it('still shows and exports what is kept where the server has too few requests for figures, and says so', async () => {
    const one = open();
    await one.show({ granularity: 'DAY', range: '90d' });
    await clock.advance(60 * dayMs);
    client.answer = () => failure('notEnoughData');
    const later = open();
    await later.read();
    await later.show();
    const data = later.state.dashboards.get(flow)!;
    const [account] = later.state.snapshot.accounts;
    const context = { account: account!, ref: flow, title: '', data, view: year, thresholds, focus: undefined };
    const formats = createFormats('en', 'UTC');
    const panel = dashboardSnapshot(panelInput({ ...context, now: clock.now(), revision: 1, locale: 'en' }), formats);
    assert.equal(panel.whole, undefined);
    const drawn = panel.sections.find(({ metric }) => metric === counts)!;
    assert.equal(drawn.state, 'ready');
    assert.ok(drawn.series!.begins.length > 80, String(drawn.series!.begins.length));
    assert.ok(panel.keptUntil! > drawn.series!.begins.at(-1)!, 'all of them are marked as kept');
    assert.deepEqual(panel.notice, {
      headline: 'The server at a.example gives no figures from Feb 10 on.',
      text: 'In that time this flow had fewer than 250 requests. Days that are kept on this computer are shown.',
      actions: [],
    });
    const kept = await later.keptOf();
    const source = csvSource({ id: '11', name: '' }, data.reading!, later.state.timeOf('Shop'), 'UTC', kept);
    assert.ok(source.kind === 'figures');
    assert.deepEqual([...source.input.series[counts]!.begins], [...drawn.series!.begins]);
    assert.equal(source.input.keptUntil, panel.keptUntil);
  });

  it('replaces what the server corrects', async () => {
    const one = open();
    await one.show({ granularity: 'DAY', range: '90d' });
    client.answer = (query) => {
      const series = seriesFor(query, clock.now());
      const columns = series.columns.map(({ key, values }) => ({ key, values: values.map((value) => value + 1) }));
      return { ok: true, value: { ...series, columns } };
    };
    await clock.advance(hourMs);
    await one.read();
    const next = open();
    // By hour and by day this server tells different figures.
    assert.deepEqual([...new Set(await keptCounts(next))].sort(), [101, 2424]);
  });

  it('loses nothing where two windows write at once', async () => {
    const [one, next] = [open(), open()];
    await Promise.all([one.read(), next.show({ granularity: 'DAY', range: '90d' })]);
    await Promise.all([one.rest(), next.rest()]);
    const third = open();
    client.answer = (query) => ({ ok: true, value: seriesFor({ ...query, granularity: 'DAY' }, 0) });
    const kept = await keptCounts(third);
    assert.ok(kept.length >= 89, String(kept.length));
  });

  it('remembers what it wrote, not all that its files hold', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => String(1000 + i));
    const files = new HistoryFiles(folder);
    const values = new Float64Array(1000).fill(7);
    const begins = values.map((_, i) => Math.floor(clock.now() / dayMs - 1001 + i) * dayMs);
    const columns = [...knownKeys[counts], ...'abcdefgh', readColumn].map((key) => ({ key, values }));
    const days = { [counts]: { metric: counts, granularity: 'DAY', begins, columns } } as const;
    for (const id of ids) await files.add(shop, id, 'UTC', days, 0);
    client.flows = ids.map((id) => publishedFlow(id));
    const one = open();
    client.answer = () => failure('timeout');
    await one.read();
    const before = usedMemory();
    const { begins: young } = seriesFor({ flowId: '', metric: counts, granularity: 'DAY' }, clock.now());
    const day = { begins: young.slice(-1), columns: [{ key: 'value', values: Float64Array.of(5) }] };
    client.answer = ({ metric }) =>
      metric === counts ? { ok: true, value: { metric, granularity: 'DAY', ...day } } : failure('timeout');
    await clock.advance(hourMs);
    await one.read();
    const written = await files.load(shop, ids[0]!, 'UTC');
    assert.equal(written[counts]!.begins.length, 1001, 'the answer was kept');
    const bytes = usedMemory() - before;
    assert.ok(bytes < 1.5 * mebibyte, `${bytes} bytes for ${ids.length} flows`);
  });

  it('keeps nothing of demo accounts, and shows nothing of them', async () => {
    const one = open([{ name: 'Shop', source: 'demo' }]);
    await one.read();
    assert.equal(await one.show(), undefined);
    assert.ok(!existsSync(folder));
  });

  it('deletes everything where a person wants none, and keeps none from then on', async () => {
    const one = open();
    await one.read();
    assert.ok(existsSync(folder));
    await one.show();
    await one.setDays(0);
    assert.ok(!existsSync(folder));
    assert.equal(one.state.dashboards.get(flow)?.kept, 'none');
    await clock.advance(hourMs);
    await one.read();
    assert.ok(!existsSync(folder));
    await one.setDays(30);
    assert.ok(existsSync(folder));
    const kept = one.state.dashboards.get(flow)?.kept;
    assert.ok(kept && kept !== 'none' && clock.now() - kept.from <= 31 * dayMs);
  });

  it('follows an account to another name, and goes with it', async () => {
    const one = open([shop, other]);
    await one.read();
    const folders = await readdir(folder);
    assert.equal(folders.length, 2);
    await one.setAccounts([{ ...shop, name: 'Store', apiVersion: 'v25.0' }, other]);
    assert.deepEqual((await readdir(folder)).sort(), folders.sort());
    await one.setAccounts([other]);
    assert.equal((await readdir(folder)).length, 1);
  });

  it('forgets single flows that no account names any more', async () => {
    const single: Account = { name: 'Shop', source: 'meta', flowIds: ['11', '12'] };
    const one = open([single]);
    await one.read();
    const names = async (): Promise<string[]> => (await readdir(path.join(folder, (await readdir(folder))[0]!))).sort();
    assert.deepEqual(
      (await names()).map((name) => name.slice(0, 2)),
      ['11', '12'],
    );
    await one.setAccounts([{ ...single, flowIds: ['12'] }]);
    assert.deepEqual(
      (await names()).map((name) => name.slice(0, 2)),
      ['12'],
    );
  });

  it('takes what is no file of its own for none, and writes it anew', async () => {
    const one = open();
    await one.read();
    const [name] = await readdir(folder);
    for (const file of await readdir(path.join(folder, name!))) {
      await writeFile(path.join(folder, name!, file), 'FLKD and something else');
    }
    const next = open();
    await next.show({ granularity: 'DAY', range: '90d' });
    assert.ok((await keptCounts(next)).length >= 89);
  });
});
