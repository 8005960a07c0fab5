/** Settings as a person may have written them: each has a value to go by, and what makes no sense in it is said. */
import { limitLevels } from '../../domain/health';
import type { HealthWindow, LevelLimits, LimitLevel, Thresholds } from '../../domain/model';
import { settingNames, settingsSection } from '../../ids';
import type { Translate } from '../../presentation/translate';
import type { RefreshMinutes } from '../../state/refresher';

type SettingName = keyof typeof settingNames;

/** The person's own value, and the default of package.json. */
export interface WrittenSetting {
  readonly own: unknown;
  readonly fallback: unknown;
}

export interface SettingProblem {
  /** Name by which the settings page finds it. */
  readonly setting: string;
  /** A sentence that names the setting and what is wrong with it. */
  readonly text: string;
}

/** The level from which on changes of flows are told by a message. */
export type NotifyLevel = 'off' | 'critical' | 'warning';

export interface SettingValues {
  readonly refreshMinutes: RefreshMinutes;
  readonly healthWindow: HealthWindow;
  readonly thresholds: Thresholds;
  readonly statusBar: boolean;
  readonly notify: NotifyLevel;
  /** 0: none. */
  readonly historyDays: number;
  readonly marksFromGit: boolean;
  readonly problems: readonly SettingProblem[];
}

/** Reads all settings but the accounts, whatever they hold; never throws. */
export function readSettingValues(written: (name: SettingName) => WrittenSetting, t: Translate): SettingValues {
  const reader = new Reader(t);
  return {
    refreshMinutes: reader.refreshMinutes(written('refreshMinutes')),
    healthWindow: reader.value('healthWindow', written('healthWindow'), isWindow, '"24h", "7d", "30d"'),
    thresholds: reader.thresholds(written('levels'), written('thresholds').own),
    statusBar: reader.value('statusBar', written('statusBar'), isBoolean, 'true, false'),
    notify: reader.value('notify', written('notify'), isNotifyLevel, '"off", "critical", "warning"'),
    historyDays: reader.value(
      'historyDays',
      written('historyDays'),
      isDays,
      t('whole days, {0} to {1}', 0, maxHistoryDays),
    ),
    marksFromGit: reader.value('marksFromGit', written('marksFromGit'), isBoolean, 'true, false'),
    problems: reader.problems,
  };
}

const isWindow = (value: unknown): value is HealthWindow => value === '24h' || value === '7d' || value === '30d';
const isNotifyLevel = (value: unknown): value is NotifyLevel =>
  value === 'off' || value === 'critical' || value === 'warning';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isNumberTo =
  (max: number) =>
  (value: unknown): value is number =>
    typeof value === 'number' && value >= 0 && value <= max;
/** A file of so many days is read at once. */
const maxHistoryDays = 1830;
const isDays = (value: unknown): value is number => isNumberTo(maxHistoryDays)(value) && Number.isInteger(value);
/** Latency is known in whole seconds only, so nothing between them can be judged. */
const isBucketEdge = (value: unknown): value is number => isNumberTo(10)(value) && Number.isInteger(value) && value > 0;

class Reader {
  readonly problems: SettingProblem[] = [];

  constructor(private readonly t: Translate) {}

  /** The person's own value where it is allowed, else the default. */
  value<T>(
    name: string,
    { own, fallback }: WrittenSetting,
    allows: (value: unknown) => value is T,
    allowed: string,
  ): T {
    if (own === undefined || own === null) return fallback as T;
    if (allows(own)) return own;
    const { t } = this;
    const text = t('“{0}” is {1}. Allowed: {2}.', fullName(name), shown(own), allowed);
    this.tell(name, fallback === undefined ? text : `${text} ${t('Flowmeter uses {0}.', shown(fallback))}`);
    return fallback as T;
  }

