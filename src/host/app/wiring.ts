import type { ParsedAccounts } from '../storage/accountSettings';
import type { FlowState, Judgement } from '../../state/flowState';
import type { Refresher } from '../../state/refresher';
import type { AnswerCache } from '../storage/answerCache';
import type { Connections } from './connections';
import { setAccountContexts } from './contexts';
import type { Credentials } from '../storage/credentials';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from './log';
import type { Settings } from '../storage/settings';

interface WiringParts {
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly answers: AnswerCache;
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly log: Log;
}

/** Carries changes of settings and secrets, from this window or another, to the refresher. */
export class Wiring {
  private readonly store = new DisposableStore();

  constructor(private readonly parts: WiringParts) {
    const { settings, credentials, refresher } = parts;
    this.store.add(settings.accounts.onDidChange((accounts) => this.setAccounts(accounts)));
    this.store.add(settings.refreshMinutes.onDidChange((minutes) => refresher.setMinutes(minutes)));
    for (const setting of [settings.healthWindow, settings.thresholds]) {
      this.store.add(setting.onDidChange(() => this.run(refresher.judgeBy(judgementOf(settings)))));
    }
    this.store.add(credentials.onDidChange((secretId) => this.tokenChanged(secretId)));
    this.setAccounts(settings.accounts.value);
  }

  dispose(): void {
    this.store.dispose();
  }

  private setAccounts({ accounts, problems }: ParsedAccounts): void {
    const { connections, answers, refresher } = this.parts;
    connections.retainOnly(accounts);
    answers.setAccounts(accounts, problems.length === 0);
    refresher.setAccounts(accounts);
    setAccountContexts(accounts);
  }

  private tokenChanged(secretId: string): void {
    const { settings, credentials, refresher } = this.parts;
    const account = settings.accounts.value.accounts.find((one) => credentials.secretIdOf(one) === secretId);
    if (account) this.run(refresher.tokenChanged(account.name));
  }

  private run(work: Promise<void>): void {
    work.catch((error) => this.parts.log.error(error));
  }
}

export function judgementOf({ healthWindow, thresholds }: Settings): Judgement {
  return { window: healthWindow.value, thresholds: thresholds.value };
}
