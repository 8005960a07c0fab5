import assert from 'node:assert/strict';
import { metricNames } from '../../../src/contract/metric';
import { dashboardSnapshot } from '../../../src/presentation/dashboard/dashboardSnapshot';
import { createFormats } from '../../../src/presentation/formats';
import { panelInput, type PanelContext } from '../../../src/state/dashboardInput';
import { arrangeFlows } from '../../../src/presentation/rows/arrangement';
import { viewMessage } from '../../../src/presentation/rows/viewMessage';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { HandClock, settle } from '../state/handClock';
import type { KeptDays } from '../../../src/domain/keptDays';
import type { PanelSnapshot } from '../../../src/presentation/panelProtocol';
import { failure, publishedFlow, ScriptedClient, seriesFor } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const plainArrangement = {
  groupBy: 'account',
  pinned: new Set<string>(),
  hidden: new Set<string>(),
  showsHidden: false,
} as const;
const formats = createFormats('en', 'UTC');
const ref = { accountName: 'Shop', flowId: '11' };
const day = 86_400_000;

function stage() {
  const clock = new HandClock();
  const client = new ScriptedClient(clock);
  client.flows = [publishedFlow('11'), publishedFlow('12')];
  const state = new FlowState(clock, { window: '24h', thresholds });
  const refresher = new Refresher({
    state,
    clock,
    minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
    connect: async () => client,
    log: { info: () => undefined, warn: () => undefined, error: (thrown) => assert.fail(String(thrown)) },
  });
  refresher.setAccounts([{ name: 'Shop', source: 'demo' }]);
  const context = (flowId = '11'): PanelContext => ({
    account: state.snapshot.accounts[0]!,
    ref: { ...ref, flowId },
    title: 'Flow 11',
    data: state.dashboards.get({ ...ref, flowId }),
    view: { granularity: 'DAY', range: '30d' },
    thresholds,
    now: clock.now(),
    revision: 1,
    locale: 'en',
    focus: undefined,
  });
  const message = (): string | undefined => {
    const arranged = arrangeFlows(state.snapshot, plainArrangement, formats.t);
    return viewMessage(state.snapshot, { ...formats, now: clock.now() }, arranged);
  };
  const states = (flowId?: string): string[] =>
    dashboardSnapshot(panelInput(context(flowId)), formats).sections.map((section) => section.state);
  return { clock, client, state, refresher, context, message, states };
}

