import type { Account } from '../../domain/account';
import { elapsedBy, type SchedulingClock } from '../../util/clock';
import type { SavedAnswers } from '../../state/accountRefresher';
import { accountKey } from '../../state/accountKey';
import type { FlowState } from '../../state/flowState';
import type { SavedAccount } from '../../state/savedAccount';
import type { AnswerCacheFiles } from './answerCacheFiles';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import { defined } from '../../util/defined';
import type { FlowRecord } from '../../state/flowLoads';
import type { AccountState } from '../../state/accountState';

/** Answers that come one after the other are written together, but not put off for ever, in milliseconds. */
const calmMs = 1_000;
const longestWaitMs = 15_000;
/** Tolerance between the clocks of windows, and for their rounding. */
const aheadMs = 60_000;

interface AnswerCacheParts {
  /** Where the files lie. */
  readonly folder: string;
  readonly state: FlowState;
  readonly clock: SchedulingClock;
  readonly log: Pick<Log, 'error'>;
}

/** Keeps the last good answers in files, so that a new window has something to show at once. */
export class AnswerCache implements SavedAnswers {
  private readonly store = new DisposableStore();
  /** When the newest of what stands in each account's file was read, as far as this window knows. */
  private readonly written = new Map<string, number>();
  private accounts: readonly Account[] = [];
  private areAll = true;
  private opened: Promise<AnswerCacheFiles> | undefined;
  /** One thing at a time: a file is not written and removed at once. */
  private last: Promise<unknown> = Promise.resolve();
  private cancelTimer: (() => void) | undefined;
  private firstChangeAt: number | undefined;

  constructor(private readonly parts: AnswerCacheParts) {
    this.store.add(parts.state.onDidChange(() => this.plan()));
  }

  /** Reads nothing before the first call. */
  async load(account: Account): Promise<SavedAccount | undefined> {
    return this.inTurn(async (files) => this.loadFrom(files, account));
  }

  /** Files of accounts that are gone go with them, unless some entry cannot be read: it may be the account of a file. */
  setAccounts(accounts: readonly Account[], areAll = true): void {
    this.areAll = areAll;
    const kept = new Set(accounts.map(accountKey));
    const gone = this.accounts.some((account) => !kept.has(accountKey(account)));
    this.accounts = accounts;
    for (const key of [...this.written.keys()]) if (!kept.has(key)) this.written.delete(key);
    if (gone) this.sweep();
  }

  /** Resolves once nothing is being written. */
  async settle(): Promise<void> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    await this.last;
  }

  dispose(): void {
    this.cancelTimer?.();
    this.store.dispose();
  }

  private plan(): void {
    if (this.changed.length === 0) return;
    const { clock } = this.parts;
    this.firstChangeAt ??= elapsedBy(clock);
    this.cancelTimer?.();
    const latest = this.firstChangeAt + longestWaitMs - elapsedBy(clock);
    this.cancelTimer = clock.after(Math.max(0, Math.min(calmMs, latest)), () => this.write());
  }

  /** Accounts of which this window knows something that is not in their file. */
  private get changed(): readonly AccountState[] {
    return this.accounts.flatMap((account) => {
      const state = this.parts.state.account(account.name);
      const stamp = this.written.get(accountKey(account)) ?? -Infinity;
      const written = this.isAhead(stamp) ? -Infinity : stamp;
      return state?.listedAt !== undefined && newestOf(state, state.records.values()) > written ? [state] : [];
    });
  }

  private async loadFrom(files: AnswerCacheFiles, account: Account): Promise<SavedAccount | undefined> {
    const saved = await files.load(account);
    const knowsOwn = this.parts.state.account(account.name)?.listedAt !== undefined;
    if (saved && knowsOwn && this.isAhead(newestOf(saved, saved.records))) return undefined;
    if (saved) this.written.set(accountKey(account), newestOf(saved, saved.records));
    return saved;
  }

  /** Written before the computer's clock was set back: newer by its stamp, and yet older than what is read now. */
  private isAhead(stamp: number): boolean {
    return stamp > this.parts.clock.now() + aheadMs;
  }

  private write(): void {
    this.cancelTimer = undefined;
    this.firstChangeAt = undefined;
    const { state } = this.parts;
    for (const { account } of this.changed) {
      void this.inTurn(async (files) => {
        // Another window may have written meanwhile; what it knows better stays.
        const other = await this.loadFrom(files, account);
        if (other) state.mergeSaved(account.name, other);
        const current = state.account(account.name);
        // The account may have gone or changed while this waited for its turn.
        if (!current || accountKey(current.account) !== accountKey(account)) return;
        this.written.set(accountKey(account), newestOf(current, current.records.values()));
        await files.save(account, savedOf(current, state.window));
      });
    }
    this.sweep();
  }

  private sweep(): void {
    if (!this.areAll) return;
    void this.inTurn((files) => files.retainOnly(this.accounts, this.parts.clock.now()));
  }

  /** A disk that fails costs the answers of the last window, and nothing else. */
  private inTurn<T>(act: (files: AnswerCacheFiles) => Promise<T>): Promise<T | undefined> {
    const next = this.last.then(async () => {
      try {
        this.opened ??= import('./answerCacheFiles').then(
          ({ AnswerCacheFiles: Files }) => new Files(this.parts.folder),
        );
        return await act(await this.opened);
      } catch (thrown) {
        this.parts.log.error(thrown);
        return undefined;
      }
    });
    this.last = next;
    return next;
  }
}

function newestOf(
  {
    listedAt = -Infinity,
    fetchedAt = -Infinity,
    accountFailedAt = -Infinity,
  }: Pick<AccountState, 'listedAt' | 'fetchedAt' | 'accountFailedAt'>,
  records: Iterable<FlowRecord>,
): number {
  let newest = Math.max(listedAt, fetchedAt, accountFailedAt);
  for (const { attemptedAt = -Infinity } of records) if (attemptedAt > newest) newest = attemptedAt;
  return newest;
}

function savedOf(
  { records, listedAt = 0, fetchedAt, accountStatus, info, servedVersion, limitedTo }: AccountState,
  window: SavedAccount['window'],
): SavedAccount {
  return {
    window,
    // Older answers of a failing account are shown, but do not keep the next window from reading.
    listedAt: accountStatus ? 0 : listedAt,
    records: [...records.values()],
    ...(fetchedAt === undefined || accountStatus ? {} : { fetchedAt }),
    ...defined({ info, servedVersion, limitedTo }),
  };
}
