import { workspace, type ExtensionContext } from 'vscode';
import { settingNames, settingsSection } from '../../ids';
import type { FlowmeterApi } from './api';
import { setAccountContexts } from './contexts';
import type { Parts } from './parts';
import type { LazyTreeProvider } from '../views/lazyTreeProvider';

/**
 * The parts, loaded and built once they are needed: for an account, for a command, or for a dashboard that comes back.
 * Without accounts none of them is loaded.
 */
export class LazyParts {
  private building: Promise<Parts> | undefined;
  private built: Parts | undefined;
  private disposed = false;
  private readonly listener = workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(`${settingsSection}.${settingNames.accounts}`)) this.buildForAccounts();
  });

  constructor(
    private readonly context: ExtensionContext,
    private readonly treeProvider: LazyTreeProvider,
  ) {
    if (!this.buildForAccounts()) setAccountContexts([]);
  }

  readonly get = (): Promise<Parts> => {
    this.building ??= this.build();
    return this.building;
  };

  get api(): FlowmeterApi {
    return {
      whenReady: async () => (hasAccounts() ? (await this.get()).api.whenReady() : undefined),
      flows: () => this.built?.api.flows() ?? [],
    };
  }

  dispose(): void {
    this.disposed = true;
    this.listener.dispose();
  }

  private async build(): Promise<Parts> {
    const { buildParts } = await import('./parts');
    // Parts built after the end would never be disposed.
    if (this.disposed) throw new Error('Flowmeter has ended.');
    this.listener.dispose();
    this.built = buildParts(this.context, this.treeProvider);
    return this.built;
  }

  private buildForAccounts(): boolean {
    if (!hasAccounts()) return false;
    this.get().catch((error: unknown) => {
      // The editor keeps this in its own log; ours is one of the parts.
      if (!this.disposed) console.error(error);
    });
    return true;
  }
}

/** Also entries that cannot be read: a person is told of these. */
function hasAccounts(): boolean {
  const own = workspace.getConfiguration(settingsSection).inspect(settingNames.accounts)?.globalValue;
  return own !== undefined && !(Array.isArray(own) && own.length === 0);
}
