/** Reads what open dashboards show, as far as it is not there already. */
import type { MetricAnswer, MetricsClient } from '../contract/client';
import { queryKey, type MetricQuery } from '../contract/query';
import type { Account } from '../domain/account';
import { panelQueries, rowQueries } from '../domain/queryPlans';
import { millisecondsOf, planView, sameView, type PanelView } from '../domain/view';
import type { AccountContext } from './accountContext';
import { metricsErrorFrom } from './accountStatus';
import { viewKey, type ViewRef } from './flowRef';
import type { Loadable } from './loadable';
import { readAll } from './refreshRequest';

interface DashboardRead {
  readonly view: PanelView;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

interface DashboardReaderOptions {
  readonly connect: (account: Account) => Promise<MetricsClient | undefined>;
  /** True where nothing is read unless a person insists. */
  readonly isStopped: () => boolean;
  /** The answers of a dashboard tell how the account is. */
  readonly onAnswers: (answers: readonly MetricAnswer[], client: MetricsClient, askedAt: number) => void;
}

export class DashboardReader {
  private readonly reads = new Map<string, DashboardRead>();

  constructor(
    private readonly context: AccountContext,
    private readonly options: DashboardReaderOptions,
  ) {}

  read(flow: ViewRef, freshSince: number): Promise<void> {
    const dashboard = this.context.state.dashboards.get(flow);
    if (!dashboard) return Promise.resolve();
    const { view } = dashboard;
    const running = this.reads.get(viewKey(flow));
    if (running && !running.controller.signal.aborted && sameView(running.view, view)) return running.done;
    running?.controller.abort();
    const controller = new AbortController();
    const done = this.perform(flow, view, freshSince, controller.signal).finally(() => {
      if (this.reads.get(viewKey(flow))?.controller === controller) this.reads.delete(viewKey(flow));
    });
    this.reads.set(viewKey(flow), { view, controller, done });
    return done;
  }

  cancel(flow: ViewRef): void {
    this.reads.get(viewKey(flow))?.controller.abort();
  }

  cancelAll(): void {
    for (const { controller } of this.reads.values()) controller.abort();
  }

  private async perform(flow: ViewRef, view: PanelView, freshSince: number, signal: AbortSignal): Promise<void> {
    const { account, state, log, inFlight } = this.context;
    try {
      const client = await this.options.connect(account);
      const record = this.context.records.get(flow.flowId);
      if (!client || !record || signal.aborted || (this.options.isStopped() && freshSince !== readAll)) return;
      const { time } = this.context;
      const plan = planView(view, time.now, time.zone, this.context.known?.info);
      const queries = panelQueries(record.flow, plan, flow.viewer !== 'overview');
      state.dashboards.setPlan(flow, plan);
      const missing = queries.filter((query) => !this.isKnown(flow, query, freshSince));
      state.dashboards.setLoading(
        flow,
        missing.map(({ metric }) => metric),
      );
      const answers: MetricAnswer[] = [];
      const begunAt = this.context.clock.now();
      const onAnswer = (answer: MetricAnswer): void => {
        if (signal.aborted) return;
        this.context.take(answer, begunAt, false);
        answers.push(answer);
        state.dashboards.setAnswer(flow, view, answer);
      };
      await Promise.all([
        inFlight.ask(client, missing, { signal, onAnswer }),
        this.readMilliseconds(client, flow, view, signal),
        this.readMarks(client, flow, signal),
      ]);
      if (!signal.aborted) this.options.onAnswers(answers, client, begunAt);
    } catch (thrown) {
      // Without a client there is no answer either; the run beside this one says so for the account.
      if (metricsErrorFrom(thrown) !== thrown) log.error(thrown);
    } finally {
      if (signal.aborted) state.dashboards.setCancelled(flow, view);
    }
  }

  private async readMilliseconds(
    client: MetricsClient,
    flow: ViewRef,
    view: PanelView,
    signal: AbortSignal,
  ): Promise<void> {
    const { state, time, isLive } = this.context;
    if (!isLive || flow.viewer) return;
    const query = millisecondsOf(view, time);
    try {
      const series = await client.readMilliseconds({ ...query, flowId: flow.flowId }, signal);
      if (!signal.aborted) state.dashboards.setMilliseconds(flow, view, series);
    } catch (thrown) {
      if (signal.aborted) return;
      this.context.warn(`flow ${flow.flowId}, milliseconds: ${metricsErrorFrom(thrown).message}`);
    }
  }

  private async readMarks(client: MetricsClient, flow: ViewRef, signal: AbortSignal): Promise<void> {
    if (!this.context.isLive) return;
    try {
      const marks = await client.readMarks(flow.flowId, signal);
      if (!signal.aborted) this.context.state.dashboards.setMarks(flow, marks);
    } catch (thrown) {
      if (!signal.aborted) this.context.warn(`flow ${flow.flowId}, marks: ${metricsErrorFrom(thrown).message}`);
    }
  }

  /** True where the dashboard has a fresh answer; one that the row has for the very same question is handed over. */
  private isKnown(flow: ViewRef, query: MetricQuery, freshSince: number): boolean {
    const { state } = this.context;
    const own = state.dashboards.get(flow)?.reading;
    if (own && sameQuestion(own.plan, query) && isFreshLoad(own.loads[query.metric], freshSince)) return true;
    const record = this.context.records.get(flow.flowId);
    const reading = record?.reading;
    const load = reading?.loads[query.metric];
    if (!record || !reading || !load?.value || !isFreshLoad(load, freshSince)) return false;
    const rowQuery = rowQueries(record.flow, reading.plan).find(({ metric }) => metric === query.metric);
    if (!rowQuery || queryKey(rowQuery) !== queryKey(query)) return false;
    state.dashboards.setLoad(flow, query.metric, load);
    return true;
  }
}

function isFreshLoad({ state, fetchedAt }: Loadable<unknown>, since: number): boolean {
  return state === 'ready' && fetchedAt !== undefined && fetchedAt >= since;
}

function sameQuestion(plan: { readonly since?: string; readonly until?: string }, query: MetricQuery): boolean {
  return plan.since === query.since && plan.until === query.until;
}
