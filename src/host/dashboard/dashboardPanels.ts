import { EventEmitter, ViewColumn, window, type WebviewPanel, type WebviewPanelSerializer } from 'vscode';
import type { MetricName } from '../../contract/metric';
import type { Snapshot } from '../../domain/model';
import { parsePanelView, type PanelView } from '../../domain/view';
import { viewIds } from '../../ids';
import { flowKey, flowRefOf, type FlowRef } from '../../state/flowRef';
import { DisposableStore } from '../util/lifecycle';
import { DashboardPanel, flowTitle, type DashboardParts } from './dashboardPanel';
import { firstView } from './firstView';
import { webviewRoot } from './webviewRoot';

interface ShowOptions {
  readonly view?: PanelView;
  /** The section to scroll to. */
  readonly metric?: MetricName;
}

/** The dashboards, at most one for each flow. */
export class DashboardPanels implements WebviewPanelSerializer<unknown> {
  private readonly store = new DisposableStore();
  private readonly visibility = this.store.add(new EventEmitter<void>());
  private readonly open = new Map<string, DashboardPanel>();
  readonly onDidChangeVisibility = this.visibility.event;

  constructor(private readonly parts: DashboardParts) {
    this.store.add(parts.state.onDidChange((snapshot) => this.update(snapshot)));
    this.store.add(parts.thresholds.onDidChange(() => this.open.forEach((dashboard) => dashboard.post())));
  }

  get anyVisible(): boolean {
    return [...this.open.values()].some(({ panel }) => panel.visible);
  }

  /** The flow whose dashboard has the focus among editors. */
  get active(): FlowRef | undefined {
    return [...this.open.values()].find(({ panel }) => panel.active)?.flow;
  }

  /** The view of the flow's dashboard; undefined where none is open. */
  viewOf(flow: FlowRef): PanelView | undefined {
    return this.open.get(flowKey(flow))?.view;
  }

  /** The flows of an account that have a dashboard, and what these show. */
  ofAccount(accountName: string): readonly { readonly flowId: string; readonly view: PanelView }[] {
    return [...this.open.values()]
      .filter(({ flow }) => flow.accountName === accountName)
      .map(({ flow: { flowId }, view }) => ({ flowId, view }));
  }

  show(flow: FlowRef, { view, metric }: ShowOptions = {}): void {
    const known = this.open.get(flowKey(flow));
    if (known) {
      known.reveal(view, metric);
      return;
    }
    const title = flowTitle(this.parts.state, flow) ?? flow.flowId;
    const panel = window.createWebviewPanel(viewIds.panel, title, ViewColumn.Active, {
      enableScripts: true,
      enableCommandUris: false,
      localResourceRoots: [webviewRoot(this.parts.extensionUri)],
    });
    this.adopt(flow, panel, view, metric);
  }

  async deserializeWebviewPanel(panel: WebviewPanel, state: unknown): Promise<void> {
    const { key, view } = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>;
    const flow = typeof key === 'string' ? flowRefOf(key) : undefined;
    if (!flow || this.open.has(flowKey(flow)) || !this.parts.state.account(flow.accountName)) {
      panel.dispose();
      return;
    }
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(this.parts.extensionUri)] };
    this.adopt(flow, panel, parsePanelView(view), undefined);
    return Promise.resolve();
  }

  /** Ages grow without any change, so the host calls this from time to time. */
  redraw(): void {
    for (const dashboard of this.open.values()) dashboard.redrawAges();
  }

  dispose(): void {
    // The panels themselves stay: after a reload of the window they come back.
    this.store.dispose();
  }

  private adopt(flow: FlowRef, panel: WebviewPanel, view: PanelView | undefined, metric: MetricName | undefined): void {
    const first = view ?? firstView(this.parts.state.account(flow.accountName)?.account);
    const key = flowKey(flow);
    const dashboard = new DashboardPanel(flow, panel, first, metric, this.parts, {
      onDidChangeVisibility: () => this.visibility.fire(),
      onDidDispose: () => {
        // Gone from the list first: a listener must not ask a disposed panel whether it is visible.
        this.open.delete(key);
        this.parts.refresher.closeDashboard(flow);
        this.visibility.fire();
      },
    });
    this.open.set(key, dashboard);
    this.visibility.fire();
    dashboard.start();
  }

  private update({ accounts }: Snapshot): void {
    for (const dashboard of [...this.open.values()]) {
      const account = accounts.find((known) => known.account.name === dashboard.flow.accountName);
      if (account) dashboard.update(account);
      else dashboard.panel.dispose();
    }
  }
}
