import type { FlowView } from './flowView';
import { DisposableStore } from '../util/lifecycle';
import type { DashboardPanels } from '../dashboard/dashboardPanels';

/** Where a person looked last: commands without an argument are about that. */
export class LastFocusedView {
  private readonly store = new DisposableStore();
  private at: 'tree' | 'panel' = 'tree';

  constructor(tree: FlowView, panels: DashboardPanels) {
    this.store.add(tree.view.onDidChangeSelection(() => (this.at = 'tree')));
    this.store.add(
      panels.onDidChangeVisibility(() => {
        if (panels.active) this.at = 'panel';
      }),
    );
  }

  get place(): 'tree' | 'panel' {
    return this.at;
  }

  dispose(): void {
    this.store.dispose();
  }
}
