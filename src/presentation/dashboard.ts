/** The dashboard's one snapshot: what the page shows, in words but for the numbers. */
import type { MeterAlert } from '../contract/alert';
import { dateInZone } from '../contract/calendar';
import type { MetricsError } from '../contract/errors';
import type { MilliSeries } from '../contract/latency';
import { metricNames, type MetricName, type MetricSeries } from '../contract/metric';
import type {
  PanelAction,
  PanelActionName,
  PanelMessage,
  PanelNotice,
  PanelReason,
  PanelSection,
  PanelSnapshot,
  PanelVerdict,
  SectionState,
} from './panelProtocol';
import { plainName } from './escape';
import type { Formats } from './formats';
import type { Speech } from './speech';
import { panelAlerts } from './panelAlerts';
import { judgedMetrics } from '../domain/metrics';
import { metricTable } from './metricTable';
import type { AccountFigures, FlowFigures, HealthReason, SeriesByMetric, Span, Thresholds } from '../domain/model';
import { slice, intervalGrid } from '../domain/series';
import { serverNow, dataUpTo, hasEveryInterval, serverTime } from '../domain/windows';
import { untold } from './tooltips';
import type { Translate } from './translate';
import {
  afterColon,
  beforeLabel,
  errorText,
  fineText,
  flowName,
  headlineText,
  lastPhrase,
  lengthOf,
  levelLabel,
  managementPermission,
  metaMinRequests,
  missingTexts,
  pauseTexts,
  periodLabel,
  periodPhrase,
  reasonText,
  sourceTexts,
  tokenTexts,
  withdrawnText,
  withRetry,
  type PauseTexts,
  type PeriodDates,
  type ReasonOptions,
  type SourceTexts,
} from './wording';
import {
  type PanelView,
  type ViewPlan,
  dateLimits,
  type ResolvedView,
  resolveView,
  viewOfWindow,
} from '../domain/view';
import { hasNoAvailability } from '../domain/flowRules';
import { panelMilliseconds } from './panelMilliseconds';
import { defined } from '../util/defined';

/** What is known of one metric for the view. All absent: not asked yet, which shows as loading. */
export interface MetricState {
  /** The last good answer. */
  readonly series?: MetricSeries;
  /** When `series` was read. */
  readonly fetchedAt?: number;
  /** Why the last attempt failed; absent where it succeeded. */
  readonly error?: MetricsError;
  /** When it failed. */
  readonly failedAt?: number;
}

export interface DashboardInput {
  readonly account: AccountFigures;
  readonly flow: FlowFigures;
  readonly view: PanelView;
  readonly plan: ViewPlan;
  readonly metrics: Partial<Readonly<Record<MetricName, MetricState>>>;
  /** The view and plan that the series belong to, while those of a newly chosen `view` have not come yet. */
  readonly shown?: { readonly view: PanelView; readonly plan: ViewPlan };
  readonly thresholds: Thresholds;
  /**
   * Percentiles in milliseconds of the view shown, asked from the first day of its period on: what lies before the
   * period is in them too. Absent where the server does not measure them.
   */
  readonly milliseconds?: MilliSeries;
  /** Meta's alerts of this flow; absent where the server receives none. */
  readonly alerts?: readonly MeterAlert[];
  /** The computer's clock, in epoch milliseconds. */
  readonly now: number;
  readonly busy: boolean;
  readonly revision: number;
  readonly locale: string;
  /** When reading goes on by itself after a failure. */
  readonly nextRetryAt?: number;
  readonly focus?: MetricName;
}

/** What all parts of a snapshot need. */
interface Context {
  readonly input: DashboardInput;
  readonly speech: Speech;
  readonly t: Translate;
  readonly source: SourceTexts;
  readonly minRequests: number;
  readonly zone: string;
  readonly series: SeriesByMetric;
  /** Of the view asked. */
  readonly dates: PeriodDates;
  /** Of the series shown. */
  readonly resolved: ResolvedView;
}

