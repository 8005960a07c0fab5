import { workspace, type ExtensionContext } from 'vscode';
import { settingNames, settingsSection } from '../ids';
import type { FlowmeterApi } from './api';
import { tellAccounts } from './contexts';
import type { Parts } from './parts';
import type { ViewFrame } from './viewFrame';

/**
 * The parts, loaded and built once they are needed: for an account, for a command, or for a dashboard that comes back.
 * Who has no accounts pays for none of them.
 */
export class LazyParts {
  private building: Promise<Parts> | undefined;
  private built: Parts | undefined;
  private readonly listener = workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(`${settingsSection}.${settingNames.accounts}`)) this.buildForAccounts();
  });

  constructor(
    private readonly context: ExtensionContext,
    private readonly frame: ViewFrame,
  ) {
    if (!this.buildForAccounts()) tellAccounts([]);
  }

  readonly get = (): Promise<Parts> => {
    this.building ??= import('./parts').then(({ buildParts }) => {
      this.listener.dispose();
      return (this.built = buildParts(this.context, this.frame));
    });
    return this.building;
  };

  get api(): FlowmeterApi {
    return {
      whenReady: async () => (hasAccounts() ? (await this.get()).api.whenReady() : undefined),
      flows: () => this.built?.api.flows() ?? [],
    };
  }

  dispose(): void {
    this.listener.dispose();
  }

  private buildForAccounts(): boolean {
    if (!hasAccounts()) return false;
    void this.get();
    return true;
  }
}

/** Also entries that cannot be read: a person is told of these. */
function hasAccounts(): boolean {
  const own = workspace.getConfiguration(settingsSection).inspect(settingNames.accounts)?.globalValue;
  return own !== undefined && !(Array.isArray(own) && own.length === 0);
}