describe('A dashboard of a year', () => {
  const year = { granularity: 'DAY', range: '1y' } as const;
  const kept = (now: number): KeptDays => {
    const series = seriesFor({ flowId: '11', metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' }, now - 95 * day);
    return { series: { ENDPOINT_REQUEST_COUNT: series }, from: series.begins[0]!, readAt: now - 5 * day };
  };

  it('shows kept days before those of the server, without milliseconds', async () => {
    const { clock, state, refresher, context } = stage();
    await refresher.refresh('command');
    await refresher.showView(ref, year);
    const shown = (): PanelSnapshot => dashboardSnapshot(panelInput(context()), formats);
    const { begin } = shown().period!;
    assert.equal(shown().hasKept, undefined);
    state.dashboards.setKept(ref, kept(clock.now()));
    const { period, hasKept, keptUntil, dates, limits, sections } = shown();
    assert.equal(hasKept, true);
    assert.ok(period!.begin < begin && keptUntil! >= begin);
    assert.deepEqual(dates.from, limits.DAY.min);
    assert.deepEqual(period!.covers, undefined, 'less than a year is kept');
    assert.ok(sections.every((one) => one.state === 'ready'));
    assert.equal(sections[0]!.series!.begins.length, 90 + 90);
    await refresher.showView(ref, { granularity: 'DAY', range: '90d' });
    assert.equal(shown().hasKept, true);
    assert.equal(shown().keptUntil, undefined);
  });

  it('shows what is kept where the server no longer answers', async () => {
    const { clock, client, state, refresher, context } = stage();
    await refresher.refresh('command');
    client.answer = () => failure('withdrawn');
    await refresher.showView(ref, year);
    state.dashboards.setKept(ref, kept(clock.now()));
    const [requests] = dashboardSnapshot(panelInput(context()), formats).sections;
    assert.equal(requests!.state, 'stale');
    assert.equal(requests!.series!.begins.length, 90);
    assert.equal(requests!.readAt, clock.now() - 5 * day);
  });
});

describe('viewMessage', () => {
  it('tells of the first read, and then of late figures only', async () => {
    const { clock, refresher, message } = stage();
    assert.equal(message(), 'Reading flows…');
    await refresher.refresh('command');
    assert.equal(message(), undefined);
    await clock.advance(day);
    await refresher.refresh('command');
    assert.equal(message(), undefined, 'the server’s figures go on');
  });

  it('says how old the newest figures are where all are late', async () => {
    const { clock, client, refresher, message } = stage();
    const answers = client.answer;
    const then = clock.now();
    client.answer = async (query) => {
      const result = await answers(query);
      if (!result.ok) return result;
      const begins = result.value.begins.map((begin) => begin - 9 * 3_600_000);
      return { ok: true, value: { ...result.value, begins } };
    };
    assert.equal(clock.now(), then);
    await refresher.refresh('command');
    assert.equal(message(), 'Demo data: the newest figures are 9 h old.');
  });

  it('says nothing without accounts', () => {
    const { refresher, message } = stage();
    refresher.setAccounts([]);
    assert.equal(message(), undefined);
  });
});

describe('panelInput', () => {
  it('makes a whole snapshot before anything is read, while reading, and after', async () => {
    const { refresher, context, states } = stage();
    assert.deepEqual(states(), Array(5).fill('loading'));
    await refresher.showView(ref, { granularity: 'DAY', range: '30d' });
    await settle();
    assert.deepEqual(states(), Array(5).fill('ready'));
    const input = panelInput(context());
    assert.equal(input.flow.flow.name, 'Flow 11');
    assert.deepEqual(Object.keys(input.metrics), [...metricNames]);
    assert.equal(input.shown, undefined);
    assert.equal(input.busy, false);
  });

  it('keeps the earlier charts until the new ones are there', async () => {
    const { client, refresher, context } = stage();
    await refresher.showView(ref, { granularity: 'DAY', range: '30d' });
    const answers = client.answer;
    let open = (): void => undefined;
    const door = new Promise<void>((resolve) => (open = resolve));
    client.answer = async (query) => {
      await door;
      return answers(query);
    };
    const showing = refresher.showView(ref, { granularity: 'LIFETIME', range: 'all' });
    await settle();
    const between = panelInput(context());
    assert.equal(between.view.granularity, 'LIFETIME');
    assert.equal(between.shown?.view.granularity, 'DAY');
    assert.equal(between.metrics.ENDPOINT_REQUEST_COUNT?.series?.granularity, 'DAY');
    assert.equal(between.busy, true);
    open();
    await showing;
    const after = panelInput(context());
    assert.equal(after.shown, undefined);
    assert.equal(after.metrics.ENDPOINT_REQUEST_COUNT?.series?.granularity, 'LIFETIME');
  });

  it('says of a flow that the account does not have that it is not known', async () => {
    const { refresher, states, context } = stage();
    await refresher.refresh('command');
    const snapshot = dashboardSnapshot(panelInput(context('99')), formats);
    assert.equal(snapshot.whole?.state, 'error');
    assert.deepEqual(states('99'), Array(5).fill('error'));
  });

  it('says that the account is out of reach, where its flows were never listed', async () => {
    const { client, refresher, context } = stage();
    client.listError = failure('network', { transient: true }).error;
    await refresher.showView(ref, { granularity: 'DAY', range: '30d' });
    const snapshot = dashboardSnapshot(panelInput(context()), formats);
    assert.equal(snapshot.whole?.state, 'error');
    assert.equal(snapshot.whole.headline, 'The figures could not be read');
    assert.notEqual(snapshot.verdict.word, 'Reading…');
    assert.equal(snapshot.flow.name, 'Flow 11');
  });

  it('shows nothing of another server once the account is changed', async () => {
    const { refresher, context, state } = stage();
    await refresher.refresh('command');
    await refresher.showView(ref, { granularity: 'DAY', range: '30d' });
    assert.ok(panelInput(context()).metrics.ENDPOINT_REQUEST_COUNT?.series);
    refresher.setAccounts([{ name: 'Shop', source: 'demo', apiVersion: 'v25.0' }]);
    assert.equal(state.dashboards.get(ref)?.reading, undefined);
    assert.equal(panelInput(context()).metrics.ENDPOINT_REQUEST_COUNT?.series, undefined);
  });

  it('tells a refused token for the whole page', async () => {
    const { client, refresher, context } = stage();
    client.listError = failure('auth', { reason: 'expired' }).error;
    await refresher.showView(ref, { granularity: 'DAY', range: '30d' });
    const snapshot = dashboardSnapshot(panelInput(context()), formats);
    assert.match(snapshot.whole?.headline ?? '', /token has expired/);
    // Nothing was ever listed, as after a reload: the panel's own title names the flow, and nothing is being read.
    assert.equal(snapshot.flow.name, 'Flow 11');
    assert.equal(snapshot.verdict.word, 'Not judged');
    assert.equal(snapshot.verdict.headline, 'the access token has expired');
    assert.match(snapshot.whole?.text ?? '', /refused the token of “Shop” at /);
  });
});
