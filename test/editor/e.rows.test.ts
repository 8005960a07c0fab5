import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  MarkdownString,
  ThemeIcon,
  TreeItemCollapsibleState,
  Uri,
  window,
  type StatusBarItem,
  type TreeItem,
} from 'vscode';
import type { Account } from '../../src/domain/account';
import { createHttpClient } from '../../src/client/httpClient';
import { metricNames } from '../../src/contract/metric';
import { LevelNotices } from '../../src/host/app/levelNotices';
import type { Log } from '../../src/host/app/log';
import { Notifier } from '../../src/host/app/notifier';
import { FlowDecorations } from '../../src/host/views/decorations';
import { StatusBar } from '../../src/host/views/statusBar';
import { statusTooltipCommands } from '../../src/presentation/rows/statusTooltip';
import { flowUri } from '../../src/host/views/flowUri';
import { ArrangementStore } from '../../src/host/storage/arrangementStore';
import { FlowRows } from '../../src/host/views/tree';
import type { TreeNode } from '../../src/host/views/treeNodes';
import { panelHtml } from '../../src/host/dashboard/panelHtml';
import { commandIds, statusItemId } from '../../src/ids';
import { FlowState } from '../../src/state/flowState';
import { Refresher } from '../../src/state/refresher';
import { memento } from '../fixtures/memento';
import { HandClock } from '../unit/state/handClock';
import { thresholds } from '../unit/state/thresholds';
import { startRecordingServer, type RecordingServer } from './recordingServer';
import { eventually, Messages } from './stage';
import { systemClock } from '../../src/util/clock';

const demo: Account = { name: 'Demo', source: 'demo' };

