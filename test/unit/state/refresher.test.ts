import assert from 'node:assert/strict';
import type { Account } from '../../../src/domain/account';
import type { MeterAlert } from '../../../src/contract/alert';
import type { Result } from '../../../src/contract/client';
import { hourMs } from '../../../src/contract/calendar';
import type { MetricsError } from '../../../src/contract/errors';
import { queryKey } from '../../../src/contract/query';
import type { MetricSeries } from '../../../src/contract/metric';
import type { AccountFigures } from '../../../src/domain/model';
import { FlowState } from '../../../src/state/flowState';
import { Refresher, type RefreshMinutes } from '../../../src/state/refresher';
import { HandClock, settle } from './handClock';
import { failure, publishedFlow, ScriptedClient, seriesFor } from './scriptedClient';
import { thresholds } from './thresholds';
import type { PanelView } from '../../../src/domain/view';
import { parseMetricAnswer } from '../../../src/contract/metricWire';

const minute = 60_000;
const minutes: RefreshMinutes = { meta: 60, server: 15, demo: 15, meter: 1 };
const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const other: Account = { name: 'Other', source: 'server', businessAccountId: '2', baseUrl: 'http://127.0.0.1:1' };
const week: PanelView = { granularity: 'HOUR', range: '7d' };
const month: PanelView = { granularity: 'DAY', range: '30d' };

function stage(accounts: readonly Account[] = [shop], flowCount = 3) {
  const clock = new HandClock();
  const clients = new Map(accounts.map(({ name }) => [name, new ScriptedClient(clock)]));
  for (const client of clients.values()) {
    client.flows = Array.from({ length: flowCount }, (_, i) => publishedFlow(String(11 + i)));
  }
  const tokens = new Set(accounts.map(({ name }) => name));
  const unexpected: unknown[] = [];
  const warnings: string[] = [];
  const state = new FlowState(clock, { window: '24h', thresholds });
  const refresher = new Refresher({
    state,
    clock,
    minutes,
    connect: async ({ name }) => (tokens.has(name) ? clients.get(name) : undefined),
    log: {
      info: () => undefined,
      warn: (line) => void warnings.push(line),
      error: (thrown) => unexpected.push(thrown),
    },
  });
  refresher.setAccounts(accounts);
  const client = clients.get(accounts[0]!.name)!;
  const figures = (name = 'Shop'): AccountFigures =>
    state.snapshot.accounts.find(({ account }) => account.name === name)!;
  return { clock, clients, client, tokens, state, refresher, figures, unexpected, warnings };
}

/** A promise with its end in the test's hand. */
function gate(): { readonly promise: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open: () => open() };
}

