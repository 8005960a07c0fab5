/** A flow's file beside its dashboard: the same period, the same intervals, wherever the command comes from. */
import assert from 'node:assert/strict';
import type { AccountSource } from '../../../src/domain/account';
import { hourMs, intervalBegin, intervalEnd } from '../../../src/contract/calendar';
import { knownKeys, type Granularity, type MetricSeries } from '../../../src/contract/metric';
import type { MetricQuery } from '../../../src/contract/query';
import { dashboardSnapshot } from '../../../src/presentation/dashboard/dashboardSnapshot';
import { createFormats } from '../../../src/presentation/formats';
import type { CommandParts } from '../../../src/host/commands/commandParts';
import { firstView } from '../../../src/host/dashboard/firstView';
import { panelInput } from '../../../src/state/dashboardInput';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { chartDataOf } from '../../../webview/chartData';
import { offerEditor } from '../../fixtures/bareEditor';
import { QuickPicks } from '../../fixtures/quickPicks';
import { HandClock } from '../state/handClock';
import { publishedFlow, ScriptedClient } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';
import type { PanelView } from '../../../src/domain/view';
import { formatTimestamp } from '../../../src/contract/timestamp';

const ref = { accountName: 'Shop', flowId: '11' };
const zone = 'UTC';
const files: string[] = [];
const named: string[] = [];
const picks = new QuickPicks();
const editor = {
  l10n: {
    t: (text: string, ...values: readonly unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[+i])),
  },
  QuickInputButtons: {},
  Uri: { file: () => ({}), joinPath: (_: unknown, path: string) => ({ path }) },
  window: {
    withProgress: (_: unknown, work: () => Promise<void>) => work(),
    createQuickPick: picks.create,
    showSaveDialog: async ({ defaultUri }: { readonly defaultUri: { readonly path: string } }) => {
      named.push(defaultUri.path);
      return defaultUri;
    },
    showTextDocument: async () => undefined,
  },
  workspace: {
    fs: { writeFile: async (_: unknown, bytes: Uint8Array) => void files.push(new TextDecoder().decode(bytes)) },
  },
};

/** Points up to the newest complete interval, or up to the running one. */
function pointsUpTo(now: number, running: boolean): (query: MetricQuery) => MetricSeries {
  return ({ metric, granularity }) => {
    const begins: number[] = [];
    if (granularity === 'LIFETIME') begins.push(now - 400 * 24 * hourMs);
    else {
      let begin = intervalBegin(now, granularity, zone);
      if (!running) begin = intervalBegin(begin - 1, granularity, zone);
      for (let count = 0; count < 200; count++) {
        begins.unshift(begin);
        begin = intervalBegin(begin - 1, granularity, zone);
      }
    }
    const values = knownKeys[metric].map((key) => ({ key, values: new Float64Array(begins.length).fill(2) }));
    return { metric, granularity, begins: Float64Array.from(begins), columns: values };
  };
}

interface Stage {
  readonly client: ScriptedClient;
  /** Opens the dashboard as the editor does, with a view of its own or the one that a person picked. */
  open(view?: PanelView): Promise<void>;
  /** What the page of the active dashboard shows of its period. */
  zoom(part: object): void;
  /** When each interval of the dashboard's tables begins. */
  shown(): readonly string[];
  /** When each line of the exported file begins, and which are marked as unfinished. */
  exported(
    from: 'tree' | 'palette' | 'dashboard',
    options?: object,
  ): Promise<{ begins: readonly string[]; open: readonly string[] }>;
}

