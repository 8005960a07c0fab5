import { commands, l10n } from 'vscode';
import type { Snapshot } from '../../domain/model';
import type { FlowState } from '../../state/flowState';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from './log';
import type { Notifier, NoticeAction } from './notifier';
import { setTokenAction } from '../util/setTokenAction';
import type { Settings } from '../storage/settings';
import type { SettingProblem } from '../storage/settingValues';

function openSettings(setting: string): NoticeAction {
  return {
    title: l10n.t('Open Settings'),
    run: () => commands.executeCommand('workbench.action.openSettings', setting),
  };
}

/** Says what only a person can mend, once: a refused token, and settings that make no sense. */
export class AccountNotices {
  private readonly store = new DisposableStore();
  private readonly refused = new Set<string>();
  private problems: readonly string[] = [];

  constructor(
    state: FlowState,
    settings: Settings,
    private readonly notifier: Notifier,
    private readonly log: Log,
  ) {
    this.store.add(state.onDidChange((snapshot) => this.showRefusals(snapshot)));
    this.store.add(settings.problems.onDidChange((problems) => this.showSettingsProblems(problems)));
    this.showSettingsProblems(settings.problems.value);
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

  private showSettingsProblems(problems: readonly SettingProblem[]): void {
    const fresh = problems.filter(({ text }) => !this.problems.includes(text));
    // One that was mended is told again when it comes back.
    this.problems = problems.map(({ text }) => text);
    const [first] = fresh;
    if (first === undefined) return;
    for (const { text } of fresh) this.log.warn(text);
    const text =
      fresh.length === 1
        ? first.text
        : l10n.t('{0} entries in the settings make no sense. The first: {1}', fresh.length, first.text);
    this.run(this.notifier.warn(text, openSettings(first.setting), this.notifier.showLog));
  }

  private run(work: Promise<void>): void {
    work.catch((error) => this.log.error(error));
  }
}
