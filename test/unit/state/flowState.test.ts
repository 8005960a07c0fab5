import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Account } from '../../../src/domain/account';
import type { MetricAnswer } from '../../../src/contract/client';
import { createFormats } from '../../../src/presentation/formats';
import { planWindow } from '../../../src/domain/windows';
import type { Snapshot } from '../../../src/domain/model';
import { flowKey, flowRefOf } from '../../../src/state/flowRef';
import { FlowState } from '../../../src/state/flowState';
import { idle, settled } from '../../../src/state/loadable';
import { rowQueries } from '../../../src/domain/queryPlans';
import { HandClock } from './handClock';
import { failure, publishedFlow, seriesFor } from './scriptedClient';
import { thresholds } from './thresholds';
import { flowRow } from '../../../src/presentation/rows/flowRow';

const demo: Account = { name: 'Demo', source: 'demo' };
const real: Account = { name: 'Real', source: 'meta', businessAccountId: '1' };

function filled(accounts: readonly Account[]) {
  const clock = new HandClock();
  const state = new FlowState(clock, { window: '24h', thresholds });
  state.setAccounts(accounts);
  const answer = (accountName: string, flowId: string, failing = false): void => {
    const plan = planWindow('24h', clock.now(), 'UTC');
    const answers = rowQueries(publishedFlow(flowId), plan).map((query): MetricAnswer => ({
      query,
      result: failing ? failure('timeout') : { ok: true, value: seriesFor(query, clock.now()) },
    }));
    state.setAnswers({ accountName, flowId }, plan, answers);
  };
  for (const { name } of accounts) {
    state.setServerInfo(name, { zone: 'UTC', store: 'demo', minRequests: 250 });
    state.setFlows(name, { flows: [publishedFlow('11'), publishedFlow('12')], failures: [] });
    answer(name, '11');
    state.setOutcome(name, {});
  }
  return { clock, state, answer };
}