/** Builds the snapshot of a panel. Pure: the same input gives the same snapshot. */
export function dashboardSnapshot(input: DashboardInput, formats: Formats): PanelSnapshot {
  const { account, flow, view, plan, now, busy, revision, locale, thresholds, focus } = input;
  const speech: Speech = { ...formats, now };
  const { t } = speech;
  const time = serverTime(account.info, now);
  const { now: clock, zone } = time;
  const series = seriesOf(input);
  const shown = input.shown ?? { view, plan };
  const resolved = resolveView(shown.view, shown.plan, series, time);
  const dates = input.shown ? resolveView(view, plan, {}, time).dates : resolved.dates;
  const source = sourceTexts(account.account, t);
  const minRequests = account.info?.minRequests ?? metaMinRequests;
  const context: Context = { input, speech, t, source, minRequests, zone, series, dates, resolved };

  const sections = metricNames.map((metric) => sectionOf(metric, context));
  const whole = wholeOf(sections, context);
  const before = comparable(series, resolved.before, zone);
  const fetched = fetchedTimes(input);
  const today = dateInZone(clock, zone);
  const notice = whole ? undefined : noticeOf(sections, context);
  const { granularity } = shown.view;
  const milliseconds = panelMilliseconds(input.milliseconds, granularity, resolved.period, speech);
  const ofSeries = dataUpTo(series, zone, clock);
  // A running day says less of how far the data reach than the hours by which the flow is judged.
  const upTo = shown.view.granularity === 'HOUR' ? (ofSeries ?? flow.dataUpTo) : (flow.dataUpTo ?? ofSeries);
  return {
    type: 'snapshot',
    revision,
    now,
    ...(account.info?.clock === undefined ? {} : { clock: account.info.clock }),
    locale,
    flow: {
      id: flow.flow.id,
      name: flowName(flow.flow),
      ...(flow.flow.status === undefined ? {} : { status: plainName(flow.flow.status, 30) }),
      ...(flow.flow.dataApiVersion === undefined ? {} : { dataApiVersion: plainName(flow.flow.dataApiVersion, 20) }),
    },
    source: {
      text: source.text,
      short: source.short,
      ...(account.servedVersion === undefined ? {} : { apiVersion: plainName(account.servedVersion, 20) }),
      zone,
      directional: source.isMeta,
      minRequests,
    },
    view,
    ...(resolved.period
      ? { period: { ...resolved.period, label: periodLabel(shown.view, resolved.dates, speech) } }
      : {}),
    ...(before && shown.view.granularity !== 'LIFETIME'
      ? {
          before: {
            ...before,
            label: beforeLabel(shown.view, intervalGrid(before, shown.view.granularity, zone).begins.length, t),
          },
        }
      : {}),
    limits: { HOUR: dateLimits('HOUR', today), DAY: dateLimits('DAY', today) },
    dates,
    verdict: verdictOf(context, sections),
    ...defined({ notice }),
    ...(whole ? { whole } : {}),
    sections: whole ? sections.map((section) => slimSection(section, context)) : sections,
    thresholds,
    ...defined({ milliseconds }),
    ...(input.alerts ? { alerts: panelAlerts(input.alerts, speech) } : {}),
    busy,
    ...defined({ dataUpTo: upTo }),
    ...(fetched.length === 0 ? {} : { fetchedAt: Math.min(...fetched) }),
    ...(focus ? { focus } : {}),
  };
}

function seriesOf(input: DashboardInput): SeriesByMetric {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  for (const metric of metricNames) {
    const one = input.metrics[metric]?.series;
    if (one) series[metric] = one;
  }
  return series;
}

/** That there are too few data is an answer too. */
function fetchedTimes(input: DashboardInput): number[] {
  return metricNames
    .map((metric) => input.metrics[metric])
    .map((state) => (state?.error?.kind === 'notEnoughData' ? state.failedAt : state?.fetchedAt))
    .filter((at) => at !== undefined);
}

