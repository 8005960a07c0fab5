/** The figures of one flow after the other, over one period: those at hand, and what has to be read. */
import { l10n } from 'vscode';
import { MetricsError } from '../../contract/errors';
import type { MetricName, MetricSeries } from '../../contract/metric';
import { queryKey, type MetricQuery } from '../../contract/query';
import type { Account } from '../../domain/account';
import { isNotMeasured } from '../../domain/flowRules';
import { panelQueries, rowQueries } from '../../domain/queryPlans';
import { isBeyondApi, planView, type PanelView, type ViewPlan } from '../../domain/view';
import type { ExportedFlow } from '../../presentation/export';
import { metricTable } from '../../presentation/metricTable';
import { flowName } from '../../presentation/texts/labels';
import { noLoads } from '../../state/dashboardState';
import type { FlowRecord } from '../../state/flowLoads';
import { idle, settled, type Loadable } from '../../state/loadable';
import { csvSource } from '../dashboard/csvInput';
import { connectionErrorText } from '../util/connectionErrorText';
import { formats, speechNow } from '../util/formats';
import { translate } from '../util/translate';
import type { CommandParts } from './commandParts';

type Loads = Record<MetricName, Loadable<MetricSeries>>;

/** After one of these every further read would fail the same way. */
const endsReading: ReadonlySet<MetricsError['kind']> = new Set(['auth', 'rateLimited', 'network', 'withdrawn']);

export class FigureCollector {
  private readonly plan: ViewPlan;
  /** Why nothing more is asked. */
  private ended: MetricsError | undefined;

  constructor(
    private readonly parts: CommandParts,
    private readonly account: Account,
    private readonly view: PanelView,
    private readonly signal: AbortSignal,
  ) {
    const { now, zone } = parts.state.timeOf(account.name);
    this.plan = planView(view, now, zone, parts.state.account(account.name)?.info);
  }

  async collect(record: FlowRecord): Promise<ExportedFlow & { readonly isComplete: boolean }> {
    const flow = { id: record.flow.id, name: flowName(record.flow) };
    if (isNotMeasured(record.flow)) {
      return { flow, notes: [l10n.t('Not measured: a draft, deprecated, or without an endpoint.')], isComplete: true };
    }
    const { loads, errors } = await this.read(record);
    const { state, history } = this.parts;
    const ref = { accountName: this.account.name, flowId: record.flow.id };
    const source = csvSource(
      flow,
      { view: this.view, plan: this.plan, loads },
      state.timeOf(this.account.name),
      formats.timeZone,
      isBeyondApi(this.view.range) ? await history.loaded?.keptOf(ref) : undefined,
    );
    const notes = this.notesOf(errors);
    const isComplete = errors.size === 0;
    const isTooFew = loads.ENDPOINT_REQUEST_COUNT.error !== undefined;
    if (source.kind === 'figures') {
      const isOnlyKept = isTooFew && source.input.keptUntil !== undefined;
      const older = isOnlyKept ? [l10n.t('Too few requests for figures of the server; these days were kept.')] : [];
      return { flow, figures: source.input, notes: [...notes, ...older], isComplete };
    }
    const reason = isTooFew ? l10n.t('Too few requests for figures.') : l10n.t('No figures in this period.');
    return { flow, notes: isComplete ? [reason] : notes, isComplete };
  }

  /** What the server says of the rate follows from errors and requests, so it is not asked. */
  private async read(record: FlowRecord): Promise<{ loads: Loads; errors: ReadonlyMap<MetricName, MetricsError> }> {
    const loads = { ...noLoads };
    const errors = new Map<MetricName, MetricsError>();
    const queries = panelQueries(record.flow, this.plan).filter(
      ({ metric }) => metric !== 'ENDPOINT_REQUEST_ERROR_RATE',
    );
    const missing = queries.filter((query) => {
      const held = this.held(record, query);
      if (held) loads[query.metric] = held;
      return !held;
    });
    if (missing.length === 0) return { loads, errors };
    const answers = this.ended ? [] : await this.parts.refresher.readQueries(this.account.name, missing, this.signal);
    const open = new Set(missing.map(({ metric }) => metric));
    for (const { query, result } of answers) {
      open.delete(query.metric);
      if (result.ok || result.error.kind === 'notEnoughData') loads[query.metric] = settled(idle, result, 0);
      else errors.set(query.metric, result.error);
      if (!result.ok && endsReading.has(result.error.kind)) this.ended ??= result.error;
    }
    // Without an answer there was no token to ask with.
    for (const metric of open) errors.set(metric, this.ended ?? new MetricsError('auth', 'There is no access token.'));
    return { loads, errors };
  }

  /** A good answer to the very same question, of the flow's row or its dashboard, where it is fresh. */
  private held(record: FlowRecord, query: MetricQuery): Loadable<MetricSeries> | undefined {
    const { state } = this.parts;
    const figures = state.snapshot.accounts.find(({ account }) => account.name === this.account.name);
    const freshSince = speechNow().now - (figures?.freshFor ?? 0);
    const dashboard = state.dashboards.get({ accountName: this.account.name, flowId: record.flow.id })?.reading;
    const asked = [
      ...(dashboard ? panelQueries(record.flow, dashboard.plan).map((one) => [one, dashboard.loads] as const) : []),
      ...(record.reading
        ? rowQueries(record.flow, record.reading.plan).map((one) => [one, record.reading!.loads] as const)
        : []),
    ];
    const key = queryKey(query);
    return asked
      .filter(([one]) => queryKey(one) === key)
      .map(([{ metric }, loads]) => loads[metric])
      .find((load) => load?.state === 'ready' && load.fetchedAt !== undefined && load.fetchedAt >= freshSince);
  }

  /** One sentence for each reason, with the metrics that it concerns. */
  private notesOf(errors: ReadonlyMap<MetricName, MetricsError>): string[] {
    const byReason = new Map<string, string[]>();
    for (const [metric, error] of errors) {
      const reason = connectionErrorText(error, this.account);
      byReason.set(reason, [...(byReason.get(reason) ?? []), metricTable[metric].label(translate)]);
    }
    return [...byReason].map(([reason, metrics]) => l10n.t('Not read: {0}. {1}', formats.list(metrics), reason));
  }
}
