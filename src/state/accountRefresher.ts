/** Reads one account: at most one run at a time, and beside it what its open dashboards show. */
import type { MetricAnswer, MetricsClient } from '../contract/client';
import type { MetricQuery } from '../contract/query';
import type { Account } from '../domain/account';
import type { AccountStatus } from '../domain/model';
import type { SchedulingClock } from '../util/clock';
import { defined } from '../util/defined';
import { AccountContext, type RefreshLog } from './accountContext';
import { metricsErrorFrom, statusOfAllFlows, statusOfAnswers, statusOfError } from './accountStatus';
import { DashboardReader } from './dashboardReader';
import type { FlowRecord } from './flowLoads';
import { FlowRowReader } from './flowRowReader';
import type { ViewRef } from './flowRef';
import type { FlowState } from './flowState';
import { covers, merge, type RefreshRequest } from './refreshRequest';
import { RefreshSchedule } from './refreshSchedule';
import type { SavedAccount } from './savedAccount';

/** Resolves to undefined where the account has no token yet; rejects with a `MetricsError`. */
export type Connect = (account: Account) => Promise<MetricsClient | undefined>;

/** The answers that earlier windows and other ones have read. */
export interface SavedAnswers {
  /** Undefined where there is nothing that this window has not seen. Never rejects. */
  load(account: Account): Promise<SavedAccount | undefined>;
}

interface AccountRefresherOptions {
  readonly account: Account;
  readonly state: FlowState;
  readonly connect: Connect;
  readonly clock: SchedulingClock;
  readonly log: RefreshLog;
  readonly saved?: SavedAnswers;
  /** A name that no account has any more and that left a token for the account's origin. Never rejects. */
  readonly formerName?: (account: Account) => Promise<string | undefined>;
  /** Milliseconds between two polls; 0 where polling is off. */
  readonly interval: number;
  /** A run has ended, so that the next one can be planned. */
  readonly onEnded: () => void;
}

interface Run {
  readonly request: RefreshRequest;
  readonly controller: AbortController;
  readonly startedAt: number;
  /** The answers that open dashboards got meanwhile. */
  readonly dashboardAnswers: MetricAnswer[];
  readonly done: Promise<void>;
}

export class AccountRefresher {
  private readonly context: AccountContext;
  private readonly schedule: RefreshSchedule;
  private readonly flows: FlowRowReader;
  private readonly dashboards: DashboardReader;
  private run: Run | undefined;
  private next: { request: RefreshRequest; readonly done: Promise<void> } | undefined;
  private disposed = false;

  constructor(private readonly options: AccountRefresherOptions) {
    const { account, state, clock, log, interval, connect, onEnded } = options;
    this.context = new AccountContext(account, state, clock, log);
    this.schedule = new RefreshSchedule(clock, interval);
    this.flows = new FlowRowReader(this.context);
    this.dashboards = new DashboardReader(this.context, {
      connect,
      isStopped: () => this.schedule.stopped,
      onAnswers: (dashboardAnswers, client, askedAt) => {
        // A run beside the dashboards tells the account's status itself, by their answers too.
        this.run?.dashboardAnswers.push(...dashboardAnswers);
        const status = this.run ? undefined : statusOfAnswers(dashboardAnswers);
        if (!status) return;
        this.conclude({ ...status, askedAt }, client, true);
        onEnded();
      },
    });
  }

  get account(): Account {
    return this.options.account;
  }

  setInterval(interval: number): void {
    this.schedule.interval = interval;
  }

  /** Milliseconds until the next poll is due; undefined where none is. */
  get dueIn(): number | undefined {
    return this.run ? undefined : this.schedule.dueIn;
  }

  get freshSince(): number {
    return this.schedule.freshSince;
  }

  get isHeldBack(): boolean {
    return this.schedule.isHeldBack;
  }

  get isFresh(): boolean {
    return this.schedule.isFresh;
  }

  /** Forgets what was learnt from answers: a new token or another window makes it void. */
  reset(): void {
    this.schedule.reset();
    this.flows.reset();
  }

  cancel(): void {
    this.run?.controller.abort();
    this.dashboards.cancelAll();
    this.next = undefined;
  }

  dispose(): void {
    this.disposed = true;
    this.cancel();
  }

  /** Joins the run in flight where that covers the request, else runs right after it. */
  refresh(request: RefreshRequest): Promise<void> {
    if (this.disposed) return Promise.resolve();
    const { run } = this;
    if (!run || run.controller.signal.aborted) return this.start(request);
    if (covers(run.request, request)) return run.done;
    // Answers of the run in flight are fresh enough for the next one.
    const rest = { ...request, freshSince: Math.min(request.freshSince, run.startedAt) };
    if (this.next) {
      this.next.request = merge(this.next.request, rest);
    } else {
      const done = run.done.then(() => {
        const following = this.next?.request;
        this.next = undefined;
        return following ? this.refresh(following) : undefined;
      });
      this.next = { request: rest, done };
    }
    return this.next.done;
  }

  /** Reads what a dashboard wants to show, as far as it was not read since that instant. */
  async readDashboard(flow: ViewRef, freshSince = this.freshSince): Promise<void> {
    if (!this.disposed) await this.dashboards.read(flow, freshSince);
  }

  cancelDashboard(flow: ViewRef): void {
    this.dashboards.cancel(flow);
  }

  async readQueries(queries: readonly MetricQuery[], signal: AbortSignal): Promise<readonly MetricAnswer[]> {
    const { context } = this;
    const answers: MetricAnswer[] = [];
    const begunAt = context.clock.now();
    const onAnswer = (answer: MetricAnswer): void => {
      context.take(answer, begunAt, signal.aborted);
      answers.push(answer);
    };
    const client = await this.options.connect(this.account);
    if (client) await context.inFlight.ask(client, queries, { signal, onAnswer });
    return answers;
  }

