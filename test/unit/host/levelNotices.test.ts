/** Messages on flows that got worse or better, beside real files that windows share. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Account } from '../../../src/domain/account';
import type { Snapshot, Thresholds } from '../../../src/domain/model';
import { MetricsError } from '../../../src/contract/errors';
import type { Flow } from '../../../src/contract/flow';
import type { LevelNotices } from '../../../src/host/app/levelNotices';
import type { NoticeAction } from '../../../src/host/app/notifier';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { noticeKey } from '../../../src/state/toldLevels';
import { Emitter } from '../../../src/util/emitter';
import { offerEditor } from '../../fixtures/bareEditor';
import { HandClock, settle } from '../state/handClock';
import { publishedFlow, ScriptedClient } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const minute = 60_000;
const shop: Account = { name: 'Shop', source: 'server', baseUrl: 'https://a.example', businessAccountId: '1' };
const commandsRun: unknown[][] = [];
const editor = {
  l10n: {
    t: (message: string, ...args: readonly unknown[]) =>
      message.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)])),
  },
  window: { state: { focused: true }, onDidChangeWindowState: () => ({ dispose: () => undefined }) },
  commands: { executeCommand: (...args: unknown[]) => void commandsRun.push(args) },
};

interface Message {
  readonly kind: string;
  readonly text: string;
  readonly actions: readonly NoticeAction[];
}

interface Opened {
  readonly state: FlowState;
  readonly settings: {
    readonly notify: Setting<'off' | 'critical' | 'warning'>;
    readonly thresholds: Setting<Thresholds>;
  };
  readonly notices: LevelNotices;
  readonly messages: Message[];
  read(): Promise<void>;
  rename(to: Account): void;
  mutesChanged(): number;
  close(): void;
}

interface Setting<T> {
  set(next: T): void;
  readonly value: T;
}

/** A setting that a test changes. */
function setting<T>(value: T) {
  const changed = new Emitter<T>();
  return {
    value,
    onDidChange: changed.event,
    set(next: T): void {
      this.value = next;
      changed.fire(next);
    },
  };
}

