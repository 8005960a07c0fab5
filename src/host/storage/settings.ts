import { EventEmitter, workspace, type Event } from 'vscode';
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
  readonly marksFromGit: ConfigValue<boolean> = this.watch(() => values().marksFromGit);
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
    return namesOfEntries(readSetting('accounts').own);
  }

  /** Names that a new account may not have: secrets of an entry that cannot be read just now go by its name. */
  get takenNames(): readonly string[] {
    return readableNames(readSetting('accounts').own);
  }

  dispose(): void {
    this.store.dispose();
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

export function readSetting(name: keyof typeof settingNames): WrittenSetting {
  const found = workspace.getConfiguration(settingsSection).inspect(settingNames[name]);
  return { own: found?.globalValue, fallback: found?.defaultValue };
}

function ownOrDefault(name: keyof typeof settingNames): unknown {
  const { own, fallback } = readSetting(name);
  return own ?? fallback;
}

function values(): SettingValues {
  return readSettingValues(readSetting, translate);
}
