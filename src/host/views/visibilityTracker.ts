import { window } from 'vscode';
import type { FlowState } from '../../state/flowState';
import type { Refresher } from '../../state/refresher';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import type { DashboardPanels } from '../dashboard/dashboardPanels';
import type { Overview } from '../overview/overview';
import type { ConfigValue } from '../storage/settings';
import type { StatusBar } from './statusBar';
import type { FlowView } from './flowView';

interface VisibilityTrackerParts {
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly tree: FlowView;
  readonly panels: DashboardPanels;
  readonly overview: Overview;
  readonly statusBar: StatusBar;
  readonly statusBarEnabled: ConfigValue<boolean>;
  readonly log: Log;
}

/** Ages are written in minutes at best. */
const redrawMs = 60_000;

/** Tells the refresher when somebody looks: at the view, at a dashboard or the overview, or at the window with its status bar. */
export class VisibilityTracker {
  private readonly store = new DisposableStore();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: VisibilityTrackerParts) {
    const { state, tree, panels, overview, statusBarEnabled, refresher, log } = parts;
    this.store.add(
      tree.view.onDidChangeVisibility(({ visible }) => {
        this.update();
        if (visible) refresher.refresh('view').catch((error) => log.error(error));
      }),
    );
    for (const pages of [panels, overview]) this.store.add(pages.onDidChangeVisibility(() => this.update()));
    this.store.add(window.onDidChangeWindowState(() => this.update()));
    this.store.add(statusBarEnabled.onDidChange(() => this.update()));
    this.store.add(state.onDidChange(() => this.update()));
    this.update();
  }

  dispose(): void {
    clearInterval(this.timer);
    this.store.dispose();
  }

  private update(): void {
    const { state, tree, panels, overview, statusBarEnabled, refresher } = this.parts;
    const isOpen = tree.view.visible || panels.anyVisible || overview.anyVisible;
    const seen = isOpen || (window.state.focused && statusBarEnabled.value);
    const inUse = seen && state.snapshot.accounts.length > 0;
    if (inUse === (this.timer !== undefined)) return;
    refresher.setInUse(inUse);
    clearInterval(this.timer);
    this.timer = inUse ? setInterval(() => this.redraw(), redrawMs) : undefined;
  }

  private redraw(): void {
    this.parts.tree.redrawAges();
    this.parts.statusBar.redraw();
    this.parts.panels.redraw();
    this.parts.overview.redraw();
  }
}