describe('LevelNotices', () => {
  let restore: () => void;
  before(() => (restore = offerEditor(undefined, editor)));
  after(() => restore());

  let folder: string;
  let clock: HandClock;
  let client: ScriptedClient;
  let windows: Opened[] = [];

  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'flowmeter-notices-')), 'notices');
    clock = new HandClock();
    client = new ScriptedClient(clock);
    client.flows = ['11', '12', '13', '14', '15'].map((id) => publishedFlow(id));
    windows = [];
    commandsRun.length = 0;
  });

  afterEach(async () => {
    for (const one of windows) one.close();
    await rm(path.dirname(folder), { recursive: true });
  });

  /** A window that has read its account once. */
  async function open(account = shop, saved?: Snapshot): Promise<Opened> {
    const { LevelNotices: Notices } = await import('../../../src/host/app/levelNotices');
    const state = new FlowState(clock, { window: '24h', thresholds });
    const fail = (thrown: unknown): never => assert.fail(String(thrown));
    const log = { info: () => undefined, warn: () => undefined, error: fail };
    const minutes = { meta: 0, server: 0, demo: 0, meter: 0 };
    const refresher = new Refresher({ state, clock, minutes, connect: async () => client, log });
    const settings = {
      notify: setting<'off' | 'critical' | 'warning'>('warning'),
      thresholds: setting(thresholds),
      healthWindow: setting('24h' as const),
      accounts: setting({ accounts: [account], problems: [] as readonly string[] }),
    };
    const messages: Message[] = [];
    const show =
      (kind: string) =>
      async (text: string, ...actions: NoticeAction[]) =>
        void messages.push({ kind, text, actions });
    const notifier = { info: show('info'), warn: show('warn'), error: show('error') };
    let mutesChanged = 0;
    const onDidChangeMutes = (): void => void mutesChanged++;
    const notices = new Notices({ state, settings, folder, notifier, clock, log, onDidChangeMutes });
    refresher.setAccounts([account]);
    await refresher.refresh('command');
    await notices.start([...(saved ? [saved] : []), state.snapshot]);
    const opened = {
      state,
      settings,
      notices,
      messages,
      read: () => refresher.refresh('command'),
      rename: (to: Account) => {
        refresher.setAccounts([to]);
        settings.accounts.set({ accounts: [to], problems: [] });
      },
      mutesChanged: () => mutesChanged,
      close: () => {
        notices.dispose();
        refresher.dispose();
        state.dispose();
      },
    };
    windows.push(opened);
    return opened;
  }

  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += minute / 2) {
      await clock.advance(minute / 2);
      for (const { notices } of windows) await notices.settle();
      await settle();
    }
  };
  const setStatus = (ids: readonly string[], status: NonNullable<Flow['status']>): void => {
    client.flows = client.flows.map((flow) => (ids.includes(flow.id) ? { ...flow, status } : flow));
  };
  const textsOf = (one: { readonly messages: Message[] }): string[] => one.messages.splice(0).map(({ text }) => text);

  it('say nothing of what was so from the beginning, nor of its end', async () => {
    setStatus(['11'], 'BLOCKED');
    const one = await open();
    await pass(5 * minute);
    setStatus(['11'], 'PUBLISHED');
    await one.read();
    await pass(40 * minute);
    assert.deepEqual(one.messages, []);
  });

  it('tell a fall and its end once, in one of the windows', async () => {
    const [one, other] = [await open(), await open()];
    setStatus(['11'], 'BLOCKED');
    await Promise.all([one.read(), other.read()]);
    await pass(minute);
    assert.deepEqual([...one.messages, ...other.messages], [], 'it has not lasted yet');
    await pass(3 * minute);
    const [message, ...others] = [...one.messages.splice(0), ...other.messages.splice(0)];
    assert.deepEqual(others, []);
    assert.equal(message?.kind, 'error');
    assert.equal(
      message.text,
      '“Flow 11” is now critical. Meta has blocked this flow: it can be neither sent nor opened.',
    );
    assert.deepEqual(
      message.actions.map(({ title }) => title),
      ['Open Dashboard', 'Mute for 24 Hours'],
    );
    await message.actions[0]!.run();
    assert.deepEqual(commandsRun, [['flowmeter.openDashboard', { account: 'Shop', flowId: '11' }]]);
    setStatus(['11'], 'PUBLISHED');
    await Promise.all([one.read(), other.read()]);
    await pass(25 * minute);
    assert.deepEqual([...one.messages, ...other.messages], []);
    await pass(6 * minute);
    const [end, ...rest] = [...one.messages, ...other.messages];
    assert.deepEqual(rest, []);
    assert.equal(end?.kind, 'info');
    assert.equal(end.text, '“Flow 11” is healthy again.');
    assert.deepEqual(
      end.actions.map(({ title }) => title),
      ['Open Dashboard'],
    );
  });

  it('tell flows that fall in one read in one message', async () => {
    const one = await open();
    setStatus(['11', '13'], 'THROTTLED');
    setStatus(['12'], 'BLOCKED');
    await one.read();
    await pass(3 * minute);
    const [message, ...others] = one.messages;
    assert.deepEqual(others, []);
    assert.equal(message?.text, '3 flows got worse. Flow 12: Critical, Flow 11: Warning, and Flow 13: Warning.');
    assert.deepEqual(
      message.actions.map(({ title }) => title),
      ['Open Overview', 'Mute for 24 Hours'],
    );
    await message.actions[0]!.run();
    assert.deepEqual(commandsRun, [['flowmeter.openOverview', { levels: ['critical', 'warning'] }]]);
    one.messages.length = commandsRun.length = 0;
    setStatus(['11', '12', '13'], 'PUBLISHED');
    await one.read();
    await pass(31 * minute);
    await one.messages[0]!.actions[0]!.run();
    assert.deepEqual(commandsRun, [['flowmeter.openOverview', { levels: [] }]], 'among all that are well');
  });

  it('tell of a flow that had too few requests to be judged, but not that it has too few again', async () => {
    const { answer } = client;
    client.answer = (query) =>
      query.flowId === '11' ? { ok: false, error: new MetricsError('notEnoughData', 'Too few.') } : answer(query);
    const one = await open();
    setStatus(['11'], 'BLOCKED');
    await one.read();
    await pass(3 * minute);
    assert.match(textsOf(one).join(), /^“Flow 11” is now critical/);
    setStatus(['11'], 'PUBLISHED');
    await one.read();
    await pass(40 * minute);
    assert.deepEqual(one.messages, [], 'nothing says that it is well');
  });

  it('stay silent where a flow flaps', async () => {
    const one = await open();
    for (let i = 0; i < 10; i++) {
      setStatus(['11'], i % 2 === 0 ? 'BLOCKED' : 'PUBLISHED');
      await one.read();
      await pass(minute);
    }
    assert.deepEqual(one.messages, []);
  });

  it('tell the end of a fall after a restart, and what fell while no window was open', async () => {
    const first = await open();
    setStatus(['11'], 'BLOCKED');
    await first.read();
    await pass(3 * minute);
    assert.equal(textsOf(first).length, 1);
    first.close();
    windows = [];
    setStatus(['11'], 'PUBLISHED');
    const second = await open();
    await pass(31 * minute);
    assert.deepEqual(textsOf(second), ['“Flow 11” is healthy again.']);
    const saved = second.state.snapshot;
    second.close();
    windows = [];
    setStatus(['12'], 'BLOCKED');
    const third = await open(shop, saved);
    await pass(3 * minute);
    assert.match(textsOf(third).join(), /^“Flow 12” is now critical/);
    const unchanged = third.state.snapshot;
    third.close();
    windows = [];
    const fourth = await open(shop, unchanged);
    await pass(40 * minute);
    assert.deepEqual(fourth.messages, [], 'known from the window before');
  });

  it('leave out muted flows, for a day and in all windows', async () => {
    const [one, other] = [await open(), await open()];
    const until = await one.notices.mute([noticeKey(shop, '11')]);
    assert.equal(until, clock.now() + 24 * 60 * minute);
    assert.equal(one.notices.mutedUntil(shop, '11'), until);
    assert.equal(one.mutesChanged(), 1);
    setStatus(['11'], 'BLOCKED');
    await Promise.all([one.read(), other.read()]);
    await pass(3 * minute);
    assert.deepEqual([...one.messages, ...other.messages], []);
    assert.equal(other.notices.mutedUntil(shop, '11'), until);
    const renamed = { ...shop, name: 'Store' };
    one.rename(renamed);
    await pass(minute);
    assert.equal(one.notices.mutedUntil(renamed, '11'), until);
    one.close();
    other.close();
    windows = [];
    const later = await open();
    assert.equal(later.notices.mutedUntil(shop, '11'), until);
    await pass(24 * 60 * minute);
    assert.equal(later.notices.mutedUntil(shop, '11'), undefined);
    setStatus(['11'], 'PUBLISHED');
    await later.read();
    await pass(31 * minute);
    assert.deepEqual(later.messages, [], 'the fall was not told, so its end is not either');
  });

  it('mute from the message itself, and come back with Unmute', async () => {
    const one = await open();
    setStatus(['11'], 'THROTTLED');
    await one.read();
    await pass(3 * minute);
    assert.equal(one.messages[0]?.kind, 'warn');
    await one.messages.splice(0)[0]!.actions[1]!.run();
    assert.ok(one.notices.mutedUntil(shop, '11'));
    await one.notices.unmute([noticeKey(shop, '11')]);
    assert.equal(one.notices.mutedUntil(shop, '11'), undefined);
    setStatus(['11'], 'BLOCKED');
    await one.read();
    await pass(3 * minute);
    assert.equal(textsOf(one).length, 1);
  });

  it('never tell of demo flows', async () => {
    const one = await open({ name: 'Demo', source: 'demo' });
    setStatus(['11'], 'BLOCKED');
    await one.read();
    await pass(5 * minute);
    assert.deepEqual(one.messages, []);
    assert.ok(!existsSync(folder));
  });

  it('never tell of hidden flows, nor of what one became meanwhile once it is shown again', async () => {
    const one = await open();
    one.state.setHidden(new Set(['11@Shop']));
    setStatus(['11'], 'BLOCKED');
    await one.read();
    await pass(5 * minute);
    one.state.setHidden(new Set());
    await pass(5 * minute);
    assert.deepEqual(one.messages, []);
    setStatus(['12'], 'BLOCKED');
    await one.read();
    await pass(5 * minute);
    assert.equal(one.messages.length, 1);
  });

  it('say nothing of what a setting made of a flow', async () => {
    const one = await open();
    const strict = { ...thresholds, errorRatePercent: { critical: 0 }, p90Seconds: { critical: 1 } };
    one.settings.thresholds.set(strict);
    one.state.judgeBy({ window: '24h', thresholds: strict });
    setStatus(['12'], 'BLOCKED');
    await one.read();
    await pass(3 * minute);
    assert.deepEqual(one.messages, []);
  });

  it('forget what they told when they are switched off, and begin anew', async () => {
    const one = await open();
    setStatus(['11'], 'BLOCKED');
    await one.read();
    await pass(3 * minute);
    assert.equal(textsOf(one).length, 1);
    one.settings.notify.set('off');
    setStatus(['11'], 'PUBLISHED');
    await one.read();
    await pass(40 * minute);
    one.settings.notify.set('warning');
    await pass(40 * minute);
    assert.deepEqual(one.messages, []);
  });

  it('tell all the same where the file is damaged or cannot be written', async () => {
    const one = await open();
    await rm(folder, { recursive: true, force: true });
    await writeFile(folder, 'a file in the place of the folder');
    setStatus(['11'], 'BLOCKED');
    await one.read();
    const errors: unknown[] = [];
    Object.assign((one.notices as unknown as { parts: { log: object } }).parts.log, {
      error: (thrown: unknown) => errors.push(thrown),
    });
    await pass(3 * minute);
    assert.equal(textsOf(one).length, 1);
    assert.ok(errors.length > 0);
  });
});
