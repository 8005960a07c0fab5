import { StatusBarAlignment, ThemeColor, window } from 'vscode';
import { statusItemId, viewIds } from '../../ids';
import type { FlowState } from '../../state/flowState';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import { trustedMarkdown } from '../util/markdown';
import type { ConfigValue } from '../storage/settings';

/** Far to the right of its side: what belongs to the open file comes first. */
const priority = -10;

/** The one item in the status bar; a click shows the view. */
export class StatusBar {
  private readonly store = new DisposableStore();
  private readonly item = this.store.add(window.createStatusBarItem(statusItemId, StatusBarAlignment.Left, priority));

  private shown = '';

  constructor(
    private readonly state: FlowState,
    private readonly enabled: ConfigValue<boolean>,
    private readonly log: Pick<Log, 'error'>,
  ) {
    this.item.name = 'Flowmeter';
    this.item.command = `${viewIds.flows}.focus`;
    this.store.add(state.onDidChange(() => this.redraw()));
    this.store.add(enabled.onDidChange(() => this.redraw()));
    this.redraw();
  }

  redraw(): void {
    this.show().catch((error) => this.log.error(error));
  }

  private async show(): Promise<void> {
    if (!this.enabled.value || this.state.snapshot.accounts.length === 0) {
      this.item.hide();
      return;
    }
    const texts = await import('./viewTexts');
    const speech = texts.speechNow();
    // Meanwhile it may have been switched off, or the last account removed.
    const model = this.enabled.value ? texts.statusBarModel(this.state.snapshot, speech) : undefined;
    if (!model) {
      this.item.hide();
      return;
    }
    const tooltip = texts.statusTooltip(this.state.snapshot, speech);
    const shown = JSON.stringify([model, tooltip]);
    // Whatever is written anew closes a tooltip that is being read.
    if (shown !== this.shown) {
      this.shown = shown;
      this.item.text = model.text;
      this.item.tooltip = trustedMarkdown(tooltip, texts.statusTooltipCommands);
      this.item.accessibilityInformation = { label: model.accessibilityLabel, role: 'button' };
      this.item.backgroundColor = model.background
        ? new ThemeColor(`statusBarItem.${model.background}Background`)
        : undefined;
    }
    this.item.show();
  }

  dispose(): void {
    this.store.dispose();
  }
}
