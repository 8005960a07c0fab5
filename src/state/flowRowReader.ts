/** Reads the list of an account's flows, and the figures of their rows. */
import type { MetricAnswer, MetricsClient } from '../contract/client';
import type { Flow } from '../contract/flow';
import type { MetricQuery } from '../contract/query';
import { isNotMeasured } from '../domain/flowRules';
import { compareLevels } from '../domain/health';
import type { AccountStatus, HealthLevel, HealthWindow } from '../domain/model';
import { rowQueries } from '../domain/queryPlans';
import { planWindow, type WindowPlan } from '../domain/windows';
import type { AccountContext } from './accountContext';
import { metricsErrorFrom, statusOfAnswers } from './accountStatus';
import { answeredAt, knownSeriesOf, type FlowRecord } from './flowLoads';
import type { Loadable } from './loadable';
import type { RefreshRequest } from './refreshRequest';
import type { SavedAccount } from './savedAccount';

/** Statuses that an answered list of flows proves to be over. */
const overByList: ReadonlySet<AccountStatus['kind']> = new Set(['tokenRefused', 'offline', 'notFound', 'failed']);
const dayMs = 24 * 60 * 60_000;
/** A flow with too little data in the shorter window is judged by a longer one for a day, before that is tried again. */
const widenedForMs = dayMs;
/** A flow that was not read for so long comes before all but those in view. */
const overdueMs = dayMs;
const windows: readonly HealthWindow[] = ['24h', '7d', '30d'];

export class FlowRowReader {
  private readonly widened = new Map<string, { readonly window: HealthWindow; readonly until: number }>();

  constructor(private readonly context: AccountContext) {}

  /** Forgets which flows had too little data in the shorter window. */
  reset(): void {
    this.widened.clear();
  }

  /** Flows known to have too little data in the shorter window are not asked for it again. */
  takeSaved(saved: SavedAccount): void {
    const { state, clock, elapsed } = this.context;
    if (saved.window !== state.window) return;
    for (const { flow, reading } of saved.records) {
      if (!reading || reading.plan.window === state.window || this.widened.has(flow.id)) continue;
      const left = Math.min(answeredAt({ flow, reading }) + widenedForMs - clock.now(), widenedForMs);
      if (left > 0) this.widened.set(flow.id, { window: reading.plan.window, until: elapsed + left });
    }
  }

  /** When everything that the request is about was read, where all of that is fresh enough. */
  freshFrom(request: RefreshRequest, isWell: boolean): number | undefined {
    const fetchedAt = this.context.known?.fetchedAt;
    const fresh = fetchedAt !== undefined && this.isSince(request, fetchedAt) && isWell;
    return fresh && this.isListed(request) && this.flowsToRead(request).length === 0 ? fetchedAt : undefined;
  }

  /** For single flows any list will do, for all of them a fresh one. */
  private isListed(request: RefreshRequest): boolean {
    const listedAt = this.context.known?.listedAt;
    return listedAt !== undefined && (request.flowIds !== undefined || this.isSince(request, listedAt));
  }

  /** A stamp ahead of the clock is from before the clock was set back, so its age is unknown. */
  private isSince({ freshSince }: RefreshRequest, at: number): boolean {
    return at >= freshSince && at <= this.context.clock.now();
  }

  async readList(client: MetricsClient, request: RefreshRequest, signal: AbortSignal): Promise<void> {
    const { state, name, clock } = this.context;
    const isListed = this.isListed(request);
    // Costs nothing at Meta itself, which the client never asks.
    const info = await client.serverInfo(signal);
    if (!signal.aborted) state.setServerInfo(name, info);
    if (isListed) return;
    const begunAt = clock.now();
    const listing = await client.listFlows(signal);
    if (signal.aborted) return;
    state.setFlows(name, listing);
    state.clearStatus(name, overByList, begunAt);
  }

  /** Reads the rows of flows that are not fresh; those with too little data once more over their next longer window. */
  async readFlows(
    client: MetricsClient,
    request: RefreshRequest,
    signal: AbortSignal,
    isWanted: (record: FlowRecord) => boolean = () => true,
  ): Promise<MetricAnswer[]> {
    const all: MetricAnswer[] = [];
    let flows = this.inOrder(this.flowsToRead(request).filter(isWanted));
    while (flows.length > 0 && !signal.aborted) {
      const widened: Flow[] = [];
      const answers = await this.readRows(client, flows, signal, (flow) => widened.push(flow));
      all.push(...answers);
      flows = statusOfAnswers(answers) ? [] : widened;
    }
    return all;
  }