describe('FlowState', () => {
  it('tells of a burst of changes twice: at once, and when it is over', async () => {
    const { clock, state, answer } = filled([real]);
    await clock.advance(1000);
    const heard: Snapshot[] = [];
    state.onDidChange((snapshot) => heard.push(snapshot));
    for (let i = 0; i < 50; i++) answer('Real', '11');
    assert.equal(heard.length, 1);
    await clock.advance(100);
    assert.equal(heard.length, 2);
    assert.ok(heard[1]!.revision > heard[0]!.revision);
    assert.equal(heard[1], state.snapshot);
    await clock.advance(1000);
    assert.equal(heard.length, 2);
  });

  it('says of an account that it has more flows than are known here, for as long as it has', () => {
    const { state } = filled([real]);
    const limit = (): number | undefined => state.snapshot.accounts[0]!.limitedTo;
    assert.equal(limit(), undefined);
    state.setFlows('Real', { flows: [publishedFlow('11')], failures: [], limitedTo: 10_000 });
    assert.equal(limit(), 10_000);
    const { records, listedAt = 0, limitedTo } = state.account('Real')!;
    const { state: later } = filled([real]);
    const saved = { window: '24h' as const, listedAt: listedAt + 1, records: [...records.values()] };
    later.mergeSaved('Real', { ...saved, ...(limitedTo === undefined ? {} : { limitedTo }) });
    assert.equal(later.snapshot.accounts[0]!.limitedTo, 10_000);
    state.setFlows('Real', { flows: [publishedFlow('11')], failures: [] });
    assert.equal(limit(), undefined);
  });

  it('tells of the first rows from an earlier window at once, also right after another change', () => {
    const { state: earlier } = filled([real]);
    const { records, listedAt = 0 } = earlier.account('Real')!;
    const state = new FlowState(new HandClock(), { window: '24h', thresholds });
    const heard: Snapshot[] = [];
    state.onDidChange((snapshot) => heard.push(snapshot));
    state.setAccounts([real]);
    state.setBusy('Real');
    assert.equal(heard.length, 1);
    const saved = { window: '24h' as const, listedAt, records: [...records.values()] };
    state.mergeSaved('Real', saved);
    assert.equal(heard.length, 2);
    assert.equal(heard[1]!.accounts[0]!.flows.length, 2);
    state.mergeSaved('Real', { ...saved, listedAt: listedAt + 1 });
    assert.equal(heard.length, 2, 'what follows is told when the burst is over');
  });

  it('judges anew where the server says something new of itself, and only then', () => {
    const { state } = filled([real]);
    const [before] = state.snapshot.accounts[0]!.flows;
    const info = { zone: 'UTC', store: 'demo', minRequests: 250 };
    state.setServerInfo('Real', { ...info });
    assert.equal(state.snapshot.accounts[0]!.flows[0], before);
    for (const news of [
      { zone: 'Asia/Tokyo' },
      { store: 'meter' },
      { minRequests: 1 },
      { clock: 5 },
      { version: '9' },
    ]) {
      const known = state.snapshot.accounts[0]!.flows[0];
      state.setServerInfo('Real', { ...info, ...news });
      assert.notEqual(state.snapshot.accounts[0]!.flows[0], known, JSON.stringify(news));
    }
  });

  it('lets views repaint at most ten times a second while answers stream in, and less often where that takes long', async () => {
    for (const [paintMs, most] of [
      [0, 51],
      [100, 18],
    ] as const) {
      const { clock, state, answer } = filled([real]);
      await clock.advance(1000);
      const at: number[] = [];
      state.onDidChange(() => {
        at.push(clock.now());
        clock.jump(paintMs);
      });
      const end = clock.now() + 5000;
      for (let i = 0; clock.now() < end; i++, await clock.advance(10)) answer('Real', i % 2 ? '11' : '12');
      assert.ok(at.length > most / 2 && at.length <= most, `${at.length} repaints in 5 s`);
      for (const from of at) assert.ok(at.filter((one) => one >= from && one < from + 1000).length <= 10);
    }
  });

  it('lets views repaint soon where the computer slept, or the clock was set, while they did', async () => {
    for (const jump of [-2, 2].map((hours) => hours * 3_600_000)) {
      const { clock, state, answer } = filled([real]);
      await clock.advance(1000);
      let repaints = 0;
      state.onDidChange(() => {
        if (repaints++ === 0) clock.jump(jump);
      });
      answer('Real', '11');
      answer('Real', '12');
      await clock.advance(10_000);
      assert.equal(repaints, 2);
    }
  });

  it('keeps the figures of flows that did not change as they are', () => {
    const { state, answer } = filled([real]);
    const before = state.snapshot.accounts[0]!.flows;
    answer('Real', '12');
    const after = state.snapshot.accounts[0]!.flows;
    const of = (flows: typeof before, id: string) => flows.find(({ flow }) => flow.id === id);
    assert.equal(of(after, '11'), of(before, '11'));
    assert.notEqual(of(after, '12'), of(before, '12'));
  });

  it('stops counting demo flows once there is a real account', () => {
    const { state } = filled([demo]);
    assert.ok(state.snapshot.accounts[0]!.flows.every(({ counted }) => counted));
    state.setAccounts([demo, real]);
    assert.ok(state.snapshot.accounts[0]!.flows.every(({ counted }) => !counted));
    assert.equal(state.snapshot.accounts[0]!.flows[0]!.totals?.requests, 2400, 'what was read stays');
  });

  it('says that an account has no flows, and that an unknown id cannot be read', () => {
    const { state } = filled([real]);
    state.setFlows('Real', { flows: [], failures: [] });
    assert.equal(state.snapshot.accounts[0]!.accountStatus?.kind, 'noFlows');
    state.setFlows('Real', { flows: [], failures: [{ id: '99', error: failure('notFound').error }] });
    const [account] = state.snapshot.accounts;
    assert.equal(account!.accountStatus, undefined);
    assert.equal(account!.flows[0]!.failures.ENDPOINT_REQUEST_COUNT?.kind, 'notFound');
    assert.equal(account!.flows[0]!.report.level, 'unknown');
  });

  it('keeps a whole window where a shorter one brought nothing but failures', () => {
    const { clock, state } = filled([real]);
    const plan = planWindow('7d', clock.now(), 'UTC');
    const answers = rowQueries(publishedFlow('11'), plan).map((query) => ({ query, result: failure('timeout') }));
    state.setAnswers({ accountName: 'Real', flowId: '11' }, plan, answers);
    const flow = state.snapshot.accounts[0]!.flows.find((one) => one.flow.id === '11');
    assert.equal(flow?.report.window, '24h');
    assert.equal(flow.totals?.requests, 2400);
    assert.equal(flow.stale, true);
  });

  it('keeps that there are too few data, through refused tokens and other failures', async () => {
    const { clock, state } = filled([real]);
    const ask = (window: '24h' | '30d', result: ReturnType<typeof failure>): void => {
      const plan = planWindow(window, clock.now(), 'UTC');
      const answers = rowQueries(publishedFlow('12'), plan).map((query) => ({ query, result }));
      state.setAnswers({ accountName: 'Real', flowId: '12' }, plan, answers);
    };
    ask('30d', failure('notEnoughData'));
    const told = clock.now();
    await clock.advance(3 * 3_600_000);
    const expired = failure('auth', { reason: 'expired' });
    ask('24h', expired);
    state.setOutcome('Real', { accountStatus: { kind: 'tokenRefused', error: expired.error } });
    const flow = state.snapshot.accounts[0]!.flows.find((one) => one.flow.id === '12')!;
    assert.deepEqual(flow.report.reasons, [{ level: 'unknown', span: '30d', cause: 'notEnoughData' }]);
    assert.deepEqual([flow.stale, flow.fetchedAt], [true, told]);
    const row = flowRow(flow, { ...createFormats('en', 'UTC'), now: clock.now() }, state.snapshot.accounts[0]);
    assert.equal(
      row.description,
      `fewer than 250 requests · not updated since ${createFormats('en', 'UTC').moment(told, clock.now())}`,
    );
  });

  it('goes by the clock of a server whose clock stands still', () => {
    const { clock, state } = filled([real]);
    const still = clock.now() - 1_000_000_000;
    state.setServerInfo('Real', { zone: 'UTC', store: 'demo', minRequests: 250, clock: still });
    assert.equal(state.timeOf('Real').now, still);
  });

  it('says of no data that they reach beyond their reading', async () => {
    const { clock, state } = filled([real]);
    const plan = planWindow('24h', clock.now(), 'UTC');
    const read = clock.now();
    // As a meter answers: the last interval is the running one.
    const running = rowQueries(publishedFlow('11'), plan).map((query): MetricAnswer => ({
      query,
      result: { ok: true, value: seriesFor(query, read + 3_600_000) },
    }));
    state.setAnswers({ accountName: 'Real', flowId: '11' }, plan, running);
    await clock.advance(4 * 60_000);
    const reach = (): number | undefined => {
      state.judgeBy({ window: '24h', thresholds });
      return state.snapshot.accounts[0]!.flows.find(({ flow }) => flow.id === '11')!.dataUpTo;
    };
    assert.equal(reach(), read);
    const still = read - 2 * 86_400_000;
    state.setServerInfo('Real', { zone: 'UTC', store: 'demo', minRequests: 250, clock: still });
    assert.equal(reach(), still, 'nor beyond the clock of a server whose clock stands still');
  });

  it('keeps the flows of an account that has another name', () => {
    const { state } = filled([real, demo]);
    const before = state.snapshot.accounts[0]!.flows.find(({ totals }) => totals)!;
    state.setAccounts([{ ...real, name: 'Store' }, demo]);
    const [renamed] = state.snapshot.accounts;
    const after = renamed!.flows.find(({ totals }) => totals)!;
    assert.deepEqual([renamed!.account.name, renamed!.read, after.totals], ['Store', true, before.totals]);
    assert.deepEqual([after.accountName, after.key], ['Store', flowKey({ accountName: 'Store', flowId: '11' })]);
    state.setAccounts([
      { ...real, name: 'Store' },
      { ...real, name: 'Second' },
    ]);
    assert.equal(state.snapshot.accounts[1]!.flows.length, 0, 'another account beside it begins anew');
  });

  it('forgets an account that has changed, and keeps one that has moved', () => {
    const { state } = filled([real, demo]);
    state.setAccounts([demo, { ...real, apiVersion: 'v25.0' }]);
    const [first, second] = state.snapshot.accounts;
    assert.equal(first!.flows.length, 2);
    assert.deepEqual([second!.flows.length, second!.read], [0, false]);
  });
});

describe('Loadable', () => {
  it('keeps the last good value through any number of failures', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (attempts) => {
        let load = settled<number>(idle, failure('network'), 0);
        let good: number | undefined;
        attempts.forEach((value, i) => {
          load = settled(load, value === undefined ? failure('timeout') : { ok: true, value }, i);
          good = value ?? good;
          assert.equal(load.value, good);
          assert.equal(load.state, value === undefined ? 'failed' : 'ready');
          assert.equal(load.error === undefined, value !== undefined);
        });
      }),
    );
  });
});

describe('flowKey', () => {
  it('is read back, whatever the account is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }), (accountName, id) => {
        const ref = { accountName, flowId: String(id) };
        assert.deepEqual(flowRefOf(flowKey(ref)), ref);
      }),
    );
    assert.equal(flowRefOf('x@Shop'), undefined);
  });
});
