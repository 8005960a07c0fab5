import type { Account } from '../domain/account';
import { sameAccount } from './accountKey';
import type { FlowRecord } from './flowLoads';
import { defined } from '../util/defined';
import type { AccountStatus, AccountFigures, NextRead } from '../domain/model';
import type { ServerInfo } from '../contract/client';
import type { summarizeFlow } from './flowSummary';

/** All that is known of one account. */
export interface AccountState {
  readonly account: Account;
  /** In the order of the listing. */
  readonly records: ReadonlyMap<string, FlowRecord>;
  /** When the list of flows was read last. */
  readonly listedAt?: number;
  /** There are more flows than so many, which are all that is known here. */
  readonly limitedTo?: number | undefined;
  /** True once a read ended, whatever its outcome. */
  readonly read: boolean;
  readonly busy: boolean;
  /** Milliseconds between two polls; 0 where polling is off. */
  readonly interval: number;
  readonly accountStatus?: AccountStatus;
  /** When the account's last attempt failed. */
  readonly accountFailedAt?: number;
  readonly fetchedAt?: number;
  /** When the next poll is planned. */
  readonly nextRead?: NextRead | undefined;
  readonly slowedAt?: number | undefined;
  readonly info?: ServerInfo;
  readonly servedVersion?: string;
}

export function sameInfo(a: ServerInfo | undefined, b: ServerInfo): boolean {
  return (
    a?.zone === b.zone &&
    a.store === b.store &&
    a.minRequests === b.minRequests &&
    a.version === b.version &&
    a.clock === b.clock
  );
}

export function emptyEntry(account: Account): Entry {
  return {
    state: { account, records: new Map(), read: false, busy: false, interval: 0 },
    figures: new Map(),
    cached: undefined,
  };
}

/** The entry of an account that is gone and was the same but for its name: its flows are those of the new name. */
export function renamedEntry(
  account: Account,
  before: readonly Entry[],
  accounts: readonly Account[],
): Entry | undefined {
  const former = before.find(({ state: { account: old } }) => {
    return sameAccount({ ...old, name: account.name }, account) && !accounts.some(({ name }) => name === old.name);
  });
  if (!former) return undefined;
  // Trouble of the old name is left out: it is met again, or is over.
  const { records, read, interval, listedAt, limitedTo, fetchedAt, info, servedVersion } = former.state;
  const known = defined({ listedAt, limitedTo, fetchedAt, info, servedVersion });
  return { ...emptyEntry(account), state: { account, records, read, busy: false, interval, ...known } };
}

export interface Entry {
  state: AccountState;
  /** Figures by flow id, until something changes that they hang on. */
  figures: Map<string, ReturnType<typeof summarizeFlow>>;
  cached: AccountFigures | undefined;
}
