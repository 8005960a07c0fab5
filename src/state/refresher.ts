/** Owns every reason to read: nothing else asks a client for flows or metrics. */
import type { MetricAnswer } from '../contract/client';
import type { MetricQuery } from '../contract/query';
import type { Account, AccountSource } from '../domain/account';
import type { RefreshLog } from './accountContext';
import { AccountRefresher, type Connect, type SavedAnswers } from './accountRefresher';
import { readAll } from './refreshRequest';
import { sameAccount } from './accountKey';
import type { FlowRef, ViewRef } from './flowRef';
import type { FlowState, Judgement } from './flowState';
import { ChangeThrottle, type ChangeScope } from './changeThrottle';
import type { PanelView } from '../domain/view';
import type { SchedulingClock } from '../util/clock';

/**
 * Why a read happens. `command` comes from a person and always asks; the others leave out what is fresh, and hold back
 * while a token is refused or a server asked for a pause. `news` is a server's own word that something is new there.
 */
type RefreshReason = 'command' | 'view' | 'timer' | 'setting' | 'token' | 'news';

/** Minutes between two polls by source; 0 turns polling off. */
export type RefreshMinutes = Readonly<Record<AccountSource, number>>;

interface RefresherOptions {
  readonly state: FlowState;
  readonly connect: Connect;
  readonly clock: SchedulingClock;
  readonly log: RefreshLog;
  readonly minutes: RefreshMinutes;
  readonly saved?: SavedAnswers;
  readonly formerName?: (account: Account) => Promise<string | undefined>;
}

const minuteMs = 60_000;
/** The clock is looked at this often at least: a computer that slept, or a clock that was set, is then noticed. */
const longestTimerMs = minuteMs;

export class Refresher {
  private accounts = new Map<string, AccountRefresher>();
  private minutes: RefreshMinutes;
  private inUse = false;
  private disposed = false;
  private cancelTimer: () => void = () => undefined;
  private readonly serverChanges: ChangeThrottle;

  constructor(private readonly options: RefresherOptions) {
    this.minutes = options.minutes;
    this.serverChanges = new ChangeThrottle(options.clock, (accountName, scope) =>
      this.readChanges(accountName, scope),
    );
  }

  /** Takes over the accounts of the settings; new and changed ones are read at the next use. */
  setAccounts(accounts: readonly Account[]): void {
    const before = this.accounts;
    this.accounts = new Map();
    for (const account of accounts) {
      const known = before.get(account.name);
      before.delete(account.name);
      if (known && sameAccount(known.account, account)) this.accounts.set(account.name, known);
      else {
        known?.dispose();
        this.accounts.set(account.name, this.create(account));
      }
    }
    for (const gone of before.values()) gone.dispose();
    this.options.state.setAccounts(accounts);
    this.setPollIntervals();
    this.schedule();
  }

  setMinutes(minutes: RefreshMinutes): void {
    this.minutes = minutes;
    for (const one of this.accounts.values()) one.setInterval(minutes[one.account.source] * minuteMs);
    this.setPollIntervals();
    this.schedule();
  }

  /** Other thresholds judge what is there; another window has to be read. */
  async judgeBy(judgement: Judgement): Promise<void> {
    const { state } = this.options;
    const changed = judgement.window !== state.window;
    state.judgeBy(judgement);
    if (changed) await Promise.all([...this.accounts.values()].map((one) => this.reread(one, 'setting')));
  }

  /** True while somebody looks: only then are there timers, and what is due is read. */
  setInUse(inUse: boolean): void {
    this.inUse = inUse;
    this.serverChanges.setInUse(inUse);
    this.schedule();
  }

  /** The account's server says that this flow, or more than one, is no longer as it was: it is read soon. */
  serverChanged(accountName: string, flowId?: string): void {
    this.serverChanges.add(accountName, flowId);
  }

  /** Resolves when what was asked for has been read, or has failed; the state tells which. */
  async refresh(reason: RefreshReason, scope: Partial<FlowRef> = {}): Promise<void> {
    const { accountName, flowId } = scope;
    const wanted = [...this.accounts.values()].filter(
      ({ account }) => accountName === undefined || account.name === accountName,
    );
    await Promise.all(wanted.map((one) => this.readOne(one, reason, flowId)));
  }

