import { window, type TreeView } from 'vscode';
import { viewBadge } from '../core/rows';
import { viewIds } from '../ids';
import type { FlowState } from '../state/flowState';
import { DisposableStore } from './lifecycle';
import type { MeterHost } from './meter/meterHost';
import { FlowRows, type TreeNode } from './tree';
import { viewMessage } from './viewMessage';
import { formats, translate } from './words';

/** The view "Flows": its rows, its badge, and the line above the rows. */
export class FlowView {
  private readonly store = new DisposableStore();
  private readonly rows: FlowRows;
  readonly view: TreeView<TreeNode>;

  constructor(
    private readonly state: FlowState,
    meter: MeterHost,
  ) {
    this.rows = this.store.add(new FlowRows(state, meter));
    this.view = this.store.add(
      window.createTreeView(viewIds.flows, { treeDataProvider: this.rows, showCollapseAll: true }),
    );
    this.store.add(state.onDidChange(() => this.redraw()));
    this.store.add(meter.onDidChange(() => this.rows.redraw()));
    this.redraw();
  }

  /** Ages grow without any news, so the host calls this from time to time as well. */
  redraw(): void {
    const { snapshot } = this.state;
    this.view.badge = viewBadge(snapshot, formats, translate);
    this.view.message = viewMessage(snapshot, formats, translate, Date.now()) ?? '';
    this.rows.redraw();
  }

  dispose(): void {
    this.store.dispose();
  }
}