async function stage(source: AccountSource, running: boolean): Promise<Stage> {
  const { exportFlow } = await import('../../../src/host/commands/exportFlow');
  const clock = new HandClock();
  const client = new ScriptedClient(clock);
  client.flows = [publishedFlow('11')];
  client.info = { zone, store: source === 'meter' ? 'meter' : 'demo', minRequests: 0 };
  client.answer = (query) => ({ ok: true, value: pointsUpTo(clock.now(), running)(query) });
  const state = new FlowState(clock, { window: '24h', thresholds });
  const refresher = new Refresher({
    state,
    clock,
    minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
    connect: async () => client,
    log: { info: () => undefined, warn: () => undefined, error: (thrown) => assert.fail(String(thrown)) },
  });
  refresher.setAccounts([{ name: 'Shop', source }]);
  await refresher.refresh('command');
  let view: PanelView | undefined;
  let zoom: object | undefined;
  const parts = {
    state,
    refresher,
    panels: { viewOf: () => view, activeZoom: () => zoom },
    targets: {
      read: (argument: unknown) => (argument === undefined ? {} : { flow: ref }),
      currentOrAsked: async () => ref,
    },
    notifier: { info: async () => undefined },
    log: { error: (thrown: unknown) => assert.fail(String(thrown)) },
  } as unknown as CommandParts;
  return {
    client,
    open: async (wanted = firstView(state.account('Shop')!.account)) => {
      view = wanted;
      await refresher.showView(ref, wanted);
    },
    zoom: (part) => (zoom = part),
    shown: () => {
      const input = panelInput({
        account: state.snapshot.accounts[0]!,
        ref,
        title: 'Flow 11',
        data: state.dashboards.get(ref),
        view: view!,
        thresholds,
        now: clock.now(),
        revision: 1,
        locale: 'en',
        focus: undefined,
      });
      const figures = chartDataOf(dashboardSnapshot(input, createFormats('en', zone)));
      return figures?.intervals.map(({ begin }) => formatTimestamp(begin)) ?? [];
    },
    exported: async (from, options = {}) => {
      await exportFlow(parts, from === 'palette' ? undefined : { ...ref, ...options }, 'csv');
      const [head = '', ...lines] = files.pop()!.trimEnd().split('\r\n');
      const column = (name: string): readonly string[] =>
        lines.map((line) => line.split(',')[head.split(',').indexOf(name)]!);
      const begins = column('begin');
      const complete = column('complete');
      return { begins, open: begins.filter((_, i) => complete[i] === 'no') };
    },
  };
}

