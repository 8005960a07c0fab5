/** The panel of the overview; loaded with the first one. */
import { commands, env, l10n, Uri, ViewColumn, window, type Disposable, type WebviewPanel } from 'vscode';
import type { Mark } from '../../domain/mark';
import type { HealthLevel, HealthWindow } from '../../domain/model';
import { commandIds, viewIds } from '../../ids';
import { comparisonView } from '../../presentation/overview/comparison';
import {
  overviewKey,
  parseOverviewIntent,
  type OverviewIntent,
  type OverviewSnapshot,
} from '../../presentation/overview/overviewProtocol';
import { overviewSnapshot } from '../../presentation/overview/overviewSnapshot';
import { flowRefOf, viewKey, type FlowRef, type ViewRef } from '../../state/flowRef';
import { overviewInput, type ComparedViews } from '../../state/overviewInput';
import type { PanelParts } from '../dashboard/dashboardPanel';
import { panelHtml } from '../dashboard/panelHtml';
import { webviewRoot } from '../dashboard/webviewRoot';
import { defined } from '../../util/defined';
import { formatsIn } from '../util/formats';
import { DisposableStore } from '../util/lifecycle';

/** While many flows are read, the page is told at most this often, in milliseconds. */
const postEveryMs = 250;

/** Complete snapshots go to the page, checked intents come back. */
export class OverviewPanel {
  readonly panel: WebviewPanel;
  /** The page listens; a hidden page is gone and reports `ready` again. */
  private ready = false;
  /** Of the page's clock. */
  private zone: string | undefined;
  private revision = 0;
  private compared: ComparedViews = { views: [], range: '24h' };
  /** The sources of the snapshot posted last, which stay identical while nothing changes. */
  private posted: readonly unknown[] = [];
  private hasAges = false;
  /** What the next snapshot filters by. */
  private levels: readonly HealthLevel[] | undefined;
  private postedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  /** While flows are compared, in whose charts they stand. */
  private tags: Disposable | undefined;
  private readonly listeners = new DisposableStore();

  /** `onChange` is called when the panel is shown, hidden or gone. */
  constructor(
    restored: WebviewPanel | undefined,
    private readonly parts: PanelParts,
    onChange: (isGone: boolean) => void,
  ) {
    const { extensionUri, state, marks } = parts;
    const title = l10n.t('Flowmeter Overview');
    const options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    const panel = restored ?? window.createWebviewPanel(viewIds.overview, title, ViewColumn.Active, options);
    this.panel = panel;
    panel.webview.options = options;
    panel.title = title;
    panel.iconPath = {
      light: Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const { listeners } = this;
    listeners.add(panel.webview.onDidReceiveMessage((message) => this.receive(message)));
    listeners.add(state.onDidChange(() => this.update()));
    listeners.add(marks.onDidChange(() => this.compared.views.length > 0 && this.post()));
    listeners.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
        for (const view of this.compared.views) this.run(parts.refresher.setPanelShown(view, panel.visible));
        onChange(false);
      }),
    );
    listeners.add(
      panel.onDidDispose(() => {
        clearTimeout(this.timer);
        listeners.dispose();
        this.tags?.dispose();
        for (const view of this.compared.views) parts.refresher.closeDashboard(view);
        onChange(true);
      }),
    );
    panel.webview.html = panelHtml(panel.webview, { extensionUri, language: env.language, title, key: overviewKey });
  }

  /** The page shows the flows at these levels alone, or all where there are none; a person may choose others then. */
  filter(levels: readonly HealthLevel[]): void {
    this.levels = levels;
    this.post();
  }

  redrawAges(): void {
    if (this.hasAges) this.post();
  }

  private update(): void {
    const sources = this.sources();
    if (sources.length === this.posted.length && sources.every((one, i) => one === this.posted[i])) return;
    const wait = this.postedAt + postEveryMs - performance.now();
    if (wait > 0) this.timer ??= setTimeout(() => this.post(), wait);
    else this.post();
  }

  private sources(): readonly unknown[] {
    const { snapshot, dashboards } = this.parts.state;
    return [...snapshot.accounts, ...this.compared.views.map((view) => dashboards.get(view))];
  }

  private post(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.ready || !this.panel.visible) return;
    const context = { now: Date.now(), revision: ++this.revision, locale: env.language };
    const { state, thresholds, marks } = this.parts;
    const marksOf = (flow: FlowRef): readonly Mark[] => marks.shownOn(flow);
    const input = overviewInput(state, this.compared, { ...context, thresholds: thresholds.value, marksOf });
    const snapshot = overviewSnapshot(input, formatsIn(this.zone));
    this.posted = this.sources();
    this.postedAt = performance.now();
    this.hasAges = snapshot.rows.some(({ age }) => age !== undefined);
    const { levels } = this;
    this.levels = undefined;
    void this.panel.webview.postMessage({ ...snapshot, ...defined({ levels }) } satisfies OverviewSnapshot);
  }

  private receive(message: unknown): void {
    const intent = parseOverviewIntent(message);
    if (intent) this.perform(intent);
    else this.parts.log.warn('The overview sent a message that is not understood; it is left aside.');
  }

  private perform(intent: OverviewIntent): void {
    switch (intent.type) {
      case 'ready':
        this.ready = true;
        this.zone = intent.zone;
        this.post();
        // As for the view: what is fresh is not asked again.
        this.run(this.parts.refresher.refresh('view'));
        return;
      case 'compare':
        this.compare(intent.keys, intent.range);
        return;
      case 'open': {
        const flow = flowRefOf(intent.key);
        if (!flow) return;
        const target = { account: flow.accountName, flowId: flow.flowId, preview: true, preserveFocus: false };
        this.run(commands.executeCommand(commandIds.openDashboard, target));
        return;
      }
      case 'action':
        this.run(commands.executeCommand(commandIds[intent.name], intent.account && { account: intent.account }));
    }
  }

  /** Reads what a person ticked, the way that dashboards are read; of one flow alone there is nothing to compare. */
  private compare(keys: readonly string[], range: HealthWindow): void {
    const { refresher, state } = this.parts;
    const flows = keys.length < 2 ? [] : keys.map(flowRefOf);
    const views = flows.flatMap((flow): ViewRef[] =>
      flow && state.account(flow.accountName) ? [{ ...flow, viewer: 'overview' }] : [],
    );
    const wanted = new Set(views.map(viewKey));
    for (const view of this.compared.views) if (!wanted.has(viewKey(view))) refresher.closeDashboard(view);
    this.compared = { views, range };
    if (views.length > 0) this.tags ??= this.parts.marks.followTags();
    else this.tags = void this.tags?.dispose();
    for (const view of views) this.run(refresher.showView(view, comparisonView(range)));
    this.post();
  }

  private run(work: Thenable<unknown>): void {
    work.then(undefined, (error) => this.parts.log.error(error));
  }
}
