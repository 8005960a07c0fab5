import { l10n, window } from 'vscode';
import { isUserFacingError } from '../util/userFacingError';
import type { Log } from './log';

/** A button of a message, and what it does. */
export interface NoticeAction {
  readonly title: string;
  run(): unknown;
}

/** The only place that shows messages. One that says what another still says takes its place: the editor sees to that. */
export class Notifier {
  constructor(private readonly log: Log) {}

  async info(text: string, ...actions: NoticeAction[]): Promise<void> {
    await this.show(actions, (titles) => window.showInformationMessage(text, ...titles));
  }

  async warn(text: string, ...actions: NoticeAction[]): Promise<void> {
    await this.show(actions, (titles) => window.showWarningMessage(text, ...titles));
  }

  async error(text: string, ...actions: NoticeAction[]): Promise<void> {
    await this.show(actions, (titles) => window.showErrorMessage(text, ...titles));
  }

  /** True only where the person pressed that button. */
  async confirm(question: string, detail: string, button: string): Promise<boolean> {
    return (await window.showWarningMessage(question, { modal: true, detail }, button)) === button;
  }

  /** Shows an error of a command: its message where that is meant for a person, else a pointer to the log. */
  async failed(thrown: unknown): Promise<void> {
    if (isUserFacingError(thrown)) {
      this.log.warn(thrown.message);
      await this.warn(thrown.message, this.showLog);
      return;
    }
    this.log.error(thrown);
    await this.error(l10n.t('Something failed in Flowmeter. See the log.'), this.showLog);
  }

  readonly showLog: NoticeAction = { title: l10n.t('Show Log'), run: () => this.log.show() };

  private async show(
    actions: readonly NoticeAction[],
    ask: (titles: readonly string[]) => Thenable<string | undefined>,
  ): Promise<void> {
    const chosen = await ask(actions.map(({ title }) => title));
    await actions.find(({ title }) => title === chosen)?.run();
  }
}
