import { ConfigurationTarget, EventEmitter, workspace, type Event } from 'vscode';
import type { Account } from '../../domain/account';
import { namesOfEntries, parseAccounts, readableNames, type ParsedAccounts } from './accountSettings';
import type { HealthWindow, Thresholds, LevelLimits } from '../../domain/model';
import { settingNames, settingsSection } from '../../ids';
import type { RefreshMinutes } from '../../state/refresher';
import { DisposableStore } from '../util/lifecycle';

/** A setting's value, and word of its changes. */
export interface ConfigValue<T> {
  readonly value: T;
  readonly onDidChange: Event<T>;
}

type SettingName = keyof typeof settingNames;

/**
 * The settings of the person, never those of a workspace: a cloned repository must not say where requests go.
 * Defaults live in package.json alone.
 */
export class Settings {
  private readonly store = new DisposableStore();
  readonly accounts: ConfigValue<ParsedAccounts> = this.watch('accounts', (own, fallback) =>
    parseAccounts(own ?? fallback),
  );
  readonly refreshMinutes: ConfigValue<RefreshMinutes> = this.watch('refreshMinutes', overNumbers<RefreshMinutes>);
  readonly healthWindow: ConfigValue<HealthWindow> = this.watch('healthWindow', (own, fallback) =>
    isHealthWindow(own) ? own : (fallback as HealthWindow),
  );
  readonly thresholds: ConfigValue<Thresholds> = this.watch('thresholds', overLimits);
  readonly statusBar: ConfigValue<boolean> = this.watch('statusBar', (own, fallback) =>
    typeof own === 'boolean' ? own : (fallback as boolean),
  );

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

  async removeAccount(name: string): Promise<void> {
    await this.writeAccounts((entries) => entries.filter((entry) => nameOf(entry) !== name));
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

  private watch<T>(name: SettingName, parse: (own: unknown, fallback: unknown) => T): ConfigValue<T> {
    const emitter = this.store.add(new EventEmitter<T>());
    const current = (): T => {
      const { own, fallback } = read(name);
      return parse(own, fallback);
    };
    const config = { value: current(), onDidChange: emitter.event };
    this.store.add(
      workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(`${settingsSection}.${settingNames[name]}`)) return;
        const value = current();
        if (JSON.stringify(value) === JSON.stringify(config.value)) return;
        config.value = value;
        emitter.fire(value);
      }),
    );
    return config;
  }
}

function read(name: SettingName): { readonly own: unknown; readonly fallback: unknown } {
  const found = workspace.getConfiguration(settingsSection).inspect(settingNames[name]);
  return { own: found?.globalValue, fallback: found?.defaultValue };
}

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>).name : undefined;
}

function isHealthWindow(value: unknown): value is HealthWindow {
  return value === '24h' || value === '7d' || value === '30d';
}

const isAmount = (value: number): boolean => value >= 0;
const isPercent = (value: number): boolean => value >= 0 && value <= 100;
/** Latency is known in whole seconds only, so nothing between them can be judged. */
const isBucketEdge = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 10;

/** Each allowed number of its own over the default's; whatever else is left out, for the editor does not enforce it. */
function overNumbers<T extends object>(own: unknown, fallback: unknown, isAllowed = isAmount): T {
  const values = typeof own === 'object' && own !== null ? (own as Record<string, unknown>) : {};
  const numbers = Object.entries(values).filter(([, value]) => typeof value === 'number' && isAllowed(value));
  return { ...(fallback as T), ...Object.fromEntries(numbers) };
}

function overLimits(own: unknown, fallback: unknown): Thresholds {
  const values = typeof own === 'object' && own !== null ? (own as Record<string, unknown>) : {};
  const defaults = fallback as Thresholds;
  return {
    errorRatePercent: overNumbers<LevelLimits>(values.errorRatePercent, defaults.errorRatePercent, isPercent),
    p90Seconds: overNumbers<LevelLimits>(values.p90Seconds, defaults.p90Seconds, isBucketEdge),
    availabilityPercent: overNumbers<LevelLimits>(values.availabilityPercent, defaults.availabilityPercent, isPercent),
  };
}