describe('Refresher', () => {
  it('asks nothing before somebody looks', async () => {
    const { clock, client, refresher, figures } = stage();
    await clock.advance(3 * hourMs);
    assert.equal(client.listings + client.fetches, 0);
    assert.equal(figures().read, false);
    refresher.setInUse(true);
    await clock.advance(0);
    assert.equal(client.listings, 1);
    assert.equal(figures().read, true);
  });

  it('asks each flow at most once per metric, and never for the rate', async () => {
    const { client, refresher, figures } = stage();
    await refresher.refresh('command');
    const asked = client.take().map(queryKey);
    assert.equal(asked.length, 12);
    assert.equal(new Set(asked).size, 12);
    assert.ok(!asked.some((key) => key.includes('ERROR_RATE')));
    const [first] = figures().flows;
    assert.equal(first?.report.level, 'healthy');
    assert.equal(first.totals?.requests, 2400);
    assert.equal(first.before?.requests, 2400);
    assert.equal(figures().servedVersion, 'v26.0');
  });

  it('leaves out parked flows, and availability where it is never checked', async () => {
    const { client, refresher } = stage();
    client.flows = [
      publishedFlow('1', { status: 'DRAFT' }),
      publishedFlow('2', { status: 'DEPRECATED' }),
      publishedFlow('3', { endpointUri: null }),
      publishedFlow('4', { dataApiVersion: '2.1' }),
    ];
    await refresher.refresh('command');
    const asked = client.take();
    assert.deepEqual([...new Set(asked.map(({ flowId }) => flowId))], ['4']);
    assert.equal(asked.length, 3);
  });

  it('joins the run in flight, and never overlaps for one account', async () => {
    const { client, refresher } = stage();
    const door = gate();
    client.gate = door.promise;
    const runs = [refresher.refresh('command'), refresher.refresh('command'), refresher.refresh('view')];
    await settle();
    door.open();
    await Promise.all(runs);
    assert.equal(client.listings, 1);
    assert.equal(client.overlapping, 1);
    assert.equal(client.take().length, 12);
  });

  it('asks once what tree, status bar and dashboard need at the same time', async () => {
    const { client, refresher, state } = stage();
    const flow = { accountName: 'Shop', flowId: '12' };
    const day: PanelView = { granularity: 'HOUR', range: '24h' };
    await Promise.all([
      refresher.showView(flow, day),
      refresher.refresh('view'),
      refresher.refresh('command'),
      refresher.refresh('view'),
    ]);
    const keys = client.take().map(queryKey);
    assert.equal(new Set(keys).size, keys.length, 'no question is asked twice');
    assert.equal(keys.length, 13, 'four metrics of three flows, and the rate of the one that a dashboard shows');
    assert.ok(Object.values(state.dashboards.get(flow)!.reading!.loads).every((load) => load.state === 'ready'));
    await Promise.all([refresher.refresh('view'), refresher.showView(flow, day)]);
    assert.deepEqual([client.take().length, client.listings], [0, 1], 'what is fresh is not asked again');
  });

  it('reads the rest after a run that covers only a part', async () => {
    const { clock, client, refresher } = stage();
    await refresher.refresh('command');
    await clock.advance(minute);
    client.take();
    const door = gate();
    const answers = client.answer;
    client.answer = async (query) => {
      await door.promise;
      return answers(query);
    };
    const one = refresher.refresh('command', { accountName: 'Shop', flowId: '12' });
    await settle();
    const all = refresher.refresh('command');
    const again = refresher.refresh('command');
    await settle();
    door.open();
    await Promise.all([one, all, again]);
    assert.equal(client.listings, 2);
    const flows = client.take().map(({ flowId }) => flowId);
    assert.equal(flows.filter((id) => id === '12').length, 4, 'what was just asked is not asked again');
    assert.equal(flows.length, 12);
  });

  it('asks first what a person looks at, then what is unhealthy, then what was not asked for longest', async () => {
    const { clock, client, refresher, state } = stage([shop], 6);
    const bad = new Set(['14']);
    const answers = client.answer;
    client.answer = async (query) => {
      const result = await answers(query);
      if (result.ok && bad.has(query.flowId) && query.metric === 'ENDPOINT_REQUEST_ERROR') {
        for (const { values } of result.value.columns) values.fill(30);
      }
      return result;
    };
    const order = (): string[] => [...new Set(client.take().map(({ flowId }) => flowId))];
    await refresher.refresh('command');
    assert.deepEqual(order(), ['11', '12', '13', '14', '15', '16']);
    for (const flowId of ['11', '13', '12', '15', '14']) {
      await clock.advance(minute);
      await refresher.refresh('command', { accountName: 'Shop', flowId });
    }
    order();
    state.setWatched([{ accountName: 'Shop', flowId: '15' }]);
    await refresher.showView({ accountName: 'Shop', flowId: '12' }, month);
    client.take();
    await refresher.refresh('command');
    assert.deepEqual(
      order().filter((id, i, all) => all.indexOf(id) === i),
      ['12', '15', '14', '16', '11', '13'],
    );
    await clock.advance(25 * hourMs);
    state.setWatched([]);
    refresher.closeDashboard({ accountName: 'Shop', flowId: '12' });
    bad.clear();
    await refresher.refresh('command', { accountName: 'Shop', flowId: '14' });
    client.take();
    await clock.advance(minute);
    await refresher.refresh('command');
    assert.equal(order().at(-1), '14', 'what was not asked for a day comes before what is fresh');
  });

  it('polls after the last run ended, and only while it is of use', async () => {
    const { clock, client, refresher } = stage();
    refresher.setInUse(true);
    await clock.advance(0);
    await clock.advance(59 * minute);
    assert.equal(client.listings, 1);
    await clock.advance(2 * minute);
    assert.equal(client.listings, 2);
    refresher.setInUse(false);
    assert.equal(clock.waiting <= 1, true, 'no timer is left but that of the change event');
    await clock.advance(5 * hourMs);
    assert.equal(client.listings, 2);
    refresher.setInUse(true);
    await clock.advance(0);
    assert.equal(client.listings, 3);
  });

  it('polls each account at its own pace; 0 turns polling off, the first read stays', async () => {
    const { clock, clients, refresher } = stage([shop, other]);
    refresher.setMinutes({ ...minutes, meta: 0 });
    refresher.setInUse(true);
    await clock.advance(0);
    await clock.advance(46 * minute);
    assert.equal(clients.get('Shop')!.listings, 1);
    assert.equal(clients.get('Other')!.listings, 4);
  });

  it('tells when the next read comes, and that it waits while nobody looks', async () => {
    const { clock, client, refresher, figures } = stage([shop, other]);
    assert.deepEqual([figures().nextRead, figures('Other').nextRead], ['onceSeen', 'onceSeen']);
    const slow = gate();
    client.gate = slow.promise;
    refresher.setInUse(true);
    await clock.advance(0);
    assert.deepEqual([figures().nextRead, figures().busy], [undefined, true]);
    slow.open();
    await settle();
    const readAt = clock.now();
    assert.deepEqual([figures().nextRead, figures('Other').nextRead], [readAt + hourMs, readAt + 15 * minute]);
    await clock.advance(20 * minute);
    assert.deepEqual(
      [figures().nextRead, figures('Other').nextRead],
      [readAt + hourMs, readAt + 30 * minute],
      'it stays the same until it comes',
    );
    refresher.setInUse(false);
    assert.equal(figures().nextRead, 'onceSeen');
    refresher.setMinutes({ ...minutes, meta: 0 });
    assert.deepEqual([figures().nextRead, figures().byHand], [undefined, true]);
    client.listError = failure('auth').error;
    refresher.setMinutes(minutes);
    await refresher.refresh('command');
    assert.equal(figures().nextRead, undefined, 'a refused token is not tried again');
  });

  it('tells that it reads slowly while the server’s limit is nearly used up', async () => {
    const { client, refresher, figures } = stage();
    client.slowedAt = 83;
    await refresher.refresh('command');
    assert.equal(figures().slowedAt, 83);
    client.slowedAt = undefined;
    await refresher.refresh('command');
    assert.equal(figures().slowedAt, undefined);
  });

  it('does not ask what is fresh when the view is shown, but always on command', async () => {
    const { clock, client, refresher } = stage();
    await refresher.refresh('view');
    assert.equal(client.listings, 1);
    client.take();
    await clock.advance(29 * minute);
    await refresher.refresh('view');
    assert.equal(client.listings, 1);
    assert.equal(client.take().length, 0);
    await clock.advance(2 * minute);
    await refresher.refresh('view');
    assert.equal(client.take().length, 12);
    await refresher.refresh('command');
    assert.equal(client.take().length, 12);
  });

  it('asks only those flows again that are not fresh', async () => {
    const { clock, client, refresher } = stage();
    await refresher.refresh('command');
    await clock.advance(20 * minute);
    await refresher.refresh('command', { flowId: '11' });
    client.take();
    await clock.advance(15 * minute);
    await refresher.refresh('view');
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))].sort(), ['12', '13']);
  });

  it('refreshes once after the computer slept, and after the clock was set back', async () => {
    const { clock, client, refresher } = stage();
    refresher.setInUse(true);
    await clock.advance(0);
    clock.jump(9 * hourMs);
    await clock.advance(2 * minute);
    assert.equal(client.listings, 2);
    clock.jump(-30 * hourMs);
    await clock.advance(2 * minute);
    assert.equal(client.listings, 3);
    await clock.advance(30 * minute);
    assert.equal(client.listings, 3);
  });

  for (const jump of [-2 * hourMs, -30 * minute, 2 * hourMs]) {
    it(`polls no later than in its interval while the clock is set by ${jump / hourMs} hours, at whatever moment`, async () => {
      for (const at of [1, 29, 30, 31, 45, 59]) {
        const { clock, client, refresher } = stage();
        refresher.setInUse(true);
        await clock.advance(at * minute);
        client.take();
        const { listings } = client;
        clock.jump(jump);
        await clock.advance(minute);
        // One read at once, since nothing tells how old the answers are.
        assert.equal(client.listings, listings + 1, `${at} min`);
        assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))].sort(), ['11', '12', '13']);
        await clock.advance(58 * minute);
        assert.equal(client.listings, listings + 1, `${at} min`);
        await clock.advance(2 * minute);
        assert.equal(client.listings, listings + 2, `${at} min`);
        assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))].sort(), ['11', '12', '13']);
        refresher.dispose();
      }
    });
  }

  it('keeps to the pause that a server asked for, no longer, while the clock is set back', async () => {
    const { clock, client, refresher, figures } = stage();
    refresher.setInUse(true);
    await clock.advance(minute);
    client.listError = failure('rateLimited', { retryAt: clock.now() + 20 * minute }).error;
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'throttled');
    client.listError = undefined;
    const { listings } = client;
    clock.jump(-2 * hourMs);
    await clock.advance(19 * minute);
    assert.equal(client.listings, listings);
    await clock.advance(2 * minute);
    assert.equal(client.listings, listings + 1);
    assert.equal(figures().accountStatus, undefined);
  });

  it('stops at a refused token until it changes, and then reads exactly once', async () => {
    const { clock, client, refresher, figures } = stage();
    refresher.setInUse(true);
    await clock.advance(0);
    await clock.advance(minute);
    client.listError = failure('auth', { reason: 'expired' }).error;
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'tokenRefused');
    assert.equal(figures().flows[0]?.totals?.requests, 2400, 'the last good figures stay');
    assert.equal(figures().flows[0]?.stale, true);
    const before = client.listings;
    await clock.advance(10 * hourMs);
    await refresher.refresh('view');
    assert.equal(client.listings, before);
    client.listError = undefined;
    await refresher.tokenChanged('Shop');
    await clock.advance(minute);
    assert.equal(client.listings, before + 1);
    assert.equal(figures().accountStatus, undefined);
    assert.equal(figures().flows[0]?.stale, false);
  });

  it('says that a token is missing, without asking anything', async () => {
    const { client, clock, tokens, refresher, figures } = stage();
    tokens.clear();
    refresher.setInUse(true);
    await clock.advance(0);
    assert.equal(figures().accountStatus?.kind, 'tokenMissing');
    assert.equal(client.listings + client.fetches, 0);
  });

  it('takes the first refused token of a metric for the account’s', async () => {
    const { client, refresher, figures } = stage();
    client.answer = () => failure('auth', { reason: 'invalid' });
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'tokenRefused');
    assert.equal(figures().flows[0]?.report.reasons[0]?.cause, 'auth');
  });

  it('pauses until the stated time and then goes on', async () => {
    const { clock, client, refresher, figures } = stage();
    const retryAt = clock.now() + 20 * minute;
    client.listError = failure('rateLimited', { retryAt }).error;
    refresher.setInUse(true);
    await clock.advance(0);
    assert.deepEqual([figures().accountStatus?.kind, figures().accountStatus?.retryAt], ['throttled', retryAt]);
    assert.equal(figures().byHand, false);
    refresher.setMinutes({ ...minutes, meta: 0 });
    assert.equal(figures().byHand, true, 'with polling off nothing goes on by itself');
    refresher.setMinutes(minutes);
    client.listError = undefined;
    await clock.advance(19 * minute);
    await refresher.refresh('view');
    assert.equal(client.listings, 1);
    await clock.advance(2 * minute);
    assert.equal(client.listings, 2);
    assert.equal(figures().accountStatus, undefined);
  });

  it('keeps the last good values when a refresh fails, marks them, and tries again soon', async () => {
    const { clock, client, refresher, figures } = stage();
    refresher.setInUse(true);
    await clock.advance(0);
    const answers = client.answer;
    client.answer = (query) =>
      query.metric === 'ENDPOINT_AVAILABILITY' && query.flowId === '11' ? failure('timeout') : answers(query);
    await clock.advance(hourMs);
    const failed = figures().flows.find(({ flow }) => flow.id === '11');
    assert.equal(failed?.stale, true);
    assert.equal(failed.failures.ENDPOINT_AVAILABILITY?.kind, 'timeout');
    assert.equal(failed.totals?.succeeded, 230, 'of the older answer, in the window that has moved on');
    assert.equal(figures().flows.filter(({ stale }) => stale).length, 1);
    client.answer = () => failure('network');
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'offline');
    assert.equal(figures().accountStatus?.retryAt, clock.now() + 15 * minute);
    assert.ok(figures().flows.every(({ stale, totals }) => stale && totals !== undefined));
    client.answer = answers;
    await clock.advance(16 * minute);
    assert.equal(figures().accountStatus, undefined);
    assert.ok(figures().flows.every(({ stale }) => !stale));
  });

  it('calls old only what a failing run has not read itself', async () => {
    const { clock, client, refresher, figures } = stage();
    await refresher.refresh('command');
    await clock.advance(hourMs);
    const pause = gate();
    client.answer = async (query) => {
      if (query.flowId === '11') return { ok: true, value: seriesFor(query, clock.now()) };
      await pause.promise;
      return failure('rateLimited');
    };
    const run = refresher.refresh('command');
    await clock.advance(2 * minute);
    pause.open();
    await run;
    assert.equal(figures().accountStatus?.kind, 'throttled');
    const stale = figures()
      .flows.filter((one) => one.stale)
      .map(({ flow }) => flow.id);
    assert.deepEqual(stale.sort(), ['12', '13']);
  });

  it('judges the end of the API per flow, and for the account only when every flow says so', async () => {
    const { client, refresher, figures } = stage();
    client.answer = (query) =>
      query.flowId === '11'
        ? failure('withdrawn')
        : { ok: true, value: seriesFor(query, Date.parse('2026-03-12T14:30:00Z')) };
    await refresher.refresh('command');
    assert.equal(figures().accountStatus, undefined);
    await refresher.refresh('command', { flowId: '11' });
    assert.equal(figures().accountStatus, undefined, 'one flow alone speaks for itself');
    client.answer = () => failure('withdrawn');
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'withdrawn');
  });

  it('ends trouble with the first figures, not with the slowest flow', async () => {
    for (const [kind, before] of [
      ['auth', 'tokenRefused'],
      ['withdrawn', 'withdrawn'],
      ['permission', 'permission'],
      ['network', 'offline'],
      ['rateLimited', 'throttled'],
    ] as const) {
      const { clock, client, refresher, figures } = stage();
      const answers = client.answer;
      client.answer = () => failure(kind);
      await refresher.refresh('command');
      assert.equal(figures().accountStatus?.kind, before);
      await clock.advance(minute);
      const door = gate();
      client.answer = async (query) => {
        if (query.flowId === '13') await door.promise;
        return answers(query);
      };
      const run = refresher.tokenChanged('Shop', true);
      await clock.advance(1000);
      assert.equal(figures().accountStatus, undefined, `${before} is over while the run goes on`);
      assert.equal(figures().busy, true);
      const cause = (id: string): unknown =>
        figures().flows.find(({ flow }) => flow.id === id)?.report.reasons[0]?.cause;
      assert.deepEqual([cause('11'), cause('12')], [undefined, undefined]);
      assert.notEqual(cause('13'), 'auth');
      if (kind === 'auth')
        assert.equal(cause('13'), 'notRead', 'what was refused under the old token is not held against it');
      door.open();
      await run;
      assert.equal(figures().accountStatus, undefined);
    }
  });

  it('no longer says that a token is missing once there is one, also where reading then waits', async () => {
    const { clock, client, tokens, refresher, figures } = stage();
    client.answer = () => failure('auth', { reason: 'expired' });
    await refresher.refresh('command');
    tokens.clear();
    await refresher.refresh('command');
    assert.equal(figures().accountStatus?.kind, 'tokenMissing');
    assert.ok(figures().flows.every(({ report }) => report.reasons[0]?.cause === 'auth'));
    await clock.advance(minute);
    tokens.add('Shop');
    const door = gate();
    client.gate = door.promise;
    client.answer = async () => {
      await door.promise;
      return failure('rateLimited', { retryAt: clock.now() + 30 * minute, code: 4 });
    };
    const run = refresher.tokenChanged('Shop', true);
    await clock.advance(1000);
    assert.equal(figures().accountStatus, undefined, 'before anything was answered');
    assert.ok(
      figures().flows.every(({ report, failures }) => {
        return report.reasons[0]?.cause === 'notRead' && Object.keys(failures).length === 0;
      }),
    );
    client.listError = failure('rateLimited', { retryAt: clock.now() + 30 * minute, code: 4 }).error;
    door.open();
    await run;
    assert.equal(figures().accountStatus?.kind, 'throttled');
    assert.ok(figures().flows.every(({ report }) => report.reasons[0]?.cause !== 'auth'));
  });

  it('tells a refused answer by metric and point in the log, and as unread', async () => {
    const { client, refresher, figures, warnings } = stage([shop], 2);
    const answers = client.answer;
    client.answer = (query) => {
      if (query.flowId !== '11' || query.metric !== 'ENDPOINT_REQUEST_COUNT') return answers(query);
      const points = [{ timestamp: '2026-03-12T08:00:00+0000', data: [{ key: 'value', value: -5 }] }];
      try {
        return { ok: true, value: parseMetricAnswer({ metric: { data_points: points } }, query) };
      } catch (error) {
        return { ok: false, error: error as MetricsError };
      }
    };
    await refresher.refresh('command');
    const flow = figures().flows.find((one) => one.flow.id === '11');
    assert.deepEqual(flow?.unread, ['ENDPOINT_REQUEST_COUNT']);
    assert.deepEqual(flow.report.reasons[0]?.cause, 'failed');
    assert.ok(
      warnings.some((line) => /ENDPOINT_REQUEST_COUNT.*point 1 \(2026-03-12T08:00.*-5/.test(line)),
      warnings.join(),
    );
  });

  it('falls back to 7 and 30 days where there is too little data, and remembers it for a day', async () => {
    const { clock, client, refresher, figures } = stage([shop], 2);
    client.answer = (query): Result<MetricSeries> =>
      query.flowId === '11' && query.granularity === 'HOUR'
        ? failure('notEnoughData')
        : { ok: true, value: seriesFor(query, clock.now()) };
    await refresher.refresh('command');
    const asked = client.take().filter(({ flowId }) => flowId === '11');
    assert.equal(asked.length, 12, 'one request per metric and window');
    const flow = (): AccountFigures['flows'][number] => figures().flows.find((one) => one.flow.id === '11')!;
    assert.equal(flow().report.window, '30d');
    assert.deepEqual(flow().failures, {});
    await refresher.refresh('command');
    assert.equal(client.take().filter(({ flowId }) => flowId === '11').length, 4, 'the window is remembered');
    await clock.advance(25 * hourMs);
    await refresher.refresh('command');
    assert.equal(client.take().filter(({ flowId }) => flowId === '11').length, 12);
  });

  it('is calm about a flow that has too little data in every window', async () => {
    const { client, refresher, figures } = stage([shop], 1);
    client.answer = () => failure('notEnoughData');
    await refresher.refresh('command');
    const [flow] = figures().flows;
    assert.deepEqual([flow?.report.level, flow?.report.reasons[0]?.cause], ['unknown', 'notEnoughData']);
    assert.equal(flow?.stale, false);
    assert.equal(figures().accountStatus, undefined);
  });

  it('reads everything anew when the window changes, and nothing when thresholds do', async () => {
    const { clock, client, refresher, figures } = stage([shop], 1);
    refresher.setInUse(true);
    await clock.advance(0);
    client.take();
    await refresher.judgeBy({ window: '24h', thresholds: { ...thresholds, errorRatePercent: { critical: 1 } } });
    assert.equal(client.take().length, 0);
    assert.equal(figures().flows[0]?.report.level, 'critical');
    await refresher.judgeBy({ window: '30d', thresholds });
    assert.equal(client.take().length, 4);
    assert.equal(figures().flows[0]?.report.window, '30d');
  });

  it('calls off what is under way when an account goes or changes', async () => {
    const { clock, client, refresher, state, unexpected } = stage();
    refresher.setInUse(true);
    const door = gate();
    client.gate = door.promise;
    await clock.advance(0);
    refresher.setAccounts([{ ...shop, businessAccountId: '7' }]);
    client.gate = undefined;
    await clock.advance(0);
    assert.equal(client.listings, 2);
    refresher.setAccounts([]);
    await clock.advance(hourMs);
    assert.equal(client.listings, 2);
    assert.deepEqual(state.snapshot.accounts, []);
    assert.deepEqual(unexpected, []);
  });

  it('keeps accounts apart: the trouble of one does not hold up the other', async () => {
    const { clients, refresher, figures } = stage([shop, other]);
    clients.get('Shop')!.listError = failure('auth').error;
    await refresher.refresh('command');
    assert.equal(figures('Shop').accountStatus?.kind, 'tokenRefused');
    assert.equal(figures('Other').accountStatus, undefined);
    assert.equal(figures('Other').flows.length, 3);
  });

  it('reads hundreds of flows, those first that waited longest', async () => {
    const { clock, client, refresher, figures } = stage([shop], 300);
    let room = 500;
    client.answer = (query) =>
      room-- > 0
        ? { ok: true, value: seriesFor(query, clock.now()) }
        : failure('rateLimited', { retryAt: clock.now() + hourMs });
    refresher.setInUse(true);
    await clock.advance(0);
    const readNow = (): number => figures().flows.filter(({ totals }) => totals !== undefined).length;
    assert.equal(readNow(), 125);
    client.take();
    room = 10_000;
    await clock.advance(hourMs + minute);
    assert.equal(readNow(), 300);
    assert.equal(figures().accountStatus, undefined);
  });
});