/** The earlier period, where at least one metric knows all of it. */
function comparable(series: SeriesByMetric, before: Span | undefined, zone: string): Span | undefined {
  if (!before) return undefined;
  const known = metricNames.map((metric) => series[metric]).filter((one) => one !== undefined);
  return known.some((one) => hasEveryInterval(one, before, zone, series.ENDPOINT_REQUEST_COUNT)) ? before : undefined;
}

/** The error rate is computed, so it stands on requests and errors; its own answer only tells the stated rate. */
const standsOn: Partial<Readonly<Record<MetricName, readonly MetricName[]>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
};

/** Intervals without a point of these had none of the thing, once requests were counted. */
const zeroWithoutPoints: readonly MetricName[] = ['ENDPOINT_REQUEST_ERROR', 'ENDPOINT_REQUEST_ERROR_RATE'];

function sectionOf(metric: MetricName, context: Context): PanelSection {
  const { input } = context;
  const sources = standsOn[metric] ?? [metric];
  const states = sources.map((source) => input.metrics[source] ?? {});
  const series = context.series[metric];
  const section = (state: SectionState, more: Partial<PanelSection> = {}): PanelSection => ({
    metric,
    state,
    ...defined({ series }),
    ...more,
  });

  const lacking = states.find((state) => !state.series);
  if (lacking) {
    const unchecked = metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(input.flow.flow);
    if (unchecked && (!lacking.error || lacking.error.kind === 'notEnoughData')) {
      return section('no-data', { message: uncheckedMessage(context) });
    }
    const failed = states.find((state) => state.error && !state.series)?.error;
    if (!failed) return section('loading');
    if (failed.kind === 'notEnoughData') return section('not-enough-data', { message: notEnoughMessage(context) });
    return section('error', { message: sectionError(metric, failed, context) });
  }
  if (input.shown) return section('loading');
  const failed = states.filter((state) => state.error);
  const tooLittle = failed.find((state) => state.error?.kind === 'notEnoughData');
  if (tooLittle) return section('not-enough-data', { message: notEnoughMessage(context) });
  const old = failed.length > 0 ? failed : isCutOff(input) ? states : [];
  if (old.length > 0) {
    const oldest = Math.min(...old.map(({ fetchedAt }) => fetchedAt ?? input.now));
    return section('stale', { readAt: oldest });
  }
  if (hasPoints(metric, context)) return section('ready');
  const counts = input.metrics.ENDPOINT_REQUEST_COUNT;
  // No errors and no latency mean that nobody came only where it is known how many came.
  if (metric === 'ENDPOINT_REQUEST_ERROR' && counts?.error && !counts.series && counts.error.kind !== 'notEnoughData') {
    return section('error', { message: sectionError(metric, counts.error, context) });
  }
  return section('no-data', { message: noDataMessage(metric, context) });
}

/** True where the account as a whole could not be read last, so that whatever is shown is from before. */
function isCutOff({ account }: DashboardInput): boolean {
  const kind = account.accountStatus?.kind;
  // A pause comes before figures grow old, and an account without flows has none.
  return kind !== undefined && kind !== 'throttled' && kind !== 'noFlows';
}

/** True where the period, or the interval still running after it, holds anything of the metric. */
function hasPoints(metric: MetricName, { series, resolved }: Context): boolean {
  const { period } = resolved;
  if (!period) return false;
  const span = { begin: period.begin, end: Infinity };
  const metrics: readonly MetricName[] = zeroWithoutPoints.includes(metric)
    ? ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR']
    : [metric];
  return metrics.some((name) => {
    const one = series[name];
    return one !== undefined && slice(one, span).begins.length > 0;
  });
}

function action(name: PanelActionName, label: string, primary = false): PanelAction {
  return primary ? { name, label, primary } : { name, label };
}

