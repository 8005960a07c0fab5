/** Reads one account: at most one run at a time, and beside it what its open dashboards show. */
import type { Account } from '../domain/account';
import type { MetricAnswer, MetricsClient } from '../contract/client';
import type { Flow } from '../contract/flow';
import { elapsedBy, type SchedulingClock } from '../util/clock';
import { queryKey, type MetricQuery } from '../contract/query';
import { compareLevels } from '../domain/health';
import type { AccountStatus, HealthLevel, HealthWindow } from '../domain/model';
import { isLive, planWindow, type WindowPlan } from '../domain/windows';
import type { FlowRef } from './flowRef';
import type { FlowState } from './flowState';
import type { Loadable } from './loadable';
import { panelQueries, rowQueries } from '../domain/queryPlans';
import { InFlightQueries } from './inFlightQueries';
import type { SavedAccount } from './savedAccount';
import { metricsErrorFrom, statusOfAllFlows, statusOfAnswers, statusOfError } from './accountStatus';
import { type PanelView, sameView, planView, millisecondsOf } from '../domain/view';
import { isNotMeasured } from '../domain/flowRules';
import { defined } from '../util/defined';
import { type FlowRecord, answeredAt, knownSeriesOf, isAnswer } from './flowLoads';

/** Resolves to undefined where the account has no token yet; rejects with a `MetricsError`. */
export type Connect = (account: Account) => Promise<MetricsClient | undefined>;

/** What earlier windows and others have read. */
export interface SavedAnswers {
  /** Undefined where there is nothing that this window has not seen. Never rejects. */
  load(account: Account): Promise<SavedAccount | undefined>;
}

export interface RefreshLog {
  info(text: string): void;
  warn(text: string): void;
  /** What nobody expected, with its stack. */
  error(thrown: unknown): void;
}

export interface AccountRefresherOptions {
  readonly account: Account;
  readonly state: FlowState;
  readonly connect: Connect;
  readonly clock: SchedulingClock;
  readonly log: RefreshLog;
  readonly saved?: SavedAnswers;
  /** Milliseconds between two polls; 0 where polling is off. */
  readonly interval: number;
  /** A run has ended, so that the next one can be planned. */
  readonly onEnded: () => void;
}

/** What a run is to do. */
export interface RefreshRequest {
  /** For the log. */
  readonly reason: string;
  /** These flows only; absent: the list of flows and every flow. */
  readonly flowIds?: ReadonlySet<string>;
  /** A person asked: open dashboards are asked anew as well, however fresh they are. */
  readonly insists?: boolean;
  /** Flows whose last good answer is not older than this instant are not asked again. */
  readonly freshSince: number;
}

interface Run {
  readonly request: RefreshRequest;
  readonly controller: AbortController;
  readonly startedAt: number;
  readonly done: Promise<void>;
}

interface PanelRead {
  readonly view: PanelView;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** No answer is fresh enough, since a person insists. */
export const askAll = Infinity;
/** No answer is fresh enough, though nobody insists. */
const nothingIsFresh = Number.MAX_VALUE;

const minuteMs = 60_000;
/** After trouble that may pass, the next attempt comes earlier than the next poll would. */
const retryMs = 15 * minuteMs;
const passing: ReadonlySet<AccountStatus['kind'] | undefined> = new Set(['offline', 'failed']);
/** Trouble that is over once the list of flows was answered, and once a question about metrics was. */
const overByList: ReadonlySet<AccountStatus['kind']> = new Set(['tokenRefused', 'offline', 'notFound', 'failed']);
const overByAnswer: ReadonlySet<AccountStatus['kind']> = new Set([
  ...(['tokenRefused', 'permission', 'throttled', 'offline', 'withdrawn'] as const),
]);
/** A server that names no end of its pause, or one that has passed, is left alone for so long at least. */
const shortestPauseMs = minuteMs;
const defaultPauseMs = 15 * minuteMs;
/** A flow with too little data in the shorter window is judged by a longer one for a day, before that is tried again. */
const widenedForMs = 24 * 60 * minuteMs;

/** Nothing else comes before a flow that was not asked for so long but what a person looks at. */
const overdueMs = 24 * 60 * minuteMs;

const windows: readonly HealthWindow[] = ['24h', '7d', '30d'];

export class AccountRefresher {
  private readonly inFlight = new InFlightQueries();
  private readonly widened = new Map<string, { readonly window: HealthWindow; readonly until: number }>();
  private readonly panelReads = new Map<string, PanelRead>();
  private run: Run | undefined;
  private next: { request: RefreshRequest; readonly done: Promise<void> } | undefined;
  /** The token is missing or was refused: nothing is asked until it changes, or a person insists. */
  private stopped = false;
  /** In time that has passed, as `endedAt` is. */
  private pausedUntil = -Infinity;
  private endedAt: number | undefined;
  /** Both readings of the clock when the last run ended. */
  private lastEnd: { readonly now: number; readonly elapsed: number } | undefined;
  private accountStatus: AccountStatus['kind'] | undefined;
  private disposed = false;

