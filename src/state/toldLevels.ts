/** What was told of flows, and which ones are muted: the same for all windows, and kept in one file. */
import type { Account } from '../domain/account';
import { alarms, compareConditions, metaWords, reaches, type Alarm, type Condition } from '../domain/condition';
import { dayMs, isInstant } from '../contract/calendar';
import { objectOf, type JsonObject } from '../util/json';

interface ToldLevel extends Condition {
  /** How fresh the figures were that showed it. */
  readonly asOf: number;
  readonly at: number;
  /** True where a person was told of the fall, and so is told of its end. */
  readonly told: boolean;
}

/** By `noticeKey`. */
export interface ToldLevels {
  readonly levels: ReadonlyMap<string, ToldLevel>;
  /** Until when a flow is muted, in epoch milliseconds. */
  readonly mutes: ReadonlyMap<string, number>;
}

export const noToldLevels: ToldLevels = { levels: new Map(), mutes: new Map() };

export const muteMs = dayMs;
/** Nobody remembers what was told so long ago. */
const forgottenMs = 90 * dayMs;
const maxEntries = 20_000;

/** A flow at its server, whatever a person calls the account: what was told and muted stays through a change of name. */
export function noticeKey(account: Account, flowId: string): string {
  return `${serverKey(account)} ${flowId}`;
}

function serverKey({ source, baseUrl = '' }: Account): string {
  return JSON.stringify([source, baseUrl]);
}

/** Without the flows of servers that no account reads any more. */
export function retainAccounts(told: ToldLevels, accounts: readonly Account[]): ToldLevels {
  const kept = new Set(accounts.map(serverKey));
  const isKept = ([key]: readonly [string, unknown]): boolean => kept.has(key.slice(0, key.lastIndexOf(' ')));
  const levels = new Map([...told.levels].filter(isKept));
  const mutes = new Map([...told.mutes].filter(isKept));
  const isSame = levels.size === told.levels.size && mutes.size === told.mutes.size;
  return isSame ? told : { levels, mutes };
}

interface Change {
  readonly key: string;
  readonly from: Condition;
  readonly to: Condition;
  readonly silent: boolean;
  readonly asOf: number;
}

interface Settled {
  readonly levels: ToldLevels;
  /** What all windows know of the flow now. */
  readonly known: Condition;
  /** What they knew before. */
  readonly from: Condition;
  readonly news?: 'worse' | 'better';
}

/** One change that has lasted, beside what another window may have told of it meanwhile. */
export function settleChange(told: ToldLevels, change: Change, limit: Alarm, now: number): Settled {
  const { key, to, asOf, silent } = change;
  const before = told.levels.get(key);
  // Another window knows newer figures.
  if (before && asOf < before.asOf) return { levels: told, known: conditionAlone(before), from: change.from };
  const from = before ? conditionAlone(before) : change.from;
  const difference = compareConditions(to, from);
  if (difference === 0) return { levels: told, known: to, from };
  const isMute = silent || isMuted(told, key, now);
  const wasTold = before?.told === true;
  const isWorse = difference > 0 && reaches(to, limit);
  // Meta's word may ease while the level stays: the message would say that nothing is better.
  const isBetter = difference < 0 && to.alarm !== from.alarm && wasTold && reaches(from, limit);
  const news = isMute ? undefined : isWorse ? 'worse' : isBetter ? 'better' : undefined;
  const next = { ...to, asOf, at: now, told: reaches(to, limit) && (wasTold || news === 'worse') };
  return {
    levels: { ...told, levels: new Map(told.levels).set(key, next) },
    known: to,
    from,
    ...(news ? { news } : {}),
  };
}

/** The fall of which a person was told, where the flow is better now: its recovery is still to be told. */
export function untoldRecovery(told: ToldLevels, key: string, seen: Condition): Condition | undefined {
  const before = told.levels.get(key);
  return before?.told && compareConditions(seen, before) < 0 ? conditionAlone(before) : undefined;
}

function isMuted({ mutes }: ToldLevels, key: string, now: number): boolean {
  return (mutes.get(key) ?? 0) > now;
}

export function withMutes(told: ToldLevels, keys: readonly string[], until: number | undefined): ToldLevels {
  const mutes = new Map(told.mutes);
  for (const key of keys) {
    if (until === undefined) mutes.delete(key);
    else mutes.set(key, until);
  }
  return { ...told, mutes };
}

/** As a file holds it, without what is over. */
export function writeToldLevels({ levels, mutes }: ToldLevels, now: number): string {
  return JSON.stringify({
    levels: Object.fromEntries([...levels].filter(([, { at }]) => now - at < forgottenMs)),
    mutes: Object.fromEntries([...mutes].filter(([, until]) => until > now)),
  });
}

/** What of it makes no sense, and what is not of our making, counts as never told. */
export function readToldLevels(text: string): ToldLevels {
  const { levels, mutes } = parsedObject(text);
  return {
    levels: new Map(
      entriesOf(levels).flatMap(([key, one]): [string, ToldLevel][] => {
        const { alarm, meta, asOf, at, told } = objectOf(one) ?? {};
        const known = { alarm: alarms.find((name) => name === alarm), meta: metaWords.find((name) => name === meta) };
        return known.alarm && known.meta && isInstant(asOf) && isInstant(at)
          ? [[key, { alarm: known.alarm, meta: known.meta, asOf, at, told: told === true }]]
          : [];
      }),
    ),
    mutes: new Map(
      entriesOf(mutes).flatMap(([key, until]): [string, number][] => (isInstant(until) ? [[key, until]] : [])),
    ),
  };
}

function conditionAlone({ alarm, meta }: Condition): Condition {
  return { alarm, meta };
}

function parsedObject(text: string): JsonObject {
  try {
    return objectOf(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return Object.entries(objectOf(value) ?? {}).slice(0, maxEntries);
}