  /**
   * A pause may cut a run short, so flows in view come first, then unhealthy and overdue ones, then the others, and hidden
   * ones last; among equals those that were not read for longest.
   */
  private inOrder(flows: readonly FlowRecord[]): Flow[] {
    const { account, state, clock } = this.context;
    const shown = state.snapshot.accounts.find((one) => one.account.name === account.name)?.flows ?? [];
    const unhealthy = new Set(shown.filter(({ report }) => needsCare(report.level)).map(({ flow }) => flow.id));
    const hidden = new Set(shown.filter((figures) => figures.hidden).map(({ flow }) => flow.id));
    const overdue = clock.now() - overdueMs;
    const rank = ({ flow, attemptedAt = -Infinity }: FlowRecord): number => {
      if (state.isInView({ accountName: account.name, flowId: flow.id })) return 0;
      if (hidden.has(flow.id)) return 3;
      return unhealthy.has(flow.id) || attemptedAt < overdue ? 1 : 2;
    };
    return flows
      .map((record) => ({ record, rank: rank(record), at: record.attemptedAt ?? -Infinity }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at || 0)
      .map(({ record }) => record.flow);
  }

  private flowsToRead(request: RefreshRequest): FlowRecord[] {
    const isWanted = ({ flow, reading, attemptedAt, listingError }: FlowRecord): boolean => {
      const { flowIds } = request;
      if (isNotMeasured(flow) || listingError?.kind === 'notFound' || (flowIds && !flowIds.has(flow.id))) return false;
      const loads = Object.values(reading?.loads ?? {});
      const good = loads.length > 0 && loads.every(isGood);
      const fresh = attemptedAt !== undefined && this.isSince(request, attemptedAt);
      return !(good && fresh && reading?.plan.window === this.windowOf(flow.id));
    };
    return [...this.context.records.values()].filter(isWanted);
  }

  private windowOf(flowId: string): HealthWindow {
    const longer = this.widened.get(flowId);
    return longer && longer.until > this.context.elapsed ? longer.window : this.context.state.window;
  }

  private async readRows(
    client: MetricsClient,
    flows: readonly Flow[],
    signal: AbortSignal,
    onWidened: (flow: Flow) => void,
  ): Promise<readonly MetricAnswer[]> {
    const { state, name, time, clock, inFlight } = this.context;
    const open = new Map<string, { flow: Flow; plan: WindowPlan; answers: MetricAnswer[]; open: number }>();
    const queries: MetricQuery[] = [];
    const plans = new Map<HealthWindow, WindowPlan>();
    for (const flow of flows) {
      const window = this.windowOf(flow.id);
      const plan = plans.get(window) ?? planWindow(window, time.now, time.zone);
      plans.set(window, plan);
      const own = rowQueries(flow, plan);
      queries.push(...own);
      open.set(flow.id, { flow, plan, answers: [], open: own.length });
    }
    const all: MetricAnswer[] = [];
    const begunAt = clock.now();
    const onAnswer = (answer: MetricAnswer): void => {
      all.push(answer);
      this.context.take(answer, begunAt, signal.aborted);
      state.setSlowedAt(name, client.slowedAt);
      const ask = open.get(answer.query.flowId)!;
      ask.answers.push(answer);
      if (--ask.open > 0 || signal.aborted) return;
      const kinds = ask.answers.map(({ result }) => (result.ok ? undefined : result.error.kind));
      if (kinds.includes('cancelled')) return;
      const longer = kinds.includes('notEnoughData') ? windows[windows.indexOf(ask.plan.window) + 1] : undefined;
      if (longer) {
        this.widened.set(ask.flow.id, { window: longer, until: this.context.elapsed + widenedForMs });
        onWidened(ask.flow);
        // Figures of a longer window stay until those are read anew; an empty row says at once what is known.
        if (Object.keys(knownSeriesOf(this.context.records.get(ask.flow.id)?.reading)).length > 0) return;
      }
      state.setAnswers({ accountName: name, flowId: ask.flow.id }, ask.plan, ask.answers);
    };
    await Promise.all([inFlight.ask(client, queries, { signal, onAnswer }), this.readAlerts(client, flows, signal)]);
    return all;
  }

  /** Only a meter has alerts. A failure to read them takes nothing from the figures. */
  private async readAlerts(client: MetricsClient, flows: readonly Flow[], signal: AbortSignal): Promise<void> {
    const { name, state, isLive } = this.context;
    if (!isLive) return;
    await Promise.all(
      flows.map(async ({ id }) => {
        try {
          const alerts = await client.readAlerts(id, signal);
          if (!signal.aborted) state.setAlerts({ accountName: name, flowId: id }, alerts);
        } catch (thrown) {
          if (!signal.aborted) this.context.warn(`flow ${id}, alerts: ${metricsErrorFrom(thrown).message}`);
        }
      }),
    );
  }
}

function needsCare(level: HealthLevel): boolean {
  return compareLevels(level, 'attention') <= 0;
}

function isGood({ state, error }: Loadable<unknown>): boolean {
  return state === 'ready' || error?.kind === 'notEnoughData';
}
