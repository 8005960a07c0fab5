import { commands, l10n } from 'vscode';
import type { Snapshot } from '../../domain/model';
import { settingNames, settingsSection } from '../../ids';
import type { FlowState } from '../../state/flowState';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from './log';
import type { Notifier, NoticeAction } from './notifier';
import { setTokenAction } from '../util/setTokenAction';
import type { Settings } from '../storage/settings';

const openSettings: NoticeAction = {
  title: l10n.t('Open Settings'),
  run: () => commands.executeCommand('workbench.action.openSettings', `${settingsSection}.${settingNames.accounts}`),
};

/** Says what only a person can mend, once: a refused token, and settings that cannot be read. */
export class AccountNotices {
  private readonly store = new DisposableStore();
  private readonly refused = new Set<string>();
  private readonly problems = new Set<string>();

  constructor(
    state: FlowState,
    settings: Settings,
    private readonly notifier: Notifier,
    private readonly log: Log,
  ) {
    this.store.add(state.onDidChange((snapshot) => this.showRefusals(snapshot)));
    this.store.add(settings.accounts.onDidChange(({ problems }) => this.showSettingsProblems(problems)));
    this.showSettingsProblems(settings.accounts.value.problems);
  }

  dispose(): void {
    this.store.dispose();
  }

  private showRefusals({ accounts }: Snapshot): void {
    const refused = accounts.filter(({ accountStatus }) => accountStatus?.kind === 'tokenRefused');
    for (const name of this.refused) {
      if (!refused.some(({ account }) => account.name === name)) this.refused.delete(name);
    }
    for (const { account, accountStatus } of refused) {
      if (this.refused.has(account.name)) continue;
      this.refused.add(account.name);
      this.run(
        import('../views/viewTexts').then(({ notices, speechNow }) =>
          this.notifier.warn(
            notices.tokenRefused(account, accountStatus?.error, speechNow().t),
            setTokenAction(account.name),
            this.notifier.showLog,
          ),
        ),
      );
    }
  }

  private showSettingsProblems(problems: readonly string[]): void {
    const fresh = problems.filter((problem) => !this.problems.has(problem));
    const [first] = fresh;
    if (first === undefined) return;
    for (const problem of fresh) {
      this.problems.add(problem);
      this.log.warn(problem);
    }
    const text =
      fresh.length === 1
        ? first
        : l10n.t('{0} entries of flowmeter.accounts cannot be used. The first: {1}', fresh.length, first);
    this.run(this.notifier.warn(text, openSettings, this.notifier.showLog));
  }

  private run(work: Promise<void>): void {
    work.catch((error) => this.log.error(error));
  }
}