const labels = {
  refresh: (t: Translate) => t('Refresh'),
  tryAgain: (t: Translate) => t('Try again'),
  tryNow: (t: Translate) => t('Try now'),
  setToken: (t: Translate) => t('Set Access Token…'),
  showLog: (t: Translate) => t('Show Log'),
  copyFlowId: (t: Translate) => t('Copy Flow ID'),
  measure: (t: Translate) => t('Add Flow to Meter…'),
  show90d: (t: Translate) => t('Show 90 days'),
  showLifetime: (t: Translate) => t('Show lifetime'),
};

/** Flows that are not in use have nothing to wait for; the others have too few requests so far. */
function notEnoughMessage(context: Context): PanelMessage {
  const { input, source, minRequests, speech, dates, t } = context;
  const { view } = input;
  const parked = parkedMessage(context);
  if (parked) return parked;
  const gives = source.isMeta
    ? t('Meta gives figures once a flow has had at least {0} requests.', minRequests)
    : t('There are figures once a flow has had at least {0} requests.', minRequests);
  const period = periodPhrase(view, dates, speech);
  const fewer =
    view.range === 'all'
      ? t('So far this flow has had fewer.')
      : view.range === 'custom'
        ? t('From {0} this flow had fewer.', period)
        : t('In {0} this flow had fewer.', period);
  const hint =
    view.range === 'all'
      ? t('Nothing is wrong: come back when it has seen more traffic.')
      : t('Nothing is wrong: look at a longer period, or come back when it has seen more traffic.');
  return {
    headline: t('Not enough data yet'),
    text: `${gives} ${fewer} ${hint}`,
    actions: longerActions(view, t),
  };
}

/** Why a draft, a deprecated flow, or one without endpoint has no figures; undefined for all others. */
function parkedMessage({ input, t }: Context): PanelMessage | undefined {
  const cause = input.flow.report.reasons[0]?.cause;
  if (cause === 'draft') {
    return {
      headline: t('A draft has no figures yet'),
      text: t('They begin once this flow is published and in use.'),
      actions: [],
    };
  }
  if (cause === 'deprecated') {
    return {
      headline: t('A deprecated flow has few figures or none'),
      text: t('This flow can no longer be sent. What it had before may show in a longer period.'),
      actions: longerActions(input.view, t),
    };
  }
  if (cause === 'noEndpoint') {
    return {
      headline: t('This flow has no endpoint'),
      text: t('Without one there are no requests to count or to check. Nothing is wrong.'),
      actions: [],
    };
  }
  return undefined;
}

/** The periods that are longer than the one shown; the first is the primary one. */
function longerActions(view: PanelView, t: Translate): PanelAction[] {
  if (view.range === 'all') return [];
  const lifetime = action('showLifetime', labels.showLifetime(t), view.range === '90d');
  return view.range === '90d' ? [lifetime] : [action('show90d', labels.show90d(t), true), lifetime];
}

function noDataMessage(metric: MetricName, context: Context): PanelMessage {
  const { t, source } = context;
  if (metric === 'ENDPOINT_AVAILABILITY') {
    if (hasNoAvailability(context.input.flow.flow)) return uncheckedMessage(context);
    return {
      headline: t('No checks in this period'),
      text: t('{0} has no availability checks of this endpoint for this period.', source.subject),
      actions: [],
    };
  }
  if (metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' && hasPoints('ENDPOINT_REQUEST_COUNT', context)) {
    return {
      headline: t('No latency in this period'),
      text: t('Latency is measured of requests that succeeded; {0} has none for this period.', source.object),
      actions: [],
    };
  }
  if (metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' && context.input.metrics.ENDPOINT_REQUEST_COUNT?.error) {
    return {
      headline: t('No latency in this period'),
      text: t('Whether there were requests is not known: their count could not be read.'),
      actions: [],
    };
  }
  return noRequestsMessage(context);
}

