/** One file of all flows of an account: what is at hand is not read again, and what fails takes nothing from the rest. */
import assert from 'node:assert/strict';
import { addDays, dateInZone, metaZone, startOfDay } from '../../../src/contract/calendar';
import { MetricsError } from '../../../src/contract/errors';
import type { MetricQuery } from '../../../src/contract/query';
import type { KeptDays } from '../../../src/domain/keptDays';
import type { CommandParts } from '../../../src/host/commands/commandParts';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { offerEditor } from '../../fixtures/bareEditor';
import { QuickPicks } from '../../fixtures/quickPicks';
import { HandClock } from '../state/handClock';
import { publishedFlow, ScriptedClient, seriesFor } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const picks = new QuickPicks();
let cancelAfter = Infinity;
const reports: string[] = [];
const files: string[] = [];
const told: string[] = [];

/** Seven requests on each day from then on. */
function keptFrom(from: number): KeptDays {
  const first = dateInZone(from, metaZone);
  const begins = Float64Array.from({ length: 150 }, (_, i) => startOfDay(addDays(first, i + 1), metaZone));
  const columns = [{ key: 'value', values: new Float64Array(begins.length).fill(7) }];
  const metric = 'ENDPOINT_REQUEST_COUNT';
  return { from: begins[0]!, readAt: from, series: { [metric]: { metric, granularity: 'DAY', begins, columns } } };
}

const editor = {
  l10n: {
    t: (text: string, ...values: readonly unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[+i])),
  },
  Uri: { file: () => ({}), joinPath: (_: unknown, path: string) => ({ path: `/tmp/${path}` }) },
  QuickInputButtons: {},
  ProgressLocation: { Notification: 15 },
  window: {
    createQuickPick: picks.create,
    showSaveDialog: async ({ defaultUri }: { defaultUri: unknown }) => defaultUri,
    withProgress: async (_: unknown, work: (progress: unknown, token: unknown) => Promise<unknown>) => {
      let cancel = (): void => undefined;
      const report = ({ message }: { message: string }): void => {
        reports.push(message);
        if (reports.length > cancelAfter) cancel();
      };
      return work({ report }, { onCancellationRequested: (listener: () => void) => (cancel = listener) });
    },
  },
  workspace: {
    fs: { writeFile: async (_: unknown, bytes: Uint8Array) => void files.push(new TextDecoder().decode(bytes)) },
  },
};