describe('Refresher: dashboards', () => {
  const flow = { accountName: 'Shop', flowId: '11' };

  it('asks all five metrics of a view once', async () => {
    const { client, refresher, state } = stage();
    await refresher.refresh('command');
    client.take();
    await refresher.showView(flow, month);
    assert.equal(client.take().length, 5);
    const loads = state.dashboards.get(flow)?.reading?.loads;
    assert.ok(loads && Object.values(loads).every((load) => load.state === 'ready'));
    await refresher.showView(flow, month);
    assert.equal(client.take().length, 0);
  });

  it('takes over the row’s answers to the same questions', async () => {
    const { client, refresher, state } = stage();
    await refresher.refresh('command');
    client.take();
    await refresher.showView(flow, { granularity: 'HOUR', range: '24h' });
    assert.deepEqual(
      client.take().map(({ metric }) => metric),
      ['ENDPOINT_REQUEST_ERROR_RATE'],
    );
    assert.equal(state.dashboards.get(flow)?.reading?.loads.ENDPOINT_REQUEST_COUNT.state, 'ready');
  });

  it('waits for the first list of flows, and is read along with its flow', async () => {
    const { client, refresher, state } = stage();
    await refresher.showView(flow, month);
    assert.equal(client.listings, 1);
    assert.equal(client.take().length, 12 + 5);
    assert.equal(state.dashboards.get(flow)?.reading?.loads.ENDPOINT_AVAILABILITY.state, 'ready');
    await refresher.refresh('command', flow);
    assert.equal(client.take().length, 4 + 5);
  });

  it('reads what the overview compares beside a dashboard of the same flow, each with a period of its own', async () => {
    const { client, refresher, state } = stage();
    const compared = { ...flow, viewer: 'overview' } as const;
    await refresher.showView(flow, month);
    client.take();
    await refresher.showView(compared, { granularity: 'HOUR', range: '24h' });
    assert.equal(client.take().length, 0, 'the row has these hours already');
    await refresher.showView(compared, week);
    assert.equal(client.take().length, 4, 'the rate is computed');
    assert.deepEqual([state.dashboards.get(flow)?.view, state.dashboards.get(compared)?.view], [month, week]);
    await refresher.refresh('command', flow);
    assert.equal(client.take().length, 4 + 5 + 4, 'its row, its dashboard and the comparison');
    refresher.closeDashboard(compared);
    assert.equal(state.dashboards.get(compared), undefined);
    assert.deepEqual(state.dashboards.get(flow)?.view, month);
  });

  it('leaves hidden dashboards alone until they are seen again', async () => {
    const { clock, client, refresher } = stage();
    await refresher.showView(flow, month);
    await refresher.setPanelShown(flow, false);
    client.take();
    await clock.advance(hourMs);
    await refresher.refresh('command');
    assert.equal(client.take().length, 12);
    await refresher.setPanelShown(flow, true);
    assert.equal(client.take().length, 5);
    refresher.closeDashboard(flow);
    await refresher.refresh('command');
    assert.equal(client.take().length, 12);
  });

  it('shows the earlier view until the new one is there; a view that was left brings nothing', async () => {
    const { client, refresher, state } = stage();
    await refresher.showView(flow, month);
    const answers = client.answer;
    const door = gate();
    client.answer = async (query) => {
      await door.promise;
      return answers(query);
    };
    const left = refresher.showView(flow, { granularity: 'LIFETIME', range: 'all' });
    await settle();
    const wanted = refresher.showView(flow, week);
    await settle();
    const between = state.dashboards.get(flow);
    assert.deepEqual(between?.view, week);
    assert.deepEqual(between?.earlier?.view, month);
    assert.equal(between?.reading?.loads.ENDPOINT_REQUEST_COUNT.state, 'loading');
    door.open();
    await Promise.all([left, wanted]);
    const after = state.dashboards.get(flow);
    assert.equal(after?.earlier, undefined);
    assert.equal(after?.reading?.loads.ENDPOINT_REQUEST_COUNT.value?.granularity, 'HOUR');
  });

  it('keeps one metric’s failure to that metric', async () => {
    const { client, refresher, state, figures } = stage();
    await refresher.refresh('command');
    const answers = client.answer;
    client.answer = (query) =>
      query.metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' ? failure('server', { code: 2 }) : answers(query);
    await refresher.showView(flow, month);
    const loads = state.dashboards.get(flow)!.reading!.loads;
    assert.equal(loads.ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL.error?.kind, 'server');
    assert.equal(loads.ENDPOINT_REQUEST_COUNT.state, 'ready');
    assert.equal(figures().accountStatus, undefined);
  });

  it('tells the account of a pause that only a dashboard met, also where it is read along with the rows', async () => {
    const { clock, client, refresher, figures } = stage();
    await refresher.refresh('command');
    await refresher.showView(flow, month);
    await refresher.setPanelShown(flow, true);
    const answers = client.answer;
    const retryAt = clock.now() + 20 * minute;
    client.answer = (query) => (query.granularity === 'DAY' ? failure('rateLimited', { retryAt }) : answers(query));
    await refresher.refresh('command');
    assert.deepEqual([figures().accountStatus?.kind, figures().accountStatus?.retryAt], ['throttled', retryAt]);
  });

  it('asks nothing of a server that refused the token', async () => {
    const { client, refresher } = stage();
    await refresher.refresh('command');
    client.answer = () => failure('auth');
    await refresher.refresh('command');
    client.take();
    await refresher.showView(flow, month);
    assert.equal(client.take().length, 0);
  });
});