function noRequestsMessage({ input, speech, dates, t }: Context): PanelMessage {
  const { view } = input;
  const headline =
    view.range === 'all'
      ? t('No requests so far')
      : dates.from === dates.to
        ? t('No requests on {0}', speech.day(dates.from))
        : t('No requests from {0} to {1}', speech.day(dates.from), speech.day(dates.to));
  const longer = view.range === 'all' || view.range === '90d' ? [] : [action('show90d', labels.show90d(t), true)];
  return {
    headline,
    text:
      input.account.account.source === 'meta'
        ? t(
            'Nobody used this flow’s endpoint in this period, or Meta has not counted it yet: figures can arrive some hours late.',
          )
        : t('Nobody used this flow’s endpoint in this period.'),
    actions: [...longer, action('refresh', labels.refresh(t), longer.length === 0)],
  };
}

function uncheckedMessage({ input, t }: Context): PanelMessage {
  const version = plainName(input.flow.flow.dataApiVersion ?? '', 20);
  return {
    headline: t('This endpoint is not checked'),
    text: t('Checks begin with data_api_version 3.0; this flow uses {0}.', version),
    actions: [],
  };
}

/** One card's failure: what, why, and when it is tried again. */
function sectionError(metric: MetricName, error: MetricsError, context: Context): PanelMessage {
  const { input, speech, source, t } = context;
  const stops = error.kind === 'auth' || error.kind === 'permission' || error.kind === 'withdrawn';
  return {
    headline: t('{0} could not be read', metricTable[metric].label(t)),
    text: withRetry(
      errorText(error, source, t),
      stops ? undefined : retryAt(error, input),
      speech,
      input.account.byHand,
    ),
    actions: stops ? [action('showLog', labels.showLog(t))] : [action('refresh', labels.tryAgain(t))],
  };
}

function retryAt(error: MetricsError | undefined, input: DashboardInput): number | undefined {
  return error?.details.retryAt ?? input.account.accountStatus?.retryAt ?? input.nextRetryAt;
}

type Whole = NonNullable<PanelSnapshot['whole']>;

/** One message where all sections share a state; a metric that is never measured has no say. */
function wholeOf(sections: readonly PanelSection[], context: Context): Whole | undefined {
  const { input } = context;
  const voting = sections.filter(
    ({ metric }) => metric !== 'ENDPOINT_AVAILABILITY' || !hasNoAvailability(input.flow.flow),
  );
  const states = new Set(voting.map(({ state }) => state));
  // An account that may not read has nothing to wait for, whether or not this flow was asked.
  const stopped = accountStop(context);
  if (stopped && voting.every(({ series }) => !series)) return { ...stopped, state: 'error' };
  const [state] = states;
  if (states.size !== 1 || state === undefined) return undefined;
  switch (state) {
    case 'not-enough-data':
      return { ...notEnoughMessage(context), state };
    case 'no-data':
      return { ...noRequestsMessage(context), state };
    case 'error': {
      const errors = voting.map(({ metric }) => errorOf(metric, input)).filter((error) => error !== undefined);
      const [first] = errors;
      if (!first || errors.some(({ kind }) => kind !== first.kind)) return undefined;
      return { ...wholeError(first, context), state };
    }
    case 'ready':
    case 'loading':
    case 'stale':
      return undefined;
  }
}

function errorOf(metric: MetricName, input: DashboardInput): MetricsError | undefined {
  for (const name of standsOn[metric] ?? [metric]) {
    const error = input.metrics[name]?.error;
    if (error) return error;
  }
  return undefined;
}