describe('Export All Flows', () => {
  let restore: () => void;
  const realNow = Date.now;
  before(() => (restore = offerEditor(undefined, editor)));
  after(() => restore());
  beforeEach(() => {
    picks.answers = [];
    cancelAfter = Infinity;
    for (const list of [reports, files, told]) list.length = 0;
  });
  afterEach(() => {
    Date.now = realNow;
  });

  /** `kept`: what is kept of the second flow. */
  async function stage(
    answer: ScriptedClient['answer'],
    kept?: KeptDays,
  ): Promise<{ client: ScriptedClient; run: () => Promise<void> }> {
    const { exportAll } = await import('../../../src/host/commands/exportAll');
    const clock = new HandClock();
    Date.now = () => clock.now();
    const client = new ScriptedClient(clock);
    client.flows = [...['11', '12', '13'].map((id) => publishedFlow(id)), { ...publishedFlow('14'), status: 'DRAFT' }];
    client.answer = (query) =>
      query.flowId === '11' ? { ok: true, value: seriesFor(query, clock.now()) } : answer(query);
    const state = new FlowState(clock, { window: '24h', thresholds });
    const refresher = new Refresher({
      ...{ state, clock, minutes: { meta: 60, server: 15, demo: 15, meter: 1 } },
      connect: async () => client,
      log: { info: () => undefined, warn: () => undefined, error: (thrown) => assert.fail(String(thrown)) },
    });
    const account = { name: 'Shop', source: 'meta' as const };
    refresher.setAccounts([account]);
    await refresher.refresh('command');
    client.take();
    const tell = async (text: string): Promise<void> => void told.push(text);
    const parts = {
      ...{ state, refresher, notifier: { info: tell, warn: tell }, log: { error: assert.fail } },
      targets: { account: async () => account },
      history: {
        loaded: { keptOf: async ({ flowId }: { readonly flowId: string }) => (flowId === '12' ? kept : undefined) },
      },
    } as unknown as CommandParts;
    return { client, run: () => exportAll(parts, undefined) };
  }

  const fine = (query: MetricQuery): ReturnType<ScriptedClient['answer']> => ({
    ok: true,
    value: seriesFor(query, new HandClock().now()),
  });
  const asked = (client: ScriptedClient): string[] => client.take().map(({ flowId, metric }) => `${flowId} ${metric}`);

  it('reads nothing that is at hand, and the rest flow by flow', async () => {
    const { client, run } = await stage(fine);
    picks.answers = ['Last 24 hours', 'CSV'];
    await run();
    assert.deepEqual(asked(client), []);
    assert.deepEqual(reports, ['1 of 4: Flow 11', '2 of 4: Flow 12', '3 of 4: Flow 13', '4 of 4: Flow 14']);
    assert.deepEqual(told, ['Saved shop-hour-2026-03-11-to-2026-03-12.csv.']);
    const lines = files[0]!.trimEnd().split('\r\n');
    const flows = new Set(lines.slice(1).map((line) => line.split(',')[0]));
    assert.deepEqual([...flows], ['11', '12', '13', '14']);
    assert.match(lines.at(-1)!, /^14,Flow 14,HOUR,,.*,"?Not measured: a draft, /);
    picks.answers = ['Last 30 days', 'CSV'];
    await run();
    const queries = asked(client);
    assert.deepEqual([...new Set(queries.map((query) => query.split(' ')[0]))], ['11', '12', '13']);
    assert.equal(queries.length, 12);
    assert.equal(
      queries.some((query) => query.endsWith('ERROR_RATE')),
      false,
    );
  });

  it('offers half a year and a year once days are kept that the server no longer tells, and holds them', async () => {
    const young = await stage(fine, keptFrom(Date.UTC(2026, 1, 1)));
    picks.answers = ['Last 90 days', 'CSV'];
    await young.run();
    assert.doesNotMatch(picks.offered.at(-2)!.join(), /180|365/);
    const { run } = await stage(fine, keptFrom(Date.UTC(2025, 8, 1)));
    picks.answers = ['Last 365 days', 'CSV'];
    await run();
    assert.match(picks.offered.at(-2)!.join(), /Last 90 days.*Last 180 days by day,Last 365 days by day/);
    assert.equal(told.at(-1), 'Saved shop-day-2025-03-12-to-2026-03-11.csv.');
    const lines = files
      .at(-1)!
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const column = (name: string): number => lines[0]!.indexOf(name);
    const days = lines.filter(([id, , , , , , requests]) => id === '12' && requests !== '');
    const old = days.filter((cells) => cells[column('kept')] === 'yes');
    assert.equal(old[0]![column('begin')], '2025-09-01T07:00:00+0000');
    assert.equal(old.length, 102, 'up to where the server begins');
    assert.deepEqual([...new Set(old.map((cells) => cells[column('requests')]))], ['7']);
    const others = lines.filter(([id]) => id === '11').map((cells) => cells[column('kept')]);
    assert.deepEqual([...new Set(others)], ['no']);
  });

  it('names what failed, in the file and afterwards, and keeps the rest', async () => {
    const { run } = await stage((query) => {
      if (query.flowId === '13') return { ok: false, error: new MetricsError('notEnoughData', 'too few') };
      return query.metric === 'ENDPOINT_REQUEST_ERROR'
        ? { ok: false, error: new MetricsError('server', 'Something broke.') }
        : fine(query);
    });
    picks.answers = ['Last 30 days', 'JSON'];
    await run();
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^Saved shop-day-.*\.json\. Of 4 flows 1 could not be read in full, .*: Flow 12\.$/);
    const file = JSON.parse(files[0]!) as {
      flows: { id: string; notes: string[]; intervals: Record<string, unknown>[] }[];
    };
    const [first, second, third] = file.flows;
    assert.deepEqual([first!.notes, first!.intervals.length > 1], [[], true]);
    assert.match(second!.notes.join(), /^Not read: Errors\. ./);
    assert.equal(second!.intervals.at(-1)!.errors, null);
    assert.equal(typeof second!.intervals.at(-1)!.requests, 'number');
    assert.deepEqual([third!.notes, third!.intervals], [['Too few requests for figures.'], []]);
  });

  it('asks no more once the API pauses, and writes what it has', async () => {
    const { client, run } = await stage(fine);
    client.answer = (query) =>
      query.flowId === '11' ? fine(query) : { ok: false, error: new MetricsError('rateLimited', 'Wait.') };
    picks.answers = ['Last 90 days', 'CSV'];
    await run();
    assert.deepEqual([...new Set(asked(client).map((query) => query.split(' ')[0]))], ['11', '12']);
    assert.match(told[0]!, /Of 4 flows 2 could not be read in full, .*: Flow 12 and Flow 13\.$/);
    assert.match(files[0]!, /\r\n13,Flow 13,DAY,,.*Not read: /);
  });

  it('writes nothing where it is called off, or where there is nothing', async () => {
    const { client, run } = await stage(fine);
    cancelAfter = 1;
    picks.answers = ['Last 30 days', 'CSV'];
    await run();
    assert.deepEqual([files, told, reports.length], [[], [], 2]);
    cancelAfter = Infinity;
    client.answer = () => ({ ok: false, error: new MetricsError('network', 'No way there.') });
    picks.answers = ['Last 90 days', 'CSV'];
    await assert.rejects(run(), /no figures for this period, .* Not read: Requests, Errors/);
    assert.deepEqual(files, []);
  });
});
