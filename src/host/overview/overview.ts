import { EventEmitter, type WebviewPanel } from 'vscode';
import type { HealthLevel } from '../../domain/model';
import type { DashboardParts } from '../dashboard/dashboardPanel';
import type { OverviewPanel } from './overviewPanel';

/** The one panel for all flows; what it does is loaded with it. */
export class Overview {
  private readonly visibility = new EventEmitter<void>();
  private current: OverviewPanel | undefined;
  readonly onDidChangeVisibility = this.visibility.event;

  constructor(private readonly parts: DashboardParts) {}

  get anyVisible(): boolean {
    return this.current?.panel.visible === true;
  }

  /**
   * Brings the overview to the front, filtered by these levels where they are given. `restored`: a panel that the editor
   * kept over a reload.
   */
  async show(restored?: WebviewPanel, levels?: readonly HealthLevel[]): Promise<void> {
    const [{ OverviewPanel: Panel }, marks] = await Promise.all([import('./overviewPanel'), this.parts.marks.get()]);
    if (this.current) {
      restored?.dispose();
      this.current.panel.reveal();
    } else {
      this.current = new Panel(restored, { ...this.parts, marks }, (isGone) => {
        if (isGone) this.current = undefined;
        this.visibility.fire();
      });
      this.visibility.fire();
    }
    if (levels) this.current.filter(levels);
  }

  /** Ages grow without any change, so the host calls this from time to time. */
  redraw(): void {
    this.current?.redrawAges();
  }
}