/** The account's trouble that stops all reading until a person acts, as a message. */
function accountStop(context: Context): PanelMessage | undefined {
  const { accountStatus } = context.input.account;
  switch (accountStatus?.kind) {
    case 'tokenMissing':
      return tokenMessage(accountStatus.error, true, context);
    case 'tokenRefused':
      return tokenMessage(accountStatus.error, false, context);
    case 'permission':
      return permissionMessage(context);
    case 'withdrawn':
      return withdrawnMessage(context);
    case 'throttled':
    case 'offline':
    case 'notFound':
    case 'noFlows':
    case 'failed':
    case undefined:
      return undefined;
  }
}

function wholeError(error: MetricsError, context: Context): PanelMessage {
  const { input, speech, source, t } = context;
  switch (error.kind) {
    case 'auth':
      return tokenMessage(error, false, context);
    case 'permission':
      return permissionMessage(context);
    case 'withdrawn':
      return withdrawnMessage(context);
    case 'notFound':
      return {
        headline: t('{0} does not know this flow', source.subject),
        text:
          error.details.objectType === undefined
            ? t('It was deleted, or this token cannot see it.')
            : errorText(error, source, t),
        actions: [action('copyFlowId', labels.copyFlowId(t), true), action('showLog', labels.showLog(t))],
      };
    case 'rateLimited': {
      const { headline, text } = pauseOf(error, context);
      return { headline, text, actions: [action('showLog', labels.showLog(t))] };
    }
    case 'notEnoughData':
      return notEnoughMessage(context);
    case 'invalidRequest':
    case 'invalidResponse':
    case 'network':
    case 'timeout':
    case 'cancelled':
    case 'server':
      return {
        headline: t('The figures could not be read'),
        text: withRetry(errorText(error, source, t), retryAt(error, input), speech, input.account.byHand),
        actions: [action('refresh', labels.tryAgain(t), true), action('showLog', labels.showLog(t))],
      };
  }
}

function tokenMessage(error: MetricsError | undefined, missing: boolean, context: Context): PanelMessage {
  const { input, speech, source, t } = context;
  const { headline } = tokenTexts(error, missing, t);
  const name = plainName(input.account.account.name);
  const at = failedAt(input);
  const text = missing
    ? t(
        'Flowmeter has no token of “{0}” for {1} on this computer and does not ask. Set one to go on.',
        name,
        source.object,
      )
    : at === undefined
      ? t(
          '{0} refused the token of “{1}”, and Flowmeter has stopped asking. Set a new one to go on.',
          source.subject,
          name,
        )
      : t(
          '{0} refused the token of “{1}” at {2}, and Flowmeter has stopped asking. Set a new one to go on.',
          source.subject,
          name,
          speech.moment(at, input.now),
        );
  return {
    headline,
    text,
    actions: [action('setToken', labels.setToken(t), true), action('showLog', labels.showLog(t))],
  };
}

/** When the newest attempt failed. */
function failedAt(input: DashboardInput): number | undefined {
  const times = metricNames.map((metric) => input.metrics[metric]?.failedAt).filter((at) => at !== undefined);
  return times.length === 0 ? input.account.accountStatus?.since : Math.max(...times);
}

function permissionMessage({ input, t }: Context): PanelMessage {
  return {
    headline: t('A permission is missing'),
    text: t('The token of “{0}” needs {1}.', plainName(input.account.account.name), managementPermission),
    actions: [action('setToken', labels.setToken(t), true), action('showLog', labels.showLog(t))],
  };
}

/** One flow alone may be without metrics; that Meta closed its API only all flows together tell. */
function withdrawnMessage({ input, source, t }: Context): PanelMessage {
  const ofAll = input.account.accountStatus?.kind === 'withdrawn';
  const announced = t('Meta announced the end of its Metrics API for April 30, 2026.');
  const instead = t('What the meter measures at your endpoint can take its place.');
  const headline = ofAll ? t('{0} gives no metrics any more', source.subject) : noMetricsOfFlow(source, t);
  return {
    headline: ofAll && source.isMeta ? t('Meta has closed its Metrics API') : headline,
    text: source.isMeta ? `${announced} ${instead}` : `${withdrawnText(source, t)} ${instead}`,
    actions: [action('measure', labels.measure(t), true), action('showLog', labels.showLog(t))],
  };
}

