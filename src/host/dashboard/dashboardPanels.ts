import {
  EventEmitter,
  TabInputWebview,
  ViewColumn,
  window,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import type { MetricName } from '../../contract/metric';
import type { Snapshot } from '../../domain/model';
import { parsePanelView, type PanelView } from '../../domain/view';
import { viewIds } from '../../ids';
import { flowKey, flowRefOf, type FlowRef } from '../../state/flowRef';
import { setContext } from '../app/contexts';
import { DisposableStore } from '../util/lifecycle';
import { defined } from '../../util/defined';
import type { DashboardPanel, DashboardParts, Destination } from './dashboardPanel';
import type { KeptMarks } from '../marks/keptMarks';
import { firstView } from './firstView';
import { flowTitle } from './flowTitle';
import { webviewRoot } from './webviewRoot';

interface ShowOptions {
  readonly view?: PanelView;
  /** The section to scroll to. */
  readonly metric?: MetricName;
  /** From a row: in the one tab that shows whatever a person looks at in passing. */
  readonly preview?: boolean;
  /** The keyboard stays where it is; as for a row of the tree, where nothing is said. */
  readonly preserveFocus?: boolean;
}

/** Loaded with the first dashboard. */
interface Loaded {
  readonly Panel: typeof DashboardPanel;
  readonly marks: KeptMarks;
}

/** A second click that comes so soon makes a double click, in milliseconds. */
const doubleClickMs = 500;

/** The dashboards, at most one for each flow. */
export class DashboardPanels implements WebviewPanelSerializer<unknown> {
  private readonly store = new DisposableStore();
  private readonly visibility = this.store.add(new EventEmitter<void>());
  private readonly open = new Map<string, DashboardPanel>();
  /** The dashboard that gives way to the next preview. */
  private preview: DashboardPanel | undefined;
  private lastPreview = { key: '', at: 0 };
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

  /** The part that the flow's dashboard shows, where it has the focus among editors. */
  activeZoom(flow: FlowRef): DashboardPanel['zoom'] | undefined {
    const dashboard = this.open.get(flowKey(flow));
    return dashboard?.panel.active ? dashboard.zoom : undefined;
  }

  /** The flows of an account that have a dashboard, and what these show. */
  ofAccount(accountName: string): readonly { readonly flowId: string; readonly view: PanelView }[] {
    return [...this.open.values()]
      .filter(({ flow }) => flow.accountName === accountName)
      .map(({ flow: { flowId }, view }) => ({ flowId, view }));
  }

  async show(
    flow: FlowRef,
    { view, metric, preview = false, preserveFocus = preview }: ShowOptions = {},
  ): Promise<void> {
    const at = performance.now();
    const loaded = await this.load();
    const key = flowKey(flow);
    const known = this.open.get(key);
    const { lastPreview } = this;
    if (preview) this.lastPreview = { key, at };
    if (known) {
      const isSecondClick = preview && key === lastPreview.key && at - lastPreview.at < doubleClickMs;
      if (known === this.preview && (isSecondClick || !preview)) this.keepOpen();
      known.reveal(view, defined({ metric, preserveFocus: preserveFocus && !isSecondClick }));
      return;
    }
    const reused = preview ? this.takePreview() : undefined;
    if (reused) {
      this.close(reused);
      reused.release();
      reused.panel.title = flowTitle(this.parts.state, flow) ?? flow.flowId;
      reused.panel.reveal(undefined, preserveFocus);
    }
    const destination = defined({ metric, preserveFocus });
    const dashboard = this.adopt(
      loaded,
      flow,
      reused?.panel ?? this.createPanel(flow, preserveFocus),
      view,
      destination,
    );
    if (preview) this.setPreview(dashboard);
  }

  /** The next preview gets a tab of its own. */
  keepOpen(): void {
    this.setPreview(undefined);
  }

  async deserializeWebviewPanel(panel: WebviewPanel, state: unknown): Promise<void> {
    const loaded = await this.load();
    const { key, view } = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>;
    const flow = typeof key === 'string' ? flowRefOf(key) : undefined;
    if (!flow || this.open.has(flowKey(flow)) || !this.parts.state.account(flow.accountName)) {
      panel.dispose();
      return;
    }
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(this.parts.extensionUri)] };
    this.adopt(loaded, flow, panel, parsePanelView(view), {});
  }

  /** Ages grow without any change, so the host calls this from time to time. */
  redraw(): void {
    for (const dashboard of this.open.values()) dashboard.redrawAges();
  }

  dispose(): void {
    // The panels themselves stay: after a reload of the window they come back.
    this.store.dispose();
  }

  private async load(): Promise<Loaded> {
    const [{ DashboardPanel: Panel }, marks] = await Promise.all([import('./dashboardPanel'), this.parts.marks.get()]);
    return { Panel, marks };
  }

  private createPanel(flow: FlowRef, preserveFocus: boolean): WebviewPanel {
    const title = flowTitle(this.parts.state, flow) ?? flow.flowId;
    const column = { viewColumn: ViewColumn.Active, preserveFocus };
    return window.createWebviewPanel(viewIds.panel, title, column, {
      enableScripts: true,
      enableCommandUris: false,
      localResourceRoots: [webviewRoot(this.parts.extensionUri)],
    });
  }

  /** The preview, unless its tab is pinned; the editor tells only of tabs, which have no ids. */
  private takePreview(): DashboardPanel | undefined {
    const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
    const isPinned = tabs.some(
      ({ isPinned: pinned, input, label }) =>
        pinned && input instanceof TabInputWebview && label === this.preview?.panel.title,
    );
    return isPinned ? undefined : this.preview;
  }

  private setPreview(dashboard: DashboardPanel | undefined): void {
    this.preview = dashboard;
    setContext('flowmeter.hasPreview', dashboard !== undefined);
  }

  private adopt(
    { Panel, marks }: Loaded,
    flow: FlowRef,
    panel: WebviewPanel,
    view: PanelView | undefined,
    destination: Destination,
  ): DashboardPanel {
    const first = view ?? firstView(this.parts.state.account(flow.accountName)?.account);
    const parts = { ...this.parts, marks };
    const dashboard: DashboardPanel = new Panel(flow, panel, first, destination, parts, {
      onDidChangeVisibility: () => this.visibility.fire(),
      onDidDispose: () => {
        if (dashboard === this.preview) this.setPreview(undefined);
        this.close(dashboard);
        this.visibility.fire();
      },
    });
    this.open.set(flowKey(flow), dashboard);
    this.visibility.fire();
    dashboard.start();
    return dashboard;
  }

  /** Gone from the list first: a listener must not ask a disposed panel whether it is visible. */
  private close({ flow }: DashboardPanel): void {
    this.open.delete(flowKey(flow));
    this.parts.refresher.closeDashboard(flow);
  }

  private update({ accounts }: Snapshot): void {
    for (const dashboard of [...this.open.values()]) {
      const account = accounts.find((known) => known.account.name === dashboard.flow.accountName);
      if (account) dashboard.update(account);
      else dashboard.panel.dispose();
    }
  }
}
