import { StatusBarAlignment, ThemeColor, window } from 'vscode';
import { statusModel } from '../core/rows';
import { statusItemId, viewIds } from '../ids';
import type { FlowState } from '../state/flowState';
import { DisposableStore } from './lifecycle';
import { trustedMarkdown } from './markdown';
import type { ConfigValue } from './settings';
import { formats, translate } from './words';

/** Far to the right of its side: what belongs to the open file comes first. */
const priority = -10;

/** The one item in the status bar; a click shows the view. */
export class StatusBar {
  private readonly store = new DisposableStore();
  private readonly item = this.store.add(window.createStatusBarItem(statusItemId, StatusBarAlignment.Left, priority));

  constructor(
    private readonly state: FlowState,
    private readonly enabled: ConfigValue<boolean>,
  ) {
    this.item.name = 'Flowmeter';
    this.item.command = `${viewIds.flows}.focus`;
    this.store.add(state.onDidChange(() => this.redraw()));
    this.store.add(enabled.onDidChange(() => this.redraw()));
    this.redraw();
  }

  redraw(): void {
    const model = this.enabled.value ? statusModel(this.state.snapshot, formats, translate, Date.now()) : undefined;
    if (!model) {
      this.item.hide();
      return;
    }
    this.item.text = model.text;
    this.item.tooltip = trustedMarkdown(model.tooltip);
    this.item.accessibilityInformation = { label: model.accessibilityLabel, role: 'button' };
    this.item.backgroundColor = model.background
      ? new ThemeColor(`statusBarItem.${model.background}Background`)
      : undefined;
    this.item.show();
  }

  dispose(): void {
    this.store.dispose();
  }
}
