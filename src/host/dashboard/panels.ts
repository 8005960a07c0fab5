import {
  commands,
  env,
  EventEmitter,
  Uri,
  ViewColumn,
  window,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import type { MetricName } from '../../contract/metric';
import { parsePanelIntent, type PanelActionName, type PanelIntent } from '../../presentation/panelProtocol';
import type { Snapshot, Thresholds } from '../../domain/model';
import { commandIds, viewIds } from '../../ids';
import { flowKey, flowRefOf, type FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import type { Refresher } from '../../state/refresher';
import { firstView } from './firstView';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import type { PanelPage } from './panelPage';
import type { ConfigValue } from '../storage/settings';
import { webviewRoot } from './webviewRoot';
import { type PanelView, parsePanelView } from '../../domain/view';
import { flowName } from '../../presentation/texts/labels';

interface PanelOptions {
  readonly view?: PanelView;
  /** The section to scroll to. */
  readonly metric?: MetricName;
}

interface PanelParts {
  readonly extensionUri: Uri;
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly thresholds: ConfigValue<Thresholds>;
  readonly log: Log;
}

interface OpenPanel {
  readonly flow: FlowRef;
  readonly panel: WebviewPanel;
  view: PanelView;
  revision: number;
  /** The page listens; a hidden page is gone and will say so again. */
  ready: boolean;
  focus: MetricName | undefined;
  title: string;
  /** What was posted last says in words how old it is. */
  ages: boolean;
  /** What was posted last was made of these. */
  shows: readonly unknown[];
}

const intentCommands: Readonly<Partial<Record<PanelActionName, string>>> = {
  refresh: commandIds.refresh,
  setToken: commandIds.setToken,
  showLog: commandIds.showLog,
  copyFlowId: commandIds.copyFlowId,
  measure: commandIds.addMeterFlow,
};

const intentViews: Readonly<Partial<Record<PanelActionName, PanelView>>> = {
  show90d: { granularity: 'DAY', range: '90d' },
  showLifetime: { granularity: 'LIFETIME', range: 'all' },
};

/** The dashboards, at most one for each flow. They get complete snapshots and send checked intents. */
export class Panels implements WebviewPanelSerializer<unknown> {
  private readonly store = new DisposableStore();
  private readonly visibility = this.store.add(new EventEmitter<void>());
  private readonly open = new Map<string, OpenPanel>();
  private page: PanelPage | undefined;
  readonly onDidChangeVisibility = this.visibility.event;

  constructor(private readonly parts: PanelParts) {
    this.store.add(parts.state.onDidChange((snapshot) => this.update(snapshot)));
    this.store.add(parts.thresholds.onDidChange(() => this.postAll()));
  }

  get anyVisible(): boolean {
    return [...this.open.values()].some(({ panel }) => panel.visible);
  }

  /** The flow whose dashboard has the focus among editors. */
  get active(): FlowRef | undefined {
    return [...this.open.values()].find(({ panel }) => panel.active)?.flow;
  }

  /** What the flow's dashboard shows; undefined where none is open. */
  viewOf(flow: FlowRef): PanelView | undefined {
    return this.open.get(flowKey(flow))?.view;
  }

  show(flow: FlowRef, { view, metric }: PanelOptions = {}): void {
    const known = this.open.get(flowKey(flow));
    if (!known) {
      const title = this.titleOf(flow);
      const panel = window.createWebviewPanel(viewIds.panel, title, ViewColumn.Active, {
        enableScripts: true,
        enableCommandUris: false,
        localResourceRoots: [webviewRoot(this.parts.extensionUri)],
      });
      this.adopt(flow, panel, view ?? this.firstView(flow), metric);
      return;
    }
    known.focus = metric;
    known.panel.reveal();
    if (view) this.wantView(known, view);
    else this.post(known);
  }

  async deserializeWebviewPanel(panel: WebviewPanel, state: unknown): Promise<void> {
    const { key, view } = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>;
    const flow = typeof key === 'string' ? flowRefOf(key) : undefined;
    if (!flow || this.open.has(flowKey(flow)) || !this.parts.state.account(flow.accountName)) {
      panel.dispose();
      return;
    }
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(this.parts.extensionUri)] };
    this.adopt(flow, panel, parsePanelView(view) ?? this.firstView(flow), undefined);
    return Promise.resolve();
  }

  /** Ages grow without any news, so the host calls this from time to time. */
  redraw(): void {
    for (const one of this.open.values()) if (one.ages) this.post(one);
  }

  dispose(): void {
    // The panels themselves stay: after a reload of the window they come back.
    this.store.dispose();
  }

  private adopt(flow: FlowRef, panel: WebviewPanel, view: PanelView, focus: MetricName | undefined): void {
    const key = flowKey(flow);
    const known = this.titleOf(flow);
    // Until the flows are listed, a restored panel keeps the name it had.
    const title = known === flow.flowId ? panel.title : known;
    const one: OpenPanel = { flow, panel, view, revision: 0, ready: false, focus, title, ages: false, shows: [] };
    this.open.set(key, one);
    const { extensionUri, refresher } = this.parts;
    panel.title = title;
    panel.iconPath = {
      light: Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const listeners = new DisposableStore();
    listeners.add(panel.webview.onDidReceiveMessage((message) => this.receive(one, message)));
    listeners.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) one.ready = false;
        this.run(refresher.setPanelShown(flow, panel.visible));
        this.visibility.fire();
      }),
    );
    panel.onDidDispose(() => {
      listeners.dispose();
      this.open.delete(key);
      refresher.closeDashboard(flow);
      this.visibility.fire();
    });
    this.run(this.fill(one, title));
    this.visibility.fire();
    this.run(refresher.showView(flow, view));
  }

  private async fill(one: OpenPanel, title: string): Promise<void> {
    const { panelPage } = await import('./panelPage');
    this.page = panelPage;
    const { flow, panel } = one;
    const key = flowKey(flow);
    if (this.open.get(key) !== one) return;
    const { extensionUri } = this.parts;
    panel.webview.html = panelPage.html(panel.webview, { extensionUri, language: env.language, title, key });
  }

  private receive(one: OpenPanel, message: unknown): void {
    const intent = parsePanelIntent(message);
    if (!intent) {
      this.parts.log.warn('A dashboard sent a message that is not understood; it is left aside.');
      return;
    }
    this.perform(one, intent);
  }

  private perform(one: OpenPanel, intent: PanelIntent): void {
    switch (intent.type) {
      case 'ready':
        one.ready = true;
        this.post(one);
        return;
      case 'setView':
        this.wantView(one, intent.view);
        return;
      case 'export':
        this.command(commandIds.exportCsv, one.flow);
        return;
      case 'action': {
        const view = intentViews[intent.name];
        const command = intentCommands[intent.name];
        if (view) this.wantView(one, view);
        else if (command) this.command(command, one.flow);
      }
    }
  }

  private command(id: string, { accountName, flowId }: FlowRef): void {
    commands
      .executeCommand(id, { account: accountName, flowId })
      .then(undefined, (error) => this.parts.log.error(error));
  }

  private wantView(one: OpenPanel, view: PanelView): void {
    one.view = view;
    this.run(this.parts.refresher.showView(one.flow, view));
    this.post(one);
  }

  private update({ accounts }: Snapshot): void {
    for (const one of [...this.open.values()]) {
      if (!accounts.some(({ account }) => account.name === one.flow.accountName)) {
        one.panel.dispose();
        continue;
      }
      const title = this.titleOf(one.flow);
      if (title !== one.title && title !== one.flow.flowId) one.panel.title = one.title = title;
      // While hundreds of other flows are read, a dashboard has nothing new to show.
      const shows = this.whatItShows(one, accounts);
      if (shows.some((value, i) => value !== one.shows[i])) this.post(one);
    }
  }

  private postAll(): void {
    for (const one of this.open.values()) this.post(one);
  }

  /** All that a snapshot is made of, as parts that are the same as long as they say the same. */
  private whatItShows({ flow }: OpenPanel, accounts: Snapshot['accounts']): readonly unknown[] {
    const account = accounts.find((known) => known.account.name === flow.accountName);
    if (!account) return [];
    const { accountStatus, busy, read, byHand, fetchedAt, info, servedVersion } = account;
    const figures = account.flows.find((known) => known.flow.id === flow.flowId);
    const data = this.parts.state.dashboards.get(flow);
    return [
      ...[figures, data, accountStatus?.kind, accountStatus?.error, accountStatus?.since, accountStatus?.retryAt],
      ...[busy, read, byHand, fetchedAt, info, servedVersion],
    ];
  }

  private post(one: OpenPanel): void {
    const { state, thresholds } = this.parts;
    const account = state.snapshot.accounts.find((known) => known.account.name === one.flow.accountName);
    if (!account || !this.page || !one.ready || !one.panel.visible) return;
    const snapshot = this.page.snapshot({
      account,
      ref: one.flow,
      title: one.title,
      data: state.dashboards.get(one.flow),
      view: one.view,
      thresholds: thresholds.value,
      now: Date.now(),
      revision: ++one.revision,
      locale: env.language,
      focus: one.focus,
    });
    one.focus = undefined;
    one.shows = this.whatItShows(one, state.snapshot.accounts);
    one.ages = snapshot.notice !== undefined;
    void one.panel.webview.postMessage(snapshot);
  }

  private firstView({ accountName }: FlowRef): PanelView {
    return firstView(this.parts.state.account(accountName)?.account);
  }

  private titleOf({ accountName, flowId }: FlowRef): string {
    const record = this.parts.state.account(accountName)?.records.get(flowId);
    return record ? flowName(record.flow) : flowId;
  }

  private run(work: Promise<void>): void {
    work.catch((error) => this.parts.log.error(error));
  }
}