  constructor(private options: AccountRefresherOptions) {}

  get account(): Account {
    return this.options.account;
  }

  setInterval(interval: number): void {
    this.options = { ...this.options, interval };
  }

  /** In how many milliseconds the next poll is due; undefined where none is. Never read yet is due at once. */
  get dueIn(): number | undefined {
    const { interval } = this.options;
    if (this.run || this.stopped) return undefined;
    // After the clock was set back nothing tells any more how old the answers are.
    if (this.endedAt === undefined || (this.wasSetBack && !this.paused)) return 0;
    if (interval === 0) return undefined;
    return Math.max(0, this.plannedAt(this.endedAt) - this.elapsed);
  }

  private plannedAt(endedAt: number): number {
    const { interval } = this.options;
    // What a pause cut short goes on as soon as it is over.
    if (this.accountStatus === 'throttled') return Math.max(this.pausedUntil, endedAt + shortestPauseMs);
    return endedAt + (passing.has(this.accountStatus) ? Math.min(interval, retryMs) : interval);
  }

  /** Answers younger than half the poll interval are fresh; with polling off every answer is. */
  get freshSince(): number {
    const { clock, interval } = this.options;
    if (this.wasSetBack) return nothingIsFresh;
    return interval === 0 ? -Infinity : clock.now() - interval / 2;
  }

  /** Refused tokens and pauses hold back whatever nobody asked for. */
  get heldBack(): boolean {
    return this.stopped || this.paused;
  }

  /** Nothing that a look at the view would have to ask. */
  get isFresh(): boolean {
    const { interval } = this.options;
    if (this.endedAt === undefined || this.accountStatus !== undefined || this.wasSetBack) return false;
    return interval === 0 || this.elapsed - this.endedAt < interval / 2;
  }

  /** A new token, or another window: what was learnt from answers no longer holds. */
  forget(): void {
    this.stopped = false;
    this.pausedUntil = -Infinity;
    this.widened.clear();
    this.endedAt = undefined;
  }