  refreshMinutes({ own, fallback }: WrittenSetting): RefreshMinutes {
    const sources = Object.keys(fallback as RefreshMinutes);
    this.checkParts('refreshMinutes', own, sources);
    const allowed = this.t('{0} to {1}', 0, 1440);
    const minutes = sources.map((source) => {
      const one = { own: part(own, source), fallback: part(fallback, source) };
      return [source, this.value(`refreshMinutes.${source}`, one, isNumberTo(1440), allowed)];
    });
    return Object.fromEntries(minutes) as RefreshMinutes;
  }

  /** Level by level: the single setting, else the older object's, else the default. */
  thresholds(levels: WrittenSetting, older: unknown): Thresholds {
    const measures = Object.keys(levels.fallback as Thresholds);
    this.checkParts('levels', levels.own, measures);
    this.checkParts('thresholds', older, measures);
    const read = (
      measure: keyof Thresholds,
      allows: (value: unknown) => value is number,
      allowed: string,
    ): LevelLimits => {
      const [own, old, usual] = [levels.own, older, levels.fallback].map((one) => part(one, measure));
      this.checkParts(`levels.${measure}`, own, Object.keys(usual as LevelLimits));
      this.checkParts(`thresholds.${measure}`, old, limitLevels);
      const limits = limitLevels.flatMap((level): Limit[] => {
        const names = [`thresholds.${measure}.${level}`, `levels.${measure}.${level}`] as const;
        const inOlder = { own: part(old, level), fallback: part(usual, level) };
        const fallback = this.value<number | undefined>(names[0], inOlder, allows, allowed);
        const value = this.value<number | undefined>(names[1], { own: part(own, level), fallback }, allows, allowed);
        const isOlder = value === fallback && allows(inOlder.own);
        return value === undefined ? [] : [{ level, value, name: isOlder ? names[0] : names[1] }];
      });
      this.checkOrder(limits, measure === 'availabilityPercent');
      return Object.fromEntries(limits.map(({ level, value }) => [level, value]));
    };
    const percent = this.t('{0} to {1}', 0, 100);
    return {
      errorRatePercent: read('errorRatePercent', isNumberTo(100), percent),
      p90Seconds: read('p90Seconds', isBucketEdge, this.t('whole seconds, {0} to {1}', 1, 10)),
      availabilityPercent: read('availabilityPercent', isNumberTo(100), percent),
    };
  }

  /** A level that a worse one always comes before is never reached. */
  private checkOrder(limits: readonly Limit[], lowIsWorse: boolean): void {
    const { t } = this;
    for (const [index, mild] of limits.entries()) {
      const worse = limits[index - 1];
      if (!worse || mild.value === worse.value || mild.value < worse.value !== lowIsWorse) continue;
      const [name, other] = [fullName(mild.name), fullName(worse.name)];
      this.tell(
        mild.name,
        lowIsWorse
          ? t('“{0}” ({1}) is below “{2}” ({3}), so it has no effect. Raise it.', name, mild.value, other, worse.value)
          : t('“{0}” ({1}) is above “{2}” ({3}), so it has no effect. Lower it.', name, mild.value, other, worse.value),
      );
    }
  }

  /** Names that do not exist, such as misspelt ones, and what is no object at all. */
  private checkParts(name: string, own: unknown, known: readonly string[]): void {
    if (own === undefined || own === null) return;
    if (typeof own !== 'object' || Array.isArray(own)) {
      this.tell(name, this.t('“{0}” is {1}. Allowed: {2}.', fullName(name), shown(own), this.t('an object')));
      return;
    }
    for (const key of Object.keys(own)) {
      if (known.includes(key)) continue;
      this.tell(name, this.t('“{0}” is no setting. Known: {1}.', fullName(`${name}.${key}`), known.join(', ')));
    }
  }

  private tell(name: string, text: string): void {
    const [first] = name.split('.');
    const isSingle = first === settingNames.levels;
    this.problems.push({ setting: fullName(isSingle ? name : first!), text });
  }
}

/** One level's limit, and the name under which it was found. */
interface Limit {
  readonly level: LimitLevel;
  readonly value: number;
  readonly name: string;
}

function fullName(name: string): string {
  return `${settingsSection}.${name}`;
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** As it stands in the file; a long one is cut. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