  private start(request: RefreshRequest): Promise<void> {
    const controller = new AbortController();
    const startedAt = this.options.clock.now();
    // The run is known before its first event, so that a listener cannot start another.
    const dashboardAnswers: MetricAnswer[] = [];
    const begun = Promise.resolve().then(() => this.perform(request, controller.signal, dashboardAnswers));
    const done = begun.finally(() => {
      if (this.run?.controller === controller) this.run = undefined;
      this.options.onEnded();
    });
    this.run = { request, controller, startedAt, dashboardAnswers, done };
    return done;
  }

  private async perform(
    request: RefreshRequest,
    signal: AbortSignal,
    dashboardAnswers: readonly MetricAnswer[],
  ): Promise<void> {
    const { account, state, connect, log, clock } = this.options;
    const begunAt = this.context.elapsed;
    const askedAt = clock.now();
    state.setBusy(account.name);
    let client: MetricsClient | undefined;
    let status: AccountStatus | undefined;
    let answers: readonly MetricAnswer[] = [];
    let fetchedAt: number | undefined;
    try {
      await this.mergeSaved();
      client = await connect(account);
      // A token is there, which is known before it was of use.
      if (client) state.clearStatus(account.name, new Set(['tokenMissing']), clock.now());
      if (!client) {
        status = { kind: 'tokenMissing', ...defined({ formerName: await this.options.formerName?.(account) }) };
      } else if (!signal.aborted) {
        fetchedAt = this.flows.freshFrom(request, this.schedule.isWell);
        answers = await this.readAll(client, request, signal, fetchedAt !== undefined);
        status =
          statusOfAnswers(answers) ??
          statusOfAnswers([...answers, ...dashboardAnswers]) ??
          statusOfAllFlows(this.context.records.values());
      }
    } catch (thrown) {
      const error = metricsErrorFrom(thrown);
      if (error !== thrown) log.error(thrown);
      status = statusOfError(error);
    }
    if (signal.aborted) {
      // A run that follows may have begun already; then the account is busy with that.
      if (!this.disposed && this.run?.controller.signal === signal) state.clearBusy(account.name);
      log.info(`“${account.name}”: refresh (${request.reason}) called off.`);
      return;
    }
    this.conclude(status && { ...status, askedAt }, client, request.flowIds !== undefined, fetchedAt);
    const outcome = status ? `: ${status.kind}${status.error ? ` (${status.error.message})` : ''}` : '';
    const took = Math.round(this.context.elapsed - begunAt);
    const text = `“${account.name}”: refresh (${request.reason}), ${answers.length} answers in ${took} ms${outcome}`;
    if (status) log.warn(text);
    // A meter changes every few seconds; its successes would flood the log.
    else if (request.reason !== 'news') log.info(text);
  }

  /** Reads list and flows; flows that an earlier window knew beside the list, which can take as long as the rest. */
  private async readAll(
    client: MetricsClient,
    request: RefreshRequest,
    signal: AbortSignal,
    isFresh: boolean,
  ): Promise<MetricAnswer[]> {
    const listing = isFresh ? undefined : this.flows.readList(client, request, signal);
    const known = !this.schedule.hasRun && this.context.known?.info ? this.context.records : undefined;
    if (!known?.size) await listing;
    const answers = signal.aborted ? [] : await this.readFlows(client, request, signal);
    await listing;
    if (!known?.size || signal.aborted || statusOfAnswers(answers)) return answers;
    const isNew = ({ flow }: FlowRecord): boolean => !known.has(flow.id);
    return [...answers, ...(await this.readFlows(client, request, signal, isNew))];
  }

  /** Reads flows, and their dashboards along with them. */
  private async readFlows(
    client: MetricsClient,
    request: RefreshRequest,
    signal: AbortSignal,
    isWanted?: (record: FlowRecord) => boolean,
  ): Promise<MetricAnswer[]> {
    const dashboards = this.readDashboards(request);
    const answers = await this.flows.readFlows(client, request, signal, isWanted);
    await dashboards;
    return answers;
  }

  private async readDashboards({ flowIds, insists, freshSince }: RefreshRequest): Promise<void> {
    const shown = this.options.state.dashboards.all.filter(
      ({ flow, shown }) => shown && flow.accountName === this.account.name && (!flowIds || flowIds.has(flow.flowId)),
    );
    await Promise.all(shown.map(({ flow }) => this.readDashboard(flow, insists ? freshSince : this.freshSince)));
  }

  private conclude(
    status: AccountStatus | undefined,
    client: MetricsClient | undefined,
    inPart: boolean,
    fetchedAt?: number,
  ): void {
    const { account, state, clock } = this.options;
    this.schedule.end(status, inPart, fetchedAt);
    this.run = undefined;
    const dueIn = status ? this.dueIn : undefined;
    const retryAt = dueIn === undefined ? undefined : Math.round(clock.now() + dueIn);
    state.setOutcome(account.name, {
      ...(status ? { accountStatus: { ...status, ...defined({ retryAt }) } } : {}),
      ...defined({ servedVersion: client?.servedVersion, fetchedAt }),
    });
  }

  /** Merges what other windows have read meanwhile, and before the first run what an earlier one has. */
  private async mergeSaved(): Promise<void> {
    const saved = await this.options.saved?.load(this.account);
    if (!saved || this.disposed) return;
    this.options.state.mergeSaved(this.account.name, saved);
    this.flows.takeSaved(saved);
  }
}
