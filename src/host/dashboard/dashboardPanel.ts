import { commands, env, Uri, type WebviewPanel } from 'vscode';
import type { MetricName } from '../../contract/metric';
import type { AccountFigures, Span, Thresholds } from '../../domain/model';
import type { PanelView } from '../../domain/view';
import { commandIds } from '../../ids';
import { plainName } from '../../presentation/escape';
import { fileNamePart } from '../../presentation/fileNames';
import { parsePanelIntent, type PanelActionName, type PanelIntent } from '../../presentation/panelProtocol';
import { metricTable } from '../../presentation/metricTable';
import { translate } from '../util/translate';
import { dashboardSnapshot } from '../../presentation/dashboard/dashboardSnapshot';
import { panelInput } from '../../state/dashboardInput';
import { flowKey, type FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import type { Refresher } from '../../state/refresher';
import type { Log } from '../app/log';
import type { KeptMarks } from '../marks/keptMarks';
import type { LazyMarks } from '../marks/lazyMarks';
import type { ConfigValue } from '../storage/settings';
import { formatsIn } from '../util/formats';
import { defined } from '../../util/defined';
import { DisposableStore } from '../util/lifecycle';
import { flowTitle } from './flowTitle';
import { panelHtml } from './panelHtml';
import { saveImage } from './saveImage';

export interface DashboardParts {
  readonly extensionUri: Uri;
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly thresholds: ConfigValue<Thresholds>;
  readonly marks: LazyMarks;
  readonly log: Log;
}

/** The marks are read before a page shows them. */
export type PanelParts = Omit<DashboardParts, 'marks'> & { readonly marks: KeptMarks };

/** Where a person wants to look. */
export interface Destination {
  /** The section to scroll to. */
  readonly metric?: MetricName;
  /** The keyboard stays where it is. */
  readonly preserveFocus?: boolean;
}

interface PanelEvents {
  readonly onDidChangeVisibility: () => void;
  readonly onDidDispose: () => void;
}

const intentCommands: Readonly<Partial<Record<PanelActionName, string>>> = {
  refresh: commandIds.refresh,
  setToken: commandIds.setToken,
  showLog: commandIds.showLog,
  copyFlowId: commandIds.copyFlowId,
  measure: commandIds.addMeterFlow,
  startMeter: commandIds.startMeter,
  addMark: commandIds.addMark,
};

const intentViews: Readonly<Partial<Record<PanelActionName, PanelView>>> = {
  show90d: { granularity: 'DAY', range: '90d' },
  showLifetime: { granularity: 'LIFETIME', range: 'all' },
};

/** The dashboard of one flow, loaded with the first one: complete snapshots go to its page, checked intents come back. */
export class DashboardPanel {
  /** The page listens; a hidden page is gone and reports `ready` again. */
  private ready = false;
  /** Of the page's clock. */
  private zone: string | undefined;
  /** The part of the period that the page shows. */
  private zoomed: Span | undefined;
  private revision = 0;
  /** The flow's; the tab's title may say more. */
  private name: string;
  /** The snapshot posted last says in words how old it is. */
  private hasAges = false;
  private postedSources: readonly unknown[] = [];
  private readonly listeners = new DisposableStore();

  constructor(
    readonly flow: FlowRef,
    readonly panel: WebviewPanel,
    private current: PanelView,
    private destination: Destination,
    private readonly parts: PanelParts,
    events: PanelEvents,
  ) {
    const { extensionUri, refresher } = parts;
    const { accountName } = flow;
    // Until the flows are listed, a restored panel keeps the name it had.
    this.name = flowTitle(parts.state, flow) ?? panel.title.replace(accountSuffix(accountName), '');
    this.showTitle();
    panel.iconPath = {
      light: Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const { listeners } = this;
    listeners.add(parts.marks.onDidChange(() => this.post()));
    listeners.add(parts.marks.followTags());
    listeners.add(panel.webview.onDidReceiveMessage((message) => this.receive(message)));
    listeners.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
        this.run(refresher.setPanelShown(flow, panel.visible));
        events.onDidChangeVisibility();
      }),
    );
    listeners.add(
      panel.onDidDispose(() => {
        this.release();
        events.onDidDispose();
      }),
    );
  }

  /** Loads the page, and reads the view. */
  start(): void {
    const { extensionUri } = this.parts;
    const options = { extensionUri, language: env.language, title: this.name, key: flowKey(this.flow) };
    this.panel.webview.html = panelHtml(this.panel.webview, options);
    this.run(this.parts.refresher.showView(this.flow, this.current));
  }

  get view(): PanelView {
    return this.current;
  }

  /** What the page is zoomed into, by its clock. */
  get zoom(): { readonly span?: Span; readonly zone?: string } {
    return defined({ span: this.zoomed, zone: this.zone });
  }

  /** Lets go of the panel, which is gone or shows another flow from now on. */
  release(): void {
    this.listeners.dispose();
  }

  /** Brings the panel to the front, with another view or section where one is named. */
  reveal(view: PanelView | undefined, destination: Destination): void {
    this.destination = destination;
    this.panel.reveal(undefined, destination.preserveFocus);
    if (view) this.setView(view);
    else this.post();
  }

  /** Posts a snapshot where one of its sources has changed: reads of other flows concern no dashboard. */
  update(account: AccountFigures): void {
    this.name = flowTitle(this.parts.state, this.flow) ?? this.name;
    this.showTitle();
    if (this.sourcesOf(account).some((value, i) => value !== this.postedSources[i])) this.post();
  }

  redrawAges(): void {
    if (this.hasAges) this.post();
  }

  post(): void {
    const { state, thresholds } = this.parts;
    const account = state.snapshot.accounts.find((known) => known.account.name === this.flow.accountName);
    if (!account || !this.ready || !this.panel.visible) return;
    const { metric, preserveFocus = false } = this.destination;
    const context = {
      account,
      ref: this.flow,
      title: this.name,
      data: state.dashboards.get(this.flow),
      view: this.current,
      thresholds: thresholds.value,
      now: Date.now(),
      revision: ++this.revision,
      locale: env.language,
      focus: metric,
      marks: this.parts.marks.shownOn(this.flow),
    };
    const snapshot = dashboardSnapshot(panelInput(context), formatsIn(this.zone));
    this.destination = {};
    this.postedSources = this.sourcesOf(account);
    this.hasAges = snapshot.notice !== undefined;
    const { focus, ...rest } = snapshot;
    void this.panel.webview.postMessage(preserveFocus && focus ? { ...rest, scrollTo: focus } : snapshot);
  }

  /** Names the account, too, where there are several. */
  private showTitle(): void {
    const isOneOfSeveral = this.parts.state.snapshot.accounts.length > 1;
    const title = isOneOfSeveral ? this.name + accountSuffix(this.flow.accountName) : this.name;
    if (title !== this.panel.title) this.panel.title = title;
  }

  private receive(message: unknown): void {
    const intent = parsePanelIntent(message);
    if (intent) this.perform(intent);
    else this.parts.log.warn('A dashboard sent a message that is not understood; it is left aside.');
  }

  private perform(intent: PanelIntent): void {
    switch (intent.type) {
      case 'ready':
        this.ready = true;
        this.zone = intent.zone;
        // A page that was loaded anew sends its zoom again.
        this.zoomed = undefined;
        this.post();
        return;
      case 'setView':
        this.setView(intent.view);
        return;
      case 'zoom':
        this.zoomed = intent.span;
        return;
      case 'export':
        this.execute(commandIds.exportCsv, { asks: true, ...this.zoom });
        return;
      case 'saveImage':
        this.run(saveImage(this.pictureName(intent.metric), intent.png));
        return;
      case 'action': {
        const view = intentViews[intent.name];
        const command = intentCommands[intent.name];
        if (view) this.setView(view);
        else if (command) this.execute(command);
      }
    }
  }

  private pictureName(metric: MetricName): string {
    return `${fileNamePart(`${this.name} ${metricTable[metric].label(translate)}`, this.flow.flowId)}.png`;
  }

  private execute(command: string, options: Readonly<Record<string, unknown>> = {}): void {
    const { accountName, flowId } = this.flow;
    commands
      .executeCommand(command, { ...options, account: accountName, flowId })
      .then(undefined, (error) => this.parts.log.error(error));
  }

  private setView(view: PanelView): void {
    this.current = view;
    this.run(this.parts.refresher.showView(this.flow, view));
    this.post();
  }

  /** All that a snapshot is made of, as parts that stay identical while nothing changes. */
  private sourcesOf(account: AccountFigures): readonly unknown[] {
    const { accountStatus, busy, read, byHand, fetchedAt, info, servedVersion } = account;
    const figures = account.flows.find((known) => known.flow.id === this.flow.flowId);
    const data = this.parts.state.dashboards.get(this.flow);
    return [
      ...[figures, data, accountStatus?.kind, accountStatus?.error, accountStatus?.since, accountStatus?.retryAt],
      ...[busy, read, byHand, fetchedAt, info, servedVersion],
    ];
  }

  private run(work: Promise<void>): void {
    work.catch((error) => this.parts.log.error(error));
  }
}

function accountSuffix(accountName: string): string {
  return ` · ${plainName(accountName)}`;
}
