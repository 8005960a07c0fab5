/** Changes to the settings that commands make, in the user settings alone. */
import { ConfigurationTarget, workspace } from 'vscode';
import type { Account } from '../../domain/account';
import { settingNames, settingsSection } from '../../ids';
import { readSetting } from './settings';

/** Adds to what stands there; entries that cannot be read stay as they are. */
export async function addAccount(account: Account): Promise<void> {
  await writeAccounts((entries) => [...entries, account]);
}

export async function writeAccountName(from: string, to: string): Promise<void> {
  await writeAccounts((entries) =>
    entries.map((entry) => (nameOf(entry) === from ? { ...(entry as object), name: to } : entry)),
  );
}

/** To an account that lists its flows by their ids. */
export async function addFlowId(name: string, flowId: string): Promise<void> {
  await writeAccounts((entries) =>
    entries.map((entry) => {
      if (nameOf(entry) !== name) return entry;
      const { flowIds = [] } = entry as { readonly flowIds?: readonly unknown[] };
      return { ...(entry as object), flowIds: [...flowIds, flowId] };
    }),
  );
}

export async function removeAccount(name: string): Promise<void> {
  await writeAccounts((entries) => entries.filter((entry) => nameOf(entry) !== name));
}

export async function showStatusBar(isShown: boolean): Promise<void> {
  await workspace.getConfiguration(settingsSection).update(settingNames.statusBar, isShown, ConfigurationTarget.Global);
}

/** Also those that cannot be read. */
export async function removeAllAccounts(): Promise<void> {
  await workspace
    .getConfiguration(settingsSection)
    .update(settingNames.accounts, undefined, ConfigurationTarget.Global);
}

async function writeAccounts(change: (entries: readonly unknown[]) => readonly unknown[]): Promise<void> {
  const { own } = readSetting('accounts');
  const entries = change(Array.isArray(own) ? own : []);
  await workspace.getConfiguration(settingsSection).update(settingNames.accounts, entries, ConfigurationTarget.Global);
}

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).name : undefined;
}
