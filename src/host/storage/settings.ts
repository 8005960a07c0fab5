import { ConfigurationTarget, EventEmitter, workspace, type Event } from 'vscode';
import type { Account } from '../../domain/account';
import { namesOfEntries, parseAccounts, readableNames, type ParsedAccounts } from './accountSettings';
import type { HealthWindow, Thresholds } from '../../domain/model';
import { settingNames, settingsSection } from '../../ids';
import type { RefreshMinutes } from '../../state/refresher';
import { DisposableStore } from '../util/lifecycle';
import { translate } from '../util/translate';
import {
  readSettingValues,
  type NotifyLevel,
  type SettingProblem,
  type SettingValues,
  type WrittenSetting,
} from './settingValues';

/** A setting's value, and word of its changes. */
export interface ConfigValue<T> {
  readonly value: T;
  readonly onDidChange: Event<T>;
}

/**
 * The settings of the person, never those of a workspace: a cloned repository must not say where requests go.
 * Defaults live in package.json alone.
 */
export class Settings {
  private readonly store = new DisposableStore();
  readonly accounts: ConfigValue<ParsedAccounts> = this.watch(() => parseAccounts(ownOrDefault('accounts')));
  readonly refreshMinutes: ConfigValue<RefreshMinutes> = this.watch(() => values().refreshMinutes);
  readonly healthWindow: ConfigValue<HealthWindow> = this.watch(() => values().healthWindow);
  readonly thresholds: ConfigValue<Thresholds> = this.watch(() => values().thresholds);
  readonly statusBar: ConfigValue<boolean> = this.watch(() => values().statusBar);
  readonly notify: ConfigValue<NotifyLevel> = this.watch(() => values().notify);
  readonly historyDays: ConfigValue<number> = this.watch(() => values().historyDays);
  /** Values that make no sense, of all settings. */
  readonly problems: ConfigValue<readonly SettingProblem[]> = this.watch(() => [
    ...parseAccounts(ownOrDefault('accounts')).problems.map((text) => ({
      setting: accountsSetting,
      text: `${accountsSetting}: ${text}`,
    })),
    ...values().problems,
  ]);

  /** See `namesOfEntries`. */
  get accountNames(): readonly string[] | undefined {
    return namesOfEntries(read('accounts').own);
  }

  /** Names that a new account may not have: secrets of an entry that cannot be read just now go by its name. */
  get takenNames(): readonly string[] {
    return readableNames(read('accounts').own);
  }

  /** Adds to what stands there; entries that cannot be read stay as they are. */
  async addAccount(account: Account): Promise<void> {
    await this.writeAccounts((entries) => [...entries, account]);
  }

  async renameAccount(from: string, to: string): Promise<void> {
    await this.writeAccounts((entries) =>
      entries.map((entry) => (nameOf(entry) === from ? { ...(entry as object), name: to } : entry)),
    );
  }

  /** To an account that lists its flows by their ids. */
  async addFlowId(name: string, flowId: string): Promise<void> {
    await this.writeAccounts((entries) =>
      entries.map((entry) => {
        if (nameOf(entry) !== name) return entry;
        const { flowIds = [] } = entry as { readonly flowIds?: readonly unknown[] };
        return { ...(entry as object), flowIds: [...flowIds, flowId] };
      }),
    );
  }

  async removeAccount(name: string): Promise<void> {
    await this.writeAccounts((entries) => entries.filter((entry) => nameOf(entry) !== name));
  }

  async showStatusBar(isShown: boolean): Promise<void> {
    await workspace
      .getConfiguration(settingsSection)
      .update(settingNames.statusBar, isShown, ConfigurationTarget.Global);
  }

  /** Also those that cannot be read. */
  async removeAllAccounts(): Promise<void> {
    await workspace
      .getConfiguration(settingsSection)
      .update(settingNames.accounts, undefined, ConfigurationTarget.Global);
  }

  dispose(): void {
    this.store.dispose();
  }

  private async writeAccounts(change: (entries: readonly unknown[]) => readonly unknown[]): Promise<void> {
    const { own } = read('accounts');
    const entries = change(Array.isArray(own) ? own : []);
    await workspace
      .getConfiguration(settingsSection)
      .update(settingNames.accounts, entries, ConfigurationTarget.Global);
  }

  private watch<T>(current: () => T): ConfigValue<T> {
    const emitter = this.store.add(new EventEmitter<T>());
    const config = { value: current(), onDidChange: emitter.event };
    this.store.add(
      workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(settingsSection)) return;
        const value = current();
        if (JSON.stringify(value) === JSON.stringify(config.value)) return;
        config.value = value;
        emitter.fire(value);
      }),
    );
    return config;
  }
}

const accountsSetting = `${settingsSection}.${settingNames.accounts}`;

function read(name: keyof typeof settingNames): WrittenSetting {
  const found = workspace.getConfiguration(settingsSection).inspect(settingNames[name]);
  return { own: found?.globalValue, fallback: found?.defaultValue };
}

function ownOrDefault(name: keyof typeof settingNames): unknown {
  const { own, fallback } = read(name);
  return own ?? fallback;
}

function values(): SettingValues {
  return readSettingValues(read, translate);
}

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).name : undefined;
}
