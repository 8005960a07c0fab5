/** The input of a dashboard's snapshot, complete even where the flow is not known yet. */
import { metaZone } from '../contract/calendar';
import { MetricsError } from '../contract/errors';
import { metricNames, type MetricName, type MetricSeries } from '../contract/metric';
import { endOfDays, joinKept, keptReach, type KeptDays } from '../domain/keptDays';
import { judge } from '../domain/health';
import type { AccountFigures, FlowFigures, Thresholds } from '../domain/model';
import type { Mark } from '../domain/mark';
import { isLive } from '../domain/windows';
import { flowKey, type FlowRef } from './flowRef';
import type { DashboardData, DashboardReading } from './dashboardState';
import type { Loadable } from './loadable';
import { type PanelView, planView } from '../domain/view';
import { defined } from '../util/defined';
import type { MetricState, DashboardInput } from '../presentation/dashboard/dashboardInput';

export interface PanelContext {
  readonly account: AccountFigures;
  readonly ref: FlowRef;
  /** The flow's name as the panel remembers it, for as long as the flow is not listed. */
  readonly title: string;
  readonly data: DashboardData | undefined;
  /** Where the state does not know a wanted view yet. */
  readonly view: PanelView;
  readonly thresholds: Thresholds;
  readonly now: number;
  readonly revision: number;
  readonly locale: string;
  readonly focus: MetricName | undefined;
  /** Those that the editor knows of; the meter's come with the data. */
  readonly marks?: readonly Mark[];
}

export function panelInput(context: PanelContext): DashboardInput {
  const { account, ref, title, data, thresholds, now, revision, locale, focus } = context;
  const view = data?.view ?? context.view;
  const known = account.flows.find(({ flow }) => flow.id === ref.flowId);
  const reading = data?.reading;
  const marks = [...(context.marks ?? []), ...metersMarks(data)];
  const loading = reading !== undefined && Object.values(reading.loads).some(({ state }) => state === 'loading');
  // The charts of the earlier view stay until those of the new one are there.
  const earlier = data?.earlier;
  const { info, accountStatus } = account;
  const zone = info?.zone ?? metaZone;
  const kept = data?.kept === 'none' ? undefined : data?.kept;
  const own = reading && keptReach(reading.view, reading.plan, kept, zone);
  const ofEarlier = earlier && keptReach(earlier.view, earlier.plan, kept, zone);
  // Nothing is asked of a flow that was never listed, so what kept the list from being read is all there is to say.
  const error = known || !account.read ? undefined : (accountStatus?.error ?? notListed);
  const until = (earlier ? ofEarlier : own)?.until;
  const metrics = error
    ? failedStates(error, accountStatus?.since ?? now)
    : metricStates(earlier ?? reading, kept, until);
  return {
    account,
    flow: known ?? placeholder(ref, title, thresholds),
    view,
    plan: own?.plan ?? reading?.plan ?? planView(view, now, zone, info),
    metrics,
    thresholds,
    now,
    // A meter is asked every few seconds and answers at once: that it is being asked would only flicker.
    busy: (loading || account.busy) && !isLive(info),
    revision,
    locale,
    // Percentiles in milliseconds cannot be added up, and none are kept.
    ...(reading?.milliseconds && !earlier && !own ? { milliseconds: reading.milliseconds } : {}),
    ...(known?.alerts && known.alerts.length > 0 ? { alerts: known.alerts } : {}),
    ...(marks.length > 0 ? { marks } : {}),
    ...(earlier ? { shown: { view: earlier.view, plan: ofEarlier?.plan ?? earlier.plan } } : {}),
    ...(accountStatus?.retryAt === undefined ? {} : { nextRetryAt: accountStatus.retryAt }),
    ...defined({ focus, keptFrom: kept?.from, keptUntil: keptEnd(metrics, until, zone) }),
  };
}

export function metersMarks(data: DashboardData | undefined): readonly Mark[] {
  return (data?.marks ?? []).map((mark) => ({ ...mark, kind: 'meter' }));
}

function metricStates(
  reading: DashboardReading | undefined,
  kept: KeptDays | undefined,
  until: number | undefined,
): DashboardInput['metrics'] {
  const states: Partial<Record<MetricName, MetricState>> = {};
  for (const metric of metricNames)
    if (reading)
      states[metric] = withKept(metricState(reading.loads[metric]), kept?.series[metric], kept?.readAt, until);
  return states;
}

/** Where nothing could be read, what is kept is shown as what is left. */
function withKept(
  state: MetricState,
  kept: MetricSeries | undefined,
  readAt: number | undefined,
  until: number | undefined,
): MetricState {
  const isUnread = !state.series && !state.error;
  if (until === undefined || isUnread) return state;
  const isTooFew = state.error?.kind === 'notEnoughData';
  const series = joinKept(isTooFew ? undefined : state.series, kept, until);
  return {
    ...state,
    ...defined({ series, fetchedAt: state.fetchedAt ?? readAt }),
    ...(isTooFew && series ? { isOnlyKept: true } : {}),
  };
}

/** Where the kept days end: where the server gives no figures at all, behind the newest of them. */
function keptEnd(metrics: DashboardInput['metrics'], until: number | undefined, zone: string): number | undefined {
  const shown = Object.values(metrics).filter(({ series }) => series);
  if (until === undefined || !shown.every(({ isOnlyKept }) => isOnlyKept)) return until;
  return Math.max(until, ...shown.map(({ series }) => endOfDays(series!, zone)));
}

function metricState({ value, fetchedAt, error, failedAt }: Loadable<NonNullable<MetricState['series']>>): MetricState {
  return {
    ...defined({ series: value, fetchedAt, error, failedAt }),
  };
}

/** A flow that the account's list does not hold is as good as one that the server does not know. */
const notListed = new MetricsError('notFound', 'The flow is not among the flows of its account.');

function failedStates(error: MetricsError, failedAt: number): DashboardInput['metrics'] {
  return Object.fromEntries(metricNames.map((metric) => [metric, { error, failedAt }]));
}

function placeholder(ref: FlowRef, name: string, thresholds: Thresholds): FlowFigures {
  const flow = { id: ref.flowId, name };
  return {
    key: flowKey(ref),
    accountName: ref.accountName,
    flow,
    report: judge({ flow, thresholds, cause: 'notRead' }),
    late: false,
    failures: {},
    stale: false,
    counted: false,
  };
}