function noMetricsOfFlow(source: SourceTexts, t: Translate): string {
  return t('{0} gives no metrics of this flow', source.subject);
}

function pauseOf(error: MetricsError | undefined, { input, speech, source, t }: Context): PauseTexts {
  const until = retryAt(error, input);
  const moment = until === undefined || until <= input.now ? undefined : speech.moment(until, input.now);
  return pauseTexts(error, moment, input.account.byHand === true, source, t);
}

/** Under a message for the whole page each section says its state in a few words. */
function slimSection(section: PanelSection, context: Context): PanelSection {
  const { minRequests, t, input } = context;
  const words = (): string => {
    switch (section.state) {
      case 'not-enough-data':
        return parkedMessage(context) ? t('No figures') : t('Fewer than {0} requests', minRequests);
      case 'no-data':
        return t('No data in this period');
      case 'error':
      case 'loading':
      case 'ready':
      case 'stale':
        if (accountNeedsToken(input)) return t('Waiting for a new token');
        if (input.metrics[section.metric]?.error?.kind === 'withdrawn') return t('No metrics any more');
        return t('Could not be read');
    }
  };
  const state = section.state === 'loading' ? 'error' : section.state;
  const unchecked = section.metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(input.flow.flow);
  return {
    metric: section.metric,
    state,
    message: { headline: unchecked && state === 'no-data' ? t('Not checked') : words(), text: '', actions: [] },
  };
}

function accountNeedsToken(input: DashboardInput): boolean {
  const kind = input.account.accountStatus?.kind;
  if (kind === 'tokenMissing' || kind === 'tokenRefused' || kind === 'permission') return true;
  return metricNames.some((metric) => input.metrics[metric]?.error?.kind === 'auth');
}

/** A strip above figures that stay: a pause, a stopped account, or a failed refresh. */
function noticeOf(sections: readonly PanelSection[], context: Context): PanelNotice | undefined {
  const { input, speech, source, t } = context;
  const stale = sections.filter(({ state }) => state === 'stale');
  const errors = metricNames.map((metric) => input.metrics[metric]?.error).filter((error) => error !== undefined);
  const sentence = (message: PanelMessage): PanelNotice => ({ ...message, headline: `${message.headline}.` });
  const stopped = accountStop(context);
  if (stopped) return sentence(stopped);
  const limited = errors.find(({ kind }) => kind === 'rateLimited');
  if (limited || input.account.accountStatus?.kind === 'throttled') {
    const { headline, text } = pauseOf(limited ?? input.account.accountStatus?.error, context);
    return sentence({ headline, text, actions: [] });
  }
  if (stale.length === 0) return undefined;
  const failing =
    stale.map(({ metric }) => errorOf(metric, input)).find((error) => error !== undefined) ??
    input.account.accountStatus?.error;
  if (!failing) return undefined;
  if (failing.kind === 'auth') return sentence(tokenMessage(failing, false, context));
  if (failing.kind === 'permission') return sentence(permissionMessage(context));
  if (failing.kind === 'withdrawn') return sentence(withdrawnMessage(context));
  const times = stale.flatMap(({ metric }) =>
    (standsOn[metric] ?? [metric]).map((name) => input.metrics[name]?.fetchedAt ?? input.now),
  );
  const ms = input.now - Math.min(...times);
  const age = ms < 60_000 ? t('less than a minute') : speech.duration(ms);
  const allStale = sections.every(({ state }) => state === 'stale' || state === 'no-data');
  const at = failedAt(input);
  const why = afterColon(errorText(failing, source, t), source);
  const failed =
    at === undefined
      ? t('The refresh failed: {0}', why)
      : t('The refresh at {0} failed: {1}', speech.moment(at, input.now), why);
  return {
    headline: allStale ? t('These figures are {0} old.', age) : t('Some figures are {0} old.', age),
    text: withRetry(failed, retryAt(failing, input), speech, input.account.byHand),
    actions: [action('refresh', labels.tryNow(t))],
  };
}