describe('An exported file', () => {
  let restore: () => void;
  before(() => (restore = offerEditor(undefined, editor)));
  after(() => restore());

  for (const source of ['meter', 'meta'] as const)
    for (const running of [true, false]) {
      const newest = running ? 'with figures of the running interval' : 'up to the newest complete interval';
      it(`of ${source === 'meter' ? 'a meter' : 'Meta'}, ${newest}, holds what the dashboard would show`, async () => {
        const unopened = await stage(source, running);
        const opened = await stage(source, running);
        await opened.open();
        const shown = opened.shown();
        // A meter's day ends with the running hour; elsewhere the running interval comes beside the period, once it has data.
        const count = source === 'meter' ? 24 : 30;
        assert.ok(shown.length >= count && shown.length <= count + 1, String(shown.length));
        for (const from of ['tree', 'palette'] as const) {
          assert.deepEqual((await unopened.exported(from)).begins, shown, from);
        }
      });

      for (const view of [
        { granularity: 'HOUR', range: '24h' },
        { granularity: 'HOUR', range: '7d' },
        { granularity: 'DAY', range: '7d' },
        { granularity: 'DAY', range: '30d' },
        { granularity: 'DAY', range: 'custom', from: '2026-03-05', to: '2026-03-12' },
        { granularity: 'HOUR', range: 'custom', from: '2026-03-10', to: '2026-03-11', zone: 'Asia/Kolkata' },
        { granularity: 'LIFETIME', range: 'all' },
      ] as const satisfies readonly PanelView[]) {
        const picked = `${view.granularity} ${view.range}`;
        it(`of ${source === 'meter' ? 'a meter' : 'Meta'}, ${newest}, holds the dashboard’s ${picked}`, async () => {
          const { open, shown, exported } = await stage(source, running);
          await open(view);
          const rows = shown();
          assert.ok(rows.length > 0);
          for (const from of ['dashboard', 'tree', 'palette'] as const) {
            const file = await exported(from);
            assert.deepEqual(file.begins, rows, from);
            const unfinished = rows.filter((begin) => isOpen(begin, view.granularity));
            assert.deepEqual(file.open, unfinished, from);
          }
        });
      }
    }

  describe('of a page that is zoomed in', () => {
    const day = 24 * hourMs;
    const at = (text: string): number => Date.parse(`${text}Z`);
    const spanOf = (begin: string, end: string): object => ({
      asks: true,
      span: { begin: at(begin), end: at(end) },
      zone,
    });

    it('holds that part, by day or hour, or the whole period, as the person says', async () => {
      const { open, shown, exported } = await stage('meta', true);
      await open({ granularity: 'DAY', range: '30d' });
      const days = shown();
      picks.answers = ['Mar 3 – Mar 5', 'CSV'];
      const part = await exported('dashboard', spanOf('2026-03-03T00:00', '2026-03-06T00:00'));
      assert.deepEqual(part, { begins: days.filter((one) => one >= '2026-03-03' && one < '2026-03-06'), open: [] });
      assert.equal(part.begins.length, 3);
      assert.deepEqual(picks.offered[0], ['Mar 3 – Mar 5 zoomed in, as shown', 'Whole period Last 30 days']);
      assert.equal(named.at(-1), 'flow-11-day-2026-03-03-to-2026-03-05.csv');
      picks.answers = ['Whole period', 'CSV'];
      const whole = await exported('dashboard', spanOf('2026-03-03T00:00', '2026-03-06T00:00'));
      assert.deepEqual(whole.begins, days);
      await open({ granularity: 'HOUR', range: '24h' });
      const hours = shown();
      const [begin, end] = [
        hours.at(-4)!,
        new Date(at(hours.at(-1)!.slice(0, 16)) + hourMs).toISOString().slice(0, 16),
      ];
      picks.answers = ['Mar 12, ', 'CSV'];
      const last = await exported('dashboard', spanOf(begin.slice(0, 16), end));
      assert.deepEqual([last.begins, last.open.length], [hours.slice(-4), 1], 'with the hour that still runs');
      assert.match(picks.offered.at(-2)![0]!, /^Mar 12, \d\d:00 – \d\d:00, so far zoomed in/);
      const name = (time: string): string => `2026-03-12-${time.slice(11, 13)}00`;
      assert.equal(named.at(-1), `flow-11-hour-${name(begin)}-to-${name(end)}.csv`);
    });

    it('holds that part on a command for the active dashboard too, if the person says so', async () => {
      const { open, shown, zoom, exported } = await stage('meta', true);
      await open({ granularity: 'DAY', range: '30d' });
      zoom(spanOf('2026-03-03T00:00', '2026-03-06T00:00'));
      picks.answers = ['Mar 3 – Mar 5'];
      assert.equal((await exported('palette')).begins.length, 3);
      picks.answers = ['Whole period'];
      assert.deepEqual((await exported('palette')).begins, shown());
      assert.deepEqual(picks.answers, [], 'each was asked');
    });

    it('is the whole file where it comes from the menus, or of nothing where nothing lies in it', async () => {
      const { open, shown, exported } = await stage('meta', true);
      await open({ granularity: 'DAY', range: '7d' });
      assert.deepEqual((await exported('tree')).begins, shown());
      picks.answers = ['Jan 1 – Jan 2', 'CSV'];
      await assert.rejects(exported('dashboard', spanOf('2026-01-01T00:00', '2026-01-03T00:00')), /no figures/);
      picks.answers = ['CSV'];
      await exported('dashboard', { asks: true, span: { begin: 5, end: Infinity }, zone: 7 * day });
    });
  });

  it('is not made of a period in which nothing was measured', async () => {
    const { client, exported } = await stage('meta', true);
    client.answer = ({ metric, granularity }) => ({
      ok: true,
      value: { metric, granularity, begins: new Float64Array(), columns: [] },
    });
    await assert.rejects(exported('tree'), /no figures for this period/);
  });
});

/** The hand clock stands where it began. */
function isOpen(begin: string, granularity: Granularity): boolean {
  if (granularity === 'LIFETIME') return false;
  return intervalEnd(Date.parse(begin), granularity, zone) > new HandClock().now();
}