describe('Refresher: news of a meter', () => {
  const meter: Account = { name: 'Meter', source: 'meter' };
  const live = { zone: 'UTC', store: 'meter', minRequests: 0 };
  const alert: MeterAlert = {
    id: 'a',
    flowId: '12',
    type: 'ENDPOINT_LATENCY',
    state: 'ACTIVATED',
    time: 0,
    threshold: 7_000,
    text: 'p90 8 s',
  };

  it('is read at once, then at most every two seconds, and only the flows that it is about', async () => {
    const { clock, client, refresher } = stage([meter]);
    client.info = live;
    refresher.setInUse(true);
    await clock.advance(100);
    client.take();
    refresher.serverChanged('Meter', '11');
    await clock.advance(1);
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))], ['11']);
    for (let i = 0; i < 10; i++) {
      refresher.serverChanged('Meter', '12');
      await clock.advance(100);
    }
    assert.equal(client.take().length, 0, 'they wait');
    await clock.advance(1_000);
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))], ['12']);
    assert.equal(client.listings, 1);
  });

  it('waits until somebody looks', async () => {
    const { clock, client, refresher } = stage([meter]);
    client.info = live;
    await refresher.refresh('command');
    client.take();
    refresher.serverChanged('Meter', '11');
    await clock.advance(10_000);
    assert.equal(client.take().length, 0);
    refresher.setInUse(true);
    await clock.advance(1);
    assert.deepEqual([...new Set(client.take().map(({ flowId }) => flowId))], ['11']);
    refresher.dispose();
  });

  it('lists the flows again where one is new', async () => {
    const { clock, client, refresher, figures } = stage([meter]);
    client.info = live;
    refresher.setInUse(true);
    await clock.advance(100);
    client.flows = [...client.flows, publishedFlow('99')];
    refresher.serverChanged('Meter', '99');
    await clock.advance(1);
    assert.ok(figures('Meter').flows.some(({ flow }) => flow.id === '99'));
  });

  it('reads alerts, milliseconds and marks from a meter, and from nobody else', async () => {
    const { client, refresher, figures, state } = stage([meter]);
    client.alerts = [alert];
    client.marks = [
      { id: '2', text: 'v1.4.2', time: 2, flowId: '12' },
      { id: '1', text: 'v1.4.1', time: 1 },
      { id: '3', text: 'other', time: 3, flowId: '13' },
    ];
    const flow = { accountName: 'Meter', flowId: '12' };
    await refresher.refresh('command');
    await refresher.showView(flow, week);
    assert.equal(state.dashboards.get(flow)?.marks, undefined);
    assert.equal(figures('Meter').flows.find((one) => one.flow.id === '12')?.alerts, undefined);
    assert.equal(state.dashboards.get(flow)?.reading?.milliseconds, undefined);
    client.info = live;
    await refresher.refresh('command');
    const alerted = figures('Meter').flows.find((one) => one.flow.id === '12');
    assert.deepEqual(alerted?.alerts, [alert]);
    assert.equal(alerted?.report.level, 'critical');
    assert.equal(state.dashboards.get(flow)?.reading?.milliseconds?.period?.p90, 40);
    const marks = state.dashboards.get(flow)?.marks;
    assert.deepEqual(marks, client.marks.slice(0, 2));
    // The same again is no change, and another view has them at once.
    await refresher.refresh('command');
    refresher.showView(flow, { granularity: 'HOUR', range: '24h' }).catch(assert.fail);
    assert.equal(state.dashboards.get(flow)?.marks, marks);
    // The overview draws them, too.
    const compared = { ...flow, viewer: 'overview' } as const;
    await refresher.showView(compared, week);
    assert.deepEqual(state.dashboards.get(compared)?.marks, marks);
    // One that was removed goes at once, whatever reads come next.
    state.dashboards.removeMark('Other', '2');
    state.dashboards.removeMark('Meter', '2');
    assert.deepEqual(
      state.dashboards.get(flow)?.marks?.map(({ id }) => id),
      ['1'],
    );
  });
});
