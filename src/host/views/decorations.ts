import { EventEmitter, FileDecoration, ThemeColor, window, type FileDecorationProvider, type Uri } from 'vscode';
import { accountBadge, flowBadge } from '../../presentation/rows/flowBadge';
import { flowScheme } from '../../ids';
import type { FlowState } from '../../state/flowState';
import { DisposableStore } from '../util/lifecycle';
import { accountUri, flowUri } from './flowUri';
import { translate } from '../util/translate';

/** The badges at the right end of rows of accounts and flows, by a private address scheme. */
export class FlowDecorations implements FileDecorationProvider {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new EventEmitter<Uri[]>());
  private badges = new Map<string, FileDecoration>();
  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(private readonly state: FlowState) {
    this.badges = this.read();
    this.store.add(window.registerFileDecorationProvider(this));
    this.store.add(state.onDidChange(() => this.redraw()));
  }

  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    return uri.scheme === flowScheme ? this.badges.get(uri.path) : undefined;
  }

  dispose(): void {
    this.store.dispose();
  }

  private redraw(): void {
    const before = this.badges;
    this.badges = this.read();
    const paths = new Set([...before.keys(), ...this.badges.keys()]);
    const changed = [...paths].filter((path) => !sameBadge(before.get(path), this.badges.get(path)));
    if (changed.length > 0) this.changed.fire(changed.map((path) => flowUri('').with({ path })));
  }

  private read(): Map<string, FileDecoration> {
    const badges = new Map<string, FileDecoration>();
    const add = ({ path }: Uri, badge: ReturnType<typeof flowBadge>): void => {
      if (badge) badges.set(path, new FileDecoration(badge.text, badge.tooltip, new ThemeColor(badge.color)));
    };
    for (const account of this.state.snapshot.accounts) {
      add(accountUri(account.account.name), accountBadge(account, translate));
      for (const figures of account.flows) add(flowUri(figures.key), flowBadge(figures, translate));
    }
    return badges;
  }
}

function sameBadge(a: FileDecoration | undefined, b: FileDecoration | undefined): boolean {
  return a?.badge === b?.badge && a?.tooltip === b?.tooltip;
}
