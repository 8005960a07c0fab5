import type { Account } from '../domain/account';
import type { FlowRecord } from './flowLoads';
import type { AccountStatus, AccountFigures } from '../domain/model';
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

export interface Entry {
  state: AccountState;
  /** Figures by flow id, until something changes that they hang on. */
  figures: Map<string, ReturnType<typeof summarizeFlow>>;
  cached: AccountFigures | undefined;
}