describe('Rows, badges and status bar', () => {
  let server: RecordingServer;
  let state: FlowState;
  let refresher: Refresher;
  let rows: FlowRows;
  let arrangement: ArrangementStore;
  let item: StatusBarItem | undefined;

  before(async () => {
    server = await startRecordingServer();
    state = new FlowState(systemClock, { window: '24h', thresholds });
    refresher = new Refresher({
      state,
      clock: systemClock,
      minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
      log: { info: () => undefined, warn: () => undefined, error: (thrown) => assert.fail(String(thrown)) },
      connect: async (account) => createHttpClient({ account, embeddedUrl: server.url, token: server.token }),
    });
    arrangement = new ArrangementStore(memento(), state, { error: (thrown) => assert.fail(String(thrown)) });
    rows = new FlowRows(state, { state: { kind: 'off' } }, { mutedUntil: () => undefined }, arrangement);
    refresher.setAccounts([demo]);
    await refresher.refresh('command');
  });

  after(async () => {
    refresher.dispose();
    state.dispose();
    await server.close();
  });

  /** As the editor asks for a row, and for its tooltip once the pointer rests on it. */
  const itemOf = async (node: TreeNode): Promise<TreeItem> => rows.resolveTreeItem(await rows.getTreeItem(node), node);
  const itemsOf = (nodes: readonly TreeNode[]): Promise<TreeItem[]> => Promise.all(nodes.map(itemOf));
  /** The flows at the root, and those of its groups. */
  const flowNodes = (): TreeNode[] =>
    rows.getChildren().flatMap((node) => (node.kind === 'group' ? rows.getChildren(node) : [node]));
  const items = (): Promise<TreeItem[]> => itemsOf(flowNodes());
  const tooltipOf = ({ tooltip }: { readonly tooltip?: unknown }): MarkdownString => {
    assert.ok(tooltip instanceof MarkdownString);
    return tooltip;
  };

  it('are collapsed flows with stable ids, an icon, and words for screen readers', async () => {
    const flows = await items();
    assert.ok(flows.length >= 8);
    assert.equal(new Set(flows.map(({ id }) => id)).size, flows.length);
    const below = flowNodes().map((node) => rows.getChildren(node).length);
    assert.deepEqual(new Set(below), new Set([metricNames.length, 0]));
    for (const [i, flow] of flows.entries()) {
      assert.equal(
        flow.collapsibleState,
        below[i] === 0 ? TreeItemCollapsibleState.None : TreeItemCollapsibleState.Collapsed,
      );
      assert.ok(flow.iconPath instanceof ThemeIcon);
      assert.ok(flow.accessibilityInformation?.label.startsWith(String(flow.label)));
      assert.equal(flow.contextValue, 'flow');
    }
    assert.match(String(flows[0]?.description), /up|errors|p90/);
    assert.match(flows[0]!.accessibilityInformation!.label, /critical/);
    assert.deepEqual(
      (await items()).map(({ id }) => id),
      flows.map(({ id }) => id),
    );
  });

  it('have five metrics that open their chart', async () => {
    const [worst] = rows.getChildren();
    const metrics = await itemsOf(rows.getChildren(worst));
    assert.deepEqual(
      metrics.map(({ label }) => label),
      ['Requests', 'Errors', 'Error rate', 'Latency', 'Availability'],
    );
    metrics.forEach((metric, i) => {
      assert.equal(metric.command?.command, commandIds.openDashboard);
      assert.equal((metric.command.arguments?.[0] as { metric: string }).metric, metricNames[i]);
      assert.equal(metric.collapsibleState, TreeItemCollapsibleState.None);
      assert.ok(!/undefined|NaN/.test(`${String(metric.description)} ${tooltipOf(metric).value}`));
    });
  });

  it('trust two commands in their tooltips and nothing else', async () => {
    for (const flow of await items()) {
      const { isTrusted, supportHtml, value } = tooltipOf(flow);
      assert.deepEqual(isTrusted, { enabledCommands: [commandIds.openDashboard, commandIds.copyFlowId] });
      assert.ok(!supportHtml);
      assert.ok(!/undefined|NaN/.test(value));
    }
  });

  it('fold drafts and deprecated ones away, and follow groups, filter, pins and what is hidden', async () => {
    const looks = async (nodes = rows.getChildren()): Promise<unknown[]> =>
      (await itemsOf(nodes)).map(({ label, contextValue, collapsibleState }) => [
        label,
        contextValue,
        collapsibleState,
      ]);
    const { Collapsed, Expanded } = TreeItemCollapsibleState;
    assert.deepEqual((await looks()).at(-1), ['Drafts and deprecated', 'group', Collapsed]);
    await arrangement.change({ groupBy: 'level' });
    rows.redraw();
    assert.deepEqual(await looks(), [
      ...['Critical', 'Warning', 'Attention'].map((label) => [label, 'group', Expanded]),
      ...['Healthy', 'Not judged', 'Drafts and deprecated'].map((label) => [label, 'group', Collapsed]),
    ]);
    const [critical] = rows.getChildren();
    const [, second] = rows.getChildren(critical);
    assert.ok(second?.kind === 'flow');
    const { accountName, flow } = second.figures;
    await arrangement.setFlag({ accountName, flowId: flow.id }, 'pinned', true);
    rows.redraw();
    const [first] = rows.getChildren(critical);
    assert.equal(first, second, 'the row that the editor knows');
    assert.equal((await itemOf(first)).contextValue, 'flow pinned');
    await arrangement.setFilter({ kind: 'text', text: flow.name });
    rows.redraw();
    assert.deepEqual(await looks(), [['Critical', 'group', Expanded]]);
    await arrangement.setFilter(undefined);
    await arrangement.change({ groupBy: 'account' });
    await arrangement.setFlag({ accountName, flowId: flow.id }, 'hidden', true);
    rows.redraw();
    assert.ok((await items()).every(({ id }) => id !== `flow:${second.figures.key}`));
    await arrangement.setFlag({ accountName, flowId: flow.id }, 'hidden', false);
    await arrangement.setFlag({ accountName, flowId: flow.id }, 'pinned', false);
    rows.redraw();
  });

  it('carry a badge where a level asks for it, by a private address', () => {
    const decorations = new FlowDecorations(state);
    try {
      const badges = state.snapshot.accounts[0]!.flows.map(({ key, report }) => [
        report.level,
        decorations.provideFileDecoration(flowUri(key))?.badge,
      ]);
      const expected = { critical: '✕', warning: '!!', attention: '!', healthy: undefined, unknown: undefined };
      for (const [level, badge] of badges) assert.equal(badge, expected[level as keyof typeof expected], level);
      assert.equal(decorations.provideFileDecoration(Uri.file('/somewhere/else')), undefined);
    } finally {
      decorations.dispose();
    }
  });

  it('say the worst in the status bar, which hides where it is switched off', async () => {
    const create = window.createStatusBarItem;
    let visible = false;
    Object.assign(window, {
      createStatusBarItem: (...args: Parameters<typeof create>) => {
        item = create.apply(window, args);
        const { show, hide } = item;
        Object.assign(item, {
          show: () => {
            visible = true;
            show.call(item);
          },
          hide: () => {
            visible = false;
            hide.call(item);
          },
        });
        return item;
      },
    });
    const listeners: ((value: boolean) => void)[] = [];
    const enabled = {
      value: true,
      onDidChange: (listener: (value: boolean) => void) => {
        listeners.push(listener);
        return { dispose: () => undefined };
      },
    };
    const bar = new StatusBar(state, enabled, { error: (thrown) => assert.fail(String(thrown)) });
    Object.assign(window, { createStatusBarItem: create });
    try {
      await eventually('it is shown', () => visible);
      assert.ok(item);
      const [worst] = state.snapshot.accounts[0]!.flows;
      assert.equal(item.id.endsWith(statusItemId), true);
      assert.ok(item.text.startsWith(`$(error) ${worst!.flow.name}`), item.text);
      assert.equal(item.backgroundColor, undefined, 'demo data alarm nobody');
      assert.match(item.accessibilityInformation!.label, /critical/);
      assert.deepEqual(tooltipOf(item).isTrusted, { enabledCommands: statusTooltipCommands });
      enabled.value = false;
      for (const listener of listeners) listener(false);
      assert.equal(visible, false);
    } finally {
      bar.dispose();
    }
  });

  it('take the sting out of hostile names', async () => {
    const hostile = [
      '[click](command:workbench.action.quit)',
      '<img src=x onerror=alert(1)>',
      '$(sync~spin) \u202Egnp.exe',
      '`**bold**` | a | b |\n# head',
      '"><script>alert(1)</script>',
    ];
    let index = 0;
    server.rewrite = (body, path) =>
      path.includes('/flows')
        ? body.replace(/"name":"[^"]*"/g, () => `"name":${JSON.stringify(hostile[index++ % hostile.length])}`)
        : body;
    await refresher.refresh('command');
    server.rewrite = (body) => body;
    for (const node of flowNodes()) {
      const flow = await itemOf(node);
      const label = String(flow.label);
      assert.ok(!/[\u202A-\u202E\u2066-\u2069\n]/u.test(label), label);
      assert.ok(!label.includes('$('), label);
      const { value } = tooltipOf(flow);
      const links = [...value.matchAll(/(?<!\\)\]\((?<to>[^)]*)\)/g)].map((match) => match.groups!.to!);
      assert.equal(links.length, 2, value);
      assert.ok(links.every((to) => /^command:flowmeter\.(openDashboard|copyFlowId)\?/.test(to)));
      assert.ok(!/(?<!\\)<(?:img|script)/.test(value), value);
      assert.ok(!/(?<!\\)\$\(sync/.test(value), value);
    }
    const panel = window.createWebviewPanel('flowmeter.test', 'test', -1);
    try {
      const html = panelHtml(panel.webview, {
        extensionUri: Uri.file('/extension'),
        language: '"><script>',
        title: hostile[4]!,
        key: '"><script>',
      });
      assert.equal(html.match(/<script/g)?.length, 1);
      const policy = /content="([^"]*)"/.exec(html)?.[1] ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]{20,}'; style-src /);
      assert.ok(policy.endsWith("; form-action 'none'; base-uri 'none'"), policy);
      assert.ok(!/unsafe|connect-src|\*[^.]/.test(policy), policy);
    } finally {
      panel.dispose();
    }
  });

  it('are told of when they fall, and muted from the message', async () => {
    const shop: Account = { name: 'Shop', source: 'server', businessAccountId: '100200300400500', baseUrl: server.url };
    const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-notices-'));
    const messages = new Messages(({ text }) => (text.includes('is now critical') ? 'Mute for 24 Hours' : undefined));
    const log = { error: (thrown: unknown) => assert.fail(String(thrown)) };
    const steady = <T>(value: T) => ({ value, onDidChange: () => ({ dispose: () => undefined }) });
    const settings = {
      notify: steady('critical' as const),
      thresholds: steady(thresholds),
      healthWindow: steady('24h' as const),
      accounts: steady({ accounts: [shop], problems: [] }),
    };
    const clock = new HandClock(Date.now());
    const onDidChangeMutes = (): void => undefined;
    const notifier = new Notifier(log as unknown as Log);
    const notices = new LevelNotices({ state, settings, folder, notifier, clock, log, onDidChangeMutes });
    refresher.setAccounts([shop]);
    await refresher.refresh('command');
    const fallen = state.snapshot.accounts[0]!.flows.find(({ report }) => report.level === 'healthy')!.flow;
    try {
      await notices.start([state.snapshot]);
      server.rewrite = (body, to) =>
        to.includes('/flows')
          ? body.replace(new RegExp(`("id":"${fallen.id}"[^}]*?"status":")PUBLISHED`), '$1BLOCKED')
          : body;
      await refresher.refresh('command');
      // The state tells of what was read a little later, and the two minutes begin then.
      await eventually('the flow is muted', async () => {
        await clock.advance(60_000);
        return notices.mutedUntil(shop, fallen.id) !== undefined;
      });
      assert.deepEqual(
        messages.shown.map(({ text, buttons }) => [text, buttons]),
        [
          [
            `“${fallen.name}” is now critical. Meta has blocked this flow: it can be neither sent nor opened.`,
            ['Open Dashboard', 'Mute for 24 Hours'],
          ],
        ],
      );
      const muted = new FlowRows(state, { state: { kind: 'off' } }, notices, arrangement);
      const node = muted.getChildren().find((one) => one.kind === 'flow' && one.figures.flow.id === fallen.id)!;
      const row = await muted.resolveTreeItem(await muted.getTreeItem(node), node);
      assert.equal(row.contextValue, 'flow curl muted');
      assert.match(tooltipOf(row).value, /no notifications until/);
    } finally {
      server.rewrite = (body) => body;
      messages.restore();
      notices.dispose();
      await rm(folder, { recursive: true });
    }
  });

  it('stand under their accounts where there are several, and demo flows no longer count', async () => {
    const shop: Account = { name: 'Shop', source: 'server', businessAccountId: '100200300400500', baseUrl: server.url };
    refresher.setAccounts([demo, shop]);
    await refresher.refresh('command');
    const accounts = rows.getChildren();
    assert.deepEqual(
      (await itemsOf(accounts)).map(({ label }) => label),
      ['Demo', 'Shop'],
    );
    assert.deepEqual(
      (await itemsOf(accounts)).map(({ contextValue }) => contextValue),
      ['account', 'account tokenAccount'],
    );
    for (const node of accounts) assert.ok(rows.getChildren(node).length >= 8);
    const [first, second] = state.snapshot.accounts;
    assert.ok(first!.flows.every(({ counted }) => !counted));
    assert.ok(second!.flows.every(({ counted }) => counted));
    server.fault = {
      status: 400,
      body: { error: { message: 'x', type: 'OAuthException', code: 190, error_subcode: 463 } },
    };
    await refresher.refresh('command', { accountName: 'Shop' });
    server.fault = null;
    const [trouble] = await itemsOf(rows.getChildren(accounts[1]));
    assert.equal(trouble?.label, 'Token expired');
    assert.deepEqual(
      [trouble?.command?.command, trouble?.command?.arguments],
      [commandIds.setToken, [{ account: 'Shop' }]],
    );
  });
});