function verdictOf(context: Context, sections: readonly PanelSection[]): PanelVerdict {
  const { input, speech, t, dates, minRequests } = context;
  const { flow, account, view } = input;
  const { report } = flow;
  const unread = report.level === 'unknown' && report.reasons[0]?.cause === 'notRead';
  if (unread && !accountStop(context) && sections.some(({ state }) => state === 'loading')) {
    return {
      level: 'unknown',
      word: t('Reading…'),
      headline: periodPhrase(view, dates, speech),
      more: [],
      judged: '',
    };
  }
  const options: ReasonOptions = { minRequests, ...tokenOption(context) };
  const [, ...others] = report.reasons;
  const more = others.map((reason): PanelReason => ({
    level: reason.level,
    text: speech.sentence(reasonText(reason, speech, options)),
  }));
  if (report.level !== 'healthy') {
    more.push(...report.fine.map((reason): PanelReason => ({ level: 'healthy', text: fineText(reason, speech) })));
  }
  // Where nothing at all is judged, the headline already says why.
  const judgedAny = report.missing.length < judgedMetrics.length;
  const missing = judgedAny ? missingTexts(report.missing, flow.totals, speech, untold(flow)) : [];
  more.push(...missing.map((text): PanelReason => ({ level: 'unknown', text })));
  const window = report.window;
  const judged = window === undefined || !judgedAny || !flow.totals ? undefined : { window, end: flow.totals.span.end };
  return {
    level: report.level,
    word: levelLabel(report.level, t),
    headline: stoppedHeadline(context) ?? headlineText(report, speech, options),
    more,
    judged:
      judged === undefined
        ? ''
        : flow.stale || flow.late
          ? t(
              'Judged over the {0} to {1}',
              lengthOf(judged.window, t),
              speech.moment(judged.end, serverNow(account.info, input.now)),
            )
          : t('Judged over {0}', lastPhrase(judged.window, t)),
    ...(judged && !sameView(view, viewOfWindow(judged.window))
      ? { show: { text: t('Show these {0}', lengthOf(judged.window, t)), view: viewOfWindow(judged.window) } }
      : {}),
  };
}

function sameView(a: PanelView, b: PanelView): boolean {
  return a.granularity === b.granularity && a.range === b.range;
}

function tokenOption({ input, t }: Context): { readonly token?: string } {
  const { accountStatus } = input.account;
  if (accountStatus?.kind !== 'tokenMissing' && accountStatus?.kind !== 'tokenRefused') return {};
  return { token: tokenTexts(accountStatus.error, accountStatus.kind === 'tokenMissing', t).reason };
}

const stoppedCauses: ReadonlySet<HealthReason['cause']> = new Set(['failed', 'notRead', 'withdrawn']);

/** Why nothing could be judged, more exactly than the report can say it. */
function stoppedHeadline({ input, source, t }: Context): string | undefined {
  const { report } = input.flow;
  const [reason] = report.reasons;
  if (report.level !== 'unknown' || !stoppedCauses.has(reason?.cause)) return undefined;
  const { kind, error } = input.account.accountStatus ?? {};
  const errors = metricNames.map((metric) => input.metrics[metric]?.error?.kind);
  if (kind === 'tokenMissing' || kind === 'tokenRefused') return tokenTexts(error, kind === 'tokenMissing', t).reason;
  if (kind === 'permission' || errors.includes('permission')) return t('this token may not read it');
  if (kind === 'withdrawn' || errors.includes('withdrawn')) return t('{0} no longer answers', source.object);
  return errors.includes('notFound') ? t('flow not found') : undefined;
}