  /** Calls off whatever is under way. */
  cancel(): void {
    this.run?.controller.abort();
    for (const { controller } of this.panelReads.values()) controller.abort();
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
    // What the run in flight asks has just been asked.
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

  /** Reads what a dashboard wants to show, as far as it is not there already from after that instant. */
  readPanel(flow: FlowRef, freshSince = this.freshSince): Promise<void> {
    const panel = this.options.state.dashboards.get(flow);
    if (!panel || this.disposed) return Promise.resolve();
    const under = this.panelReads.get(flow.flowId);
    if (under && !under.controller.signal.aborted && sameView(under.view, panel.view)) return under.done;
    under?.controller.abort();
    const controller = new AbortController();
    const done = this.performPanel(flow, panel.view, freshSince, controller.signal).finally(() => {
      if (this.panelReads.get(flow.flowId)?.controller === controller) this.panelReads.delete(flow.flowId);
    });
    this.panelReads.set(flow.flowId, { view: panel.view, controller, done });
    return done;
  }

  closePanel(flow: FlowRef): void {
    this.panelReads.get(flow.flowId)?.controller.abort();
  }

  private get elapsed(): number {
    return elapsedBy(this.options.clock);
  }

  /** The computer's clock was set back since the last run: what was read before bears stamps that tell nothing now. */
  private get wasSetBack(): boolean {
    const { lastEnd } = this;
    if (!lastEnd) return false;
    const passed = Math.max(0, this.elapsed - lastEnd.elapsed);
    return this.options.clock.now() < lastEnd.now + passed - minuteMs;
  }

  private get paused(): boolean {
    return this.pausedUntil > this.elapsed;
  }

  private start(request: RefreshRequest): Promise<void> {
    const controller = new AbortController();
    const startedAt = this.options.clock.now();
    // The run is known before its first event, so that whoever hears of it cannot start another.
    const begun = Promise.resolve().then(() => this.perform(request, controller.signal));
    const done = begun.finally(() => {
      if (this.run?.controller === controller) this.run = undefined;
      this.options.onEnded();
    });
    this.run = { request, controller, startedAt, done };
    return done;
  }

  private async perform(request: RefreshRequest, signal: AbortSignal): Promise<void> {
    const { account, state, connect, log } = this.options;
    const begunAt = this.elapsed;
    state.setBusy(account.name);
    let client: MetricsClient | undefined;
    let accountStatus: AccountStatus | undefined;
    let asked = 0;
    let fetchedAt: number | undefined;
    try {
      await this.takeOver();
      client = await connect(account);
      // That there is a token is known before it was of use.
      if (client) state.clearStatus(account.name, new Set(['tokenMissing']), this.options.clock.now());
      if (!client) accountStatus = { kind: 'tokenMissing' };
      else if (!signal.aborted) {
        fetchedAt = this.freshFrom(request);
        const listing = fetchedAt === undefined ? this.readList(client, request, signal) : undefined;
        // What an earlier window knew is asked while the list is read, which can take as long as all the rest.
        const known =
          this.endedAt === undefined && this.options.state.account(account.name)?.info ? this.records : undefined;
        if (!known?.size) await listing;
        const answers = signal.aborted ? [] : await this.askFlows(client, request, signal);
        await listing;
        const isNew = ({ flow }: FlowRecord): boolean => known !== undefined && !known.has(flow.id);
        if (known?.size && !signal.aborted && !statusOfAnswers(answers)) {
          answers.push(...(await this.askFlows(client, request, signal, isNew)));
        }
        asked = answers.length;
        accountStatus = statusOfAnswers(answers) ?? statusOfAllFlows(this.records.values());
      }
    } catch (thrown) {
      const error = metricsErrorFrom(thrown);
      if (error !== thrown) log.error(thrown);
      accountStatus = statusOfError(error);
    }
    if (signal.aborted) {
      // A run that follows may have begun already; then the account is busy with that.
      if (!this.disposed && this.run?.controller.signal === signal) state.clearBusy(account.name);
      log.info(`“${account.name}”: refresh (${request.reason}) called off.`);
      return;
    }
    this.conclude(accountStatus, client, request.flowIds !== undefined, fetchedAt);
    const outcome = accountStatus
      ? `: ${accountStatus.kind}${accountStatus.error ? ` (${accountStatus.error.message})` : ''}`
      : '';
    const text = `“${account.name}”: refresh (${request.reason}), ${asked} answers in ${Math.round(this.elapsed - begunAt)} ms${outcome}`;
    if (accountStatus) log.warn(text);
    // A meter has news every few seconds; that all went well need not be told each time.
    else if (request.reason !== 'news') log.info(text);
  }

  private conclude(
    accountStatus: AccountStatus | undefined,
    client: MetricsClient | undefined,
    inPart: boolean,
    fetchedAt?: number,
  ): void {
    const { account, state, clock, interval } = this.options;
    const now = clock.now();
    // That a part went well says nothing of when the whole is due.
    if (accountStatus || !inPart || this.endedAt === undefined) {
      // Who was content with another window's answers comes a little after that window, and finds its next ones.
      this.endedAt = this.elapsed - (fetchedAt === undefined ? 0 : now - fetchedAt - interval / 20);
      this.lastEnd = { now, elapsed: this.elapsed };
      this.accountStatus = accountStatus?.kind;
    }
    this.stopped = accountStatus?.kind === 'tokenMissing' || accountStatus?.kind === 'tokenRefused';
    this.pausedUntil =
      accountStatus?.kind === 'throttled'
        ? this.elapsed + Math.max((accountStatus.retryAt ?? now + defaultPauseMs) - now, shortestPauseMs)
        : -Infinity;
    this.run = undefined;
    const dueIn = accountStatus ? this.dueIn : undefined;
    const retryAt = dueIn === undefined ? undefined : Math.round(now + dueIn);
    const { servedVersion } = client ?? {};
    state.setOutcome(account.name, {
      ...(accountStatus ? { accountStatus: { ...accountStatus, ...defined({ retryAt }) } } : {}),
      ...defined({ servedVersion, fetchedAt }),
    });
  }

  /** Takes over what other windows have read meanwhile, and before the first run what an earlier one has. */
  private async takeOver(): Promise<void> {
    const { account, state, saved: answers, clock } = this.options;
    const saved = await answers?.load(account);
    if (!saved || this.disposed) return;
    state.mergeSaved(account.name, saved);
    if (saved.window !== state.window) return;
    // Flows that are known to have too little data in the shorter window need not be asked that again.
    for (const { flow, reading } of saved.records) {
      const until = reading ? answeredAt({ flow, reading }) + widenedForMs : -Infinity;
      const left = Math.min(until - clock.now(), widenedForMs);
      if (reading && reading.plan.window !== state.window && left > 0 && !this.widened.has(flow.id)) {
        this.widened.set(flow.id, { window: reading.plan.window, until: this.elapsed + left });
      }
    }
  }

  /** When everything that the request is about was read, where all of that is fresh enough. */
  private freshFrom(request: RefreshRequest): number | undefined {
    const fetchedAt = this.options.state.account(this.account.name)?.fetchedAt;
    const fresh = fetchedAt !== undefined && this.isSince(request, fetchedAt) && this.accountStatus === undefined;
    return fresh && this.isListed(request) && this.flowsToAsk(request).length === 0 ? fetchedAt : undefined;
  }

  /** For single flows any list will do, for all of them a fresh one. */
  private isListed(request: RefreshRequest): boolean {
    const listedAt = this.options.state.account(this.account.name)?.listedAt;
    return listedAt !== undefined && (request.flowIds !== undefined || this.isSince(request, listedAt));
  }

  /** What seems to lie ahead was read before the computer's clock was set back, nobody knows when. */
  private isSince({ freshSince }: RefreshRequest, at: number): boolean {
    return at >= freshSince && at <= this.options.clock.now();
  }

  /** Costs nothing at Meta itself, which the client never asks. */
  private async inform(client: MetricsClient, signal: AbortSignal): Promise<void> {
    const info = await client.serverInfo(signal);
    if (!signal.aborted) this.options.state.setServerInfo(this.account.name, info);
  }

  private async readList(client: MetricsClient, request: RefreshRequest, signal: AbortSignal): Promise<void> {
    const isListed = this.isListed(request);
    await this.inform(client, signal);
    if (!isListed) await this.list(client, signal);
  }

  private async list(client: MetricsClient, signal: AbortSignal): Promise<void> {
    const begunAt = this.options.clock.now();
    const listing = await client.listFlows(signal);
    if (signal.aborted) return;
    this.options.state.setFlows(this.account.name, listing);
    this.options.state.clearStatus(this.account.name, overByList, begunAt);
  }

  private get records(): ReadonlyMap<string, FlowRecord> {
    return this.options.state.account(this.account.name)?.records ?? new Map();
  }

  private async askFlows(
    client: MetricsClient,
    request: RefreshRequest,
    signal: AbortSignal,
    isWanted: (record: FlowRecord) => boolean = () => true,
  ): Promise<MetricAnswer[]> {
    const all: MetricAnswer[] = [];
    const panels = this.askPanels(request);
    let flows = this.inOrder(this.flowsToAsk(request).filter(isWanted));
    // Each round after the first asks only flows that had too little data, over their next longer window.
    while (flows.length > 0 && !signal.aborted) {
      const widened: Flow[] = [];
      const answers = await this.askRows(client, flows, signal, (flow) => widened.push(flow));
      all.push(...answers);
      flows = statusOfAnswers(answers) ? [] : widened;
    }
    await panels;
    return all;
  }

  /**
   * In the order in which they are asked, for a pause may cut a run short: what a person looks at, then the unhealthy
   * and what was not asked for a day, then the others; among these those first that were not asked for longest.
   */
  private inOrder(flows: readonly FlowRecord[]): Flow[] {
    const { account, state, clock } = this.options;
    const shown = state.snapshot.accounts.find((one) => one.account.name === account.name)?.flows ?? [];
    const unhealthy = new Set(shown.filter(({ report }) => needsCare(report.level)).map(({ flow }) => flow.id));
    const overdue = clock.now() - overdueMs;
    const rank = ({ flow, attemptedAt = -Infinity }: FlowRecord): number => {
      if (state.isInView({ accountName: account.name, flowId: flow.id })) return 0;
      return unhealthy.has(flow.id) || attemptedAt < overdue ? 1 : 2;
    };
    return flows
      .map((record) => ({ record, rank: rank(record), at: record.attemptedAt ?? -Infinity }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at || 0)
      .map(({ record }) => record.flow);
  }

  private flowsToAsk(request: RefreshRequest): FlowRecord[] {
    const isWanted = ({ flow, reading, attemptedAt, listingError }: FlowRecord): boolean => {
      const { flowIds } = request;
      if (isNotMeasured(flow) || listingError?.kind === 'notFound' || (flowIds && !flowIds.has(flow.id))) return false;
      const loads = Object.values(reading?.loads ?? {});
      const good = loads.length > 0 && loads.every(isGood);
      const fresh = attemptedAt !== undefined && this.isSince(request, attemptedAt);
      return !(good && fresh && reading?.plan.window === this.windowOf(flow.id));
    };
    return [...this.records.values()].filter(isWanted);
  }

  private windowOf(flowId: string): HealthWindow {
    const { state } = this.options;
    const longer = this.widened.get(flowId);
    return longer && longer.until > this.elapsed ? longer.window : state.window;
  }

  private async askRows(
    client: MetricsClient,
    flows: readonly Flow[],
    signal: AbortSignal,
    onWidened: (flow: Flow) => void,
  ): Promise<readonly MetricAnswer[]> {
    const { state } = this.options;
    const name = this.account.name;
    const asks = new Map<string, { flow: Flow; plan: WindowPlan; answers: MetricAnswer[]; open: number }>();
    const queries: MetricQuery[] = [];
    const plans = new Map<HealthWindow, WindowPlan>();
    for (const flow of flows) {
      const window = this.windowOf(flow.id);
      const plan = plans.get(window) ?? planWindow(window, state.nowOf(name), state.zoneOf(name));
      plans.set(window, plan);
      const own = rowQueries(flow, plan);
      queries.push(...own);
      asks.set(flow.id, { flow, plan, answers: [], open: own.length });
    }
    const all: MetricAnswer[] = [];
    const begunAt = this.options.clock.now();
    const onAnswer = (answer: MetricAnswer): void => {
      all.push(answer);
      this.logFailure(answer);
      if (!signal.aborted) this.noteAnswer(answer, begunAt);
      const ask = asks.get(answer.query.flowId)!;
      ask.answers.push(answer);
      if (--ask.open > 0 || signal.aborted) return;
      const kinds = ask.answers.map(({ result }) => (result.ok ? undefined : result.error.kind));
      if (kinds.includes('cancelled')) return;
      const longer = kinds.includes('notEnoughData') ? windows[windows.indexOf(ask.plan.window) + 1] : undefined;
      if (longer) {
        this.widened.set(ask.flow.id, { window: longer, until: this.elapsed + widenedForMs });
        onWidened(ask.flow);
        // Figures of a longer window stay until those are read anew; an empty row says at once what is known.
        if (Object.keys(knownSeriesOf(this.records.get(ask.flow.id)?.reading)).length > 0) return;
      }
      state.setAnswers({ accountName: name, flowId: ask.flow.id }, ask.plan, ask.answers);
    };
    await Promise.all([
      this.inFlight.ask(client, queries, { signal, onAnswer }),
      this.readAlerts(client, flows, signal),
    ]);
    return all;
  }

  /** Only a meter has alerts. That they cannot be read is no reason to say less of the figures. */
  private async readAlerts(client: MetricsClient, flows: readonly Flow[], signal: AbortSignal): Promise<void> {
    const { account, state, log } = this.options;
    if (!this.isLive) return;
    await Promise.all(
      flows.map(async ({ id }) => {
        try {
          const alerts = await client.readAlerts(id, signal);
          if (!signal.aborted) state.setAlerts({ accountName: account.name, flowId: id }, alerts);
        } catch (thrown) {
          if (!signal.aborted) log.warn(`“${account.name}”: flow ${id}, alerts: ${metricsErrorFrom(thrown).message}`);
        }
      }),
    );
  }

  private get isLive(): boolean {
    return isLive(this.options.state.account(this.account.name)?.info);
  }

  /** Dashboards are read anew along with their flows. */
  private async askPanels({ flowIds, insists, freshSince }: RefreshRequest): Promise<void> {
    const { state } = this.options;
    const own = state.dashboards.all.filter(
      ({ flow, shown }) => shown && flow.accountName === this.account.name && (!flowIds || flowIds.has(flow.flowId)),
    );
    await Promise.all(own.map(({ flow }) => (insists ? this.readPanel(flow, freshSince) : this.readPanel(flow))));
  }

  private async performPanel(flow: FlowRef, view: PanelView, freshSince: number, signal: AbortSignal): Promise<void> {
    const { account, state, connect, log } = this.options;
    try {
      const client = await connect(account);
      const record = this.records.get(flow.flowId);
      if (!client || !record || signal.aborted || (this.stopped && freshSince !== askAll)) return;
      const plan = planView(
        view,
        state.nowOf(account.name),
        state.zoneOf(account.name),
        state.account(account.name)?.info,
      );
      const queries = panelQueries(record.flow, plan);
      state.dashboards.setPlan(flow, plan);
      const missing = queries.filter((query) => !this.isKnown(flow, query, freshSince));
      state.dashboards.setLoading(
        flow,
        missing.map(({ metric }) => metric),
      );
      const answers: MetricAnswer[] = [];
      const begunAt = this.options.clock.now();
      const onAnswer = (answer: MetricAnswer): void => {
        if (signal.aborted) return;
        this.noteAnswer(answer, begunAt);
        answers.push(answer);
        this.logFailure(answer);
        state.dashboards.setAnswer(flow, view, answer);
      };
      await Promise.all([
        this.inFlight.ask(client, missing, { signal, onAnswer }),
        this.readMilliseconds(client, flow, view, signal),
      ]);
      const accountStatus = signal.aborted ? undefined : statusOfAnswers(answers);
      // The run beside this one speaks for the account, if there is one.
      if (accountStatus && !this.run) {
        this.conclude(accountStatus, client, true);
        this.options.onEnded();
      }
    } catch (thrown) {
      // Without a client there is no answer either; the run beside this one says so for the account.
      if (metricsErrorFrom(thrown) !== thrown) log.error(thrown);
    } finally {
      if (signal.aborted) state.dashboards.setCancelled(flow, view);
    }
  }

  private async readMilliseconds(
    client: MetricsClient,
    flow: FlowRef,
    view: PanelView,
    signal: AbortSignal,
  ): Promise<void> {
    const { account, state, log } = this.options;
    if (!this.isLive) return;
    const query = millisecondsOf(view, state.timeOf(account.name));
    try {
      const series = await client.readMilliseconds({ ...query, flowId: flow.flowId }, signal);
      if (!signal.aborted) state.dashboards.setMilliseconds(flow, view, series);
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn(`“${account.name}”: flow ${flow.flowId}, milliseconds: ${metricsErrorFrom(thrown).message}`);
    }
  }

  /** True where the dashboard has a fresh answer; one that the row has for the very same question is handed over. */
  private isKnown(flow: FlowRef, query: MetricQuery, freshSince: number): boolean {
    const { state } = this.options;
    const own = state.dashboards.get(flow)?.reading;
    if (own && sameQuestion(own.plan, query) && isFreshLoad(own.loads[query.metric], freshSince)) return true;
    const record = this.records.get(flow.flowId);
    const reading = record?.reading;
    const load = reading?.loads[query.metric];
    if (!record || !reading || !load?.value || !isFreshLoad(load, freshSince)) return false;
    const rowQuery = rowQueries(record.flow, reading.plan).find(({ metric }) => metric === query.metric);
    if (!rowQuery || queryKey(rowQuery) !== queryKey(query)) return false;
    state.dashboards.setLoad(flow, query.metric, load);
    return true;
  }

  /** One good answer ends what was thought of the account before, and views say so while the others are on their way. */
  private noteAnswer({ result }: MetricAnswer, begunAt: number): void {
    if (!isAnswer(result)) return;
    this.options.state.clearStatus(this.account.name, overByAnswer, begunAt);
  }

  private logFailure({ query, result }: MetricAnswer): void {
    if (result.ok || result.error.kind === 'cancelled' || result.error.kind === 'notEnoughData') return;
    const { kind, message, details } = result.error;
    const trace = details.traceId === undefined ? '' : ` Trace ${details.traceId}.`;
    this.options.log.warn(`“${this.account.name}”: flow ${query.flowId}, ${query.metric}: ${kind}. ${message}${trace}`);
  }
}

function needsCare(level: HealthLevel): boolean {
  return compareLevels(level, 'attention') <= 0;
}

function isFreshLoad({ state, fetchedAt }: Loadable<unknown>, since: number): boolean {
  return state === 'ready' && fetchedAt !== undefined && fetchedAt >= since;
}

function isGood({ state, error }: Loadable<unknown>): boolean {
  return state === 'ready' || error?.kind === 'notEnoughData';
}

function sameQuestion(plan: { readonly since?: string; readonly until?: string }, query: MetricQuery): boolean {
  return plan.since === query.since && plan.until === query.until;
}

/** Only who insists on new answers is not content with a run that leaves fresh ones out. */
function covers(running: RefreshRequest, wanted: RefreshRequest): boolean {
  const { flowIds } = running;
  const flowsCovered = !flowIds || (wanted.flowIds !== undefined && [...wanted.flowIds].every((id) => flowIds.has(id)));
  return flowsCovered && (running.freshSince === askAll || wanted.freshSince !== askAll);
}

function merge(a: RefreshRequest, b: RefreshRequest): RefreshRequest {
  return {
    reason: a.reason === b.reason ? a.reason : `${a.reason}, ${b.reason}`,
    freshSince: Math.max(a.freshSince, b.freshSince),
    insists: a.insists === true || b.insists === true,
    ...(a.flowIds && b.flowIds ? { flowIds: new Set([...a.flowIds, ...b.flowIds]) } : {}),
  };
}