  /**
   * A token was set, replaced or removed: the account is read once with what is there now. `byPerson` says that it
   * happened in this window; elsewhere it waits until this window is of use.
   */
  async tokenChanged(accountName: string, byPerson = false): Promise<void> {
    const one = this.accounts.get(accountName);
    if (one) await this.reread(one, 'token', byPerson);
  }

  /** A dashboard, or the overview beside it, shows this view of a flow from now on. */
  async showView(flow: ViewRef, view: PanelView): Promise<void> {
    const { state } = this.options;
    state.dashboards.setView(flow, view);
    await this.readDashboard(flow);
  }

  /** A dashboard came to the front, or went behind another. */
  async setPanelShown(flow: ViewRef, shown: boolean): Promise<void> {
    this.options.state.dashboards.setShown(flow, shown);
    if (shown) await this.readDashboard(flow);
  }

  /** The answers to single queries, for what a person asked; no view keeps them. Empty where there is no token. */
  async readQueries(
    accountName: string,
    queries: readonly MetricQuery[],
    signal: AbortSignal,
  ): Promise<readonly MetricAnswer[]> {
    return (await this.accounts.get(accountName)?.readQueries(queries, signal)) ?? [];
  }

  closeDashboard(flow: ViewRef): void {
    this.accounts.get(flow.accountName)?.cancelDashboard(flow);
    this.options.state.dashboards.delete(flow);
  }

  dispose(): void {
    this.disposed = true;
    this.cancelTimer();
    this.serverChanges.dispose();
    for (const one of this.accounts.values()) one.dispose();
  }

  private setPollIntervals(): void {
    for (const { account } of this.accounts.values()) {
      this.options.state.setPollInterval(account.name, this.minutes[account.source] * minuteMs);
    }
  }

  private create(account: Account): AccountRefresher {
    return new AccountRefresher({
      ...this.options,
      account,
      interval: this.minutes[account.source] * minuteMs,
      onEnded: () => this.schedule(),
    });
  }

  private async readOne(one: AccountRefresher, reason: RefreshReason, flowId: string | undefined): Promise<void> {
    const insists = reason === 'command';
    if (!insists && (one.isHeldBack || (reason === 'view' && one.isFresh))) return;
    await one.refresh({
      reason,
      insists,
      freshSince: insists ? readAll : one.freshSince,
      ...(flowId === undefined ? {} : { flowIds: new Set([flowId]) }),
    });
  }

  private readChanges(accountName: string, scope: ChangeScope): void {
    const one = this.accounts.get(accountName);
    const records = this.options.state.account(accountName)?.records;
    if (!one) return;
    // A flow that nobody has heard of is only found in the list.
    const isKnown = scope !== 'all' && [...scope].every((flowId) => records?.has(flowId));
    one
      .refresh({ reason: 'news', insists: true, freshSince: readAll, ...(isKnown ? { flowIds: scope } : {}) })
      .catch((error) => this.options.log.error(error));
  }

  private async reread(one: AccountRefresher, reason: RefreshReason, now = this.inUse): Promise<void> {
    one.cancel();
    one.reset();
    if (now || this.inUse) await one.refresh({ reason, insists: true, freshSince: readAll });
  }

  private async readDashboard(flow: ViewRef): Promise<void> {
    const one = this.accounts.get(flow.accountName);
    if (!one) return;
    const known = this.options.state.account(flow.accountName)?.records.has(flow.flowId);
    // The account's first run reads its dashboards too.
    if (known) await one.readDashboard(flow);
    else if (!one.isHeldBack && !one.isFresh) await one.refresh({ reason: 'view', freshSince: one.freshSince });
  }

  private schedule(): void {
    this.cancelTimer();
    if (this.disposed) return;
    const { clock, state } = this.options;
    const due: number[] = [];
    for (const { account, dueIn } of this.accounts.values()) {
      const isPlanned = dueIn !== undefined;
      state.setNextRead(account.name, isPlanned ? (this.inUse ? clock.now() + dueIn : 'onceSeen') : undefined);
      if (isPlanned && this.inUse) due.push(dueIn);
    }
    if (due.length === 0) return;
    const wait = Math.min(...due, longestTimerMs);
    this.cancelTimer = clock.after(wait, () => this.poll());
  }

  private poll(): void {
    for (const one of this.accounts.values()) {
      const { dueIn } = one;
      if (dueIn === undefined || dueIn > 0) continue;
      one.refresh({ reason: 'timer', freshSince: one.freshSince }).catch((error) => this.options.log.error(error));
    }
    this.schedule();
  }
}
