/** The dashboard's one snapshot: what the page shows, in words but for the numbers. */
import { dateInZone } from '../../contract/calendar';
import { metricNames, type MetricName, type MetricSeries, metaMinRequests } from '../../contract/metric';
import type { PanelSnapshot } from '../panelProtocol';
import { plainName } from '../escape';
import type { Flow } from '../../contract/flow';
import type { Formats } from '../formats';
import type { Speech } from '../speech';
import { panelAlerts } from './panelAlerts';
import { panelMarks } from './panelMarks';
import type { SeriesByMetric, Span } from '../../domain/model';
import { intervalGrid } from '../../domain/series';
import { dataUpTo, hasEveryInterval, readUpTo, serverTime } from '../../domain/windows';
import { reachesBeyond } from '../../domain/keptDays';
import { dateLimits, resolveView } from '../../domain/view';
import { panelMilliseconds } from './panelMilliseconds';
import { defined } from '../../util/defined';
import { flowName } from '../texts/labels';
import { sourceTexts } from '../texts/sourceTexts';
import { periodTitle, beforeLabel } from '../texts/periodTexts';
import type { DashboardInput, SnapshotContext } from './dashboardInput';
import { isOld } from './metricStates';
import { sectionOf, briefSection } from './sections';
import { pageMessageOf } from './pageMessage';
import { noticeOf } from './notice';
import { verdictOf } from './verdict';

/** Builds the snapshot of a panel. Pure: the same input gives the same snapshot. */
export function dashboardSnapshot(input: DashboardInput, formats: Formats): PanelSnapshot {
  const { account, flow, view, plan, now, busy, revision, locale, thresholds, focus } = input;
  const speech: Speech = { ...formats, now };
  const { t } = speech;
  const time = serverTime(account.info, now);
  const { now: clock, zone } = time;
  const series = seriesOf(input);
  const shown = input.shown ?? { view, plan };
  const resolved = resolveView(shown.view, shown.plan, series, time, speech.timeZone);
  const dates = input.shown ? resolveView(view, plan, {}, time, speech.timeZone).dates : resolved.dates;
  const source = sourceTexts(account.account, t);
  const minRequests = account.info?.minRequests ?? metaMinRequests;
  const context: SnapshotContext = { input, speech, t, source, minRequests, zone, series, dates, resolved };

  const sections = metricNames.map((metric) => sectionOf(metric, context));
  const whole = pageMessageOf(sections, context);
  const before = comparable(series, resolved.before, zone);
  const { fetchedAt, stale } = lastFetch(input);
  const notice = whole ? undefined : noticeOf(sections, context);
  const { granularity } = shown.view;
  const milliseconds = panelMilliseconds(input.milliseconds, granularity, resolved, zone, speech);
  const alerts = input.alerts && panelAlerts(input.alerts, speech);
  const marks = panelMarks(input.marks ?? [], alerts ?? [], speech);
  const ofSeries = dataUpTo(series, zone, clock);
  // A running day says less of how far the data reach than the hours by which the flow is judged.
  const upTo = granularity === 'HOUR' ? (ofSeries ?? flow.dataUpTo) : (flow.dataUpTo ?? ofSeries);
  const { keptFrom } = input;
  const hasKept = keptFrom !== undefined && reachesBeyond({ from: keptFrom }, { now: clock, zone });
  const ofDays = { ...dateLimits('DAY', clock, zone), ...(hasKept ? { min: dateInZone(keptFrom, zone) } : {}) };
  return {
    type: 'snapshot',
    revision,
    now,
    locale,
    flow: panelFlow(flow.flow),
    source: panelSource(context),
    view,
    limits: { HOUR: dateLimits('HOUR', clock, zone, speech.timeZone), DAY: ofDays },
    dates,
    verdict: verdictOf(context, sections),
    sections: whole ? sections.map((section) => briefSection(section, context)) : sections,
    thresholds,
    busy,
    ...defined({
      period: resolved.period && {
        ...resolved.period,
        ...periodTitle(shown.view, resolved.period, zone, { ...speech, now: clock }),
      },
      shownUntil: resolved.shownUntil,
      keptUntil: input.keptUntil,
      hasKept: hasKept || undefined,
      before:
        before && granularity !== 'LIFETIME'
          ? { ...before, label: beforeLabel(shown.view, intervalGrid(before, granularity, zone).begins.length, t) }
          : undefined,
      clock: account.info?.clock,
      notice,
      whole,
      milliseconds,
      alerts,
      marks: marks.length > 0 ? marks : undefined,
      dataUpTo: readUpTo(upTo, fetchedAt, account.info),
      fetchedAt,
      stale,
      focus,
    }),
  };
}

function panelFlow(flow: Flow): PanelSnapshot['flow'] {
  const { id, status, dataApiVersion } = flow;
  return {
    id,
    name: flowName(flow),
    ...defined({
      status: status === undefined ? undefined : plainName(status, 30),
      dataApiVersion: dataApiVersion === undefined ? undefined : plainName(dataApiVersion, 20),
    }),
  };
}

function panelSource({ input, source, zone, minRequests }: SnapshotContext): PanelSnapshot['source'] {
  const { servedVersion } = input.account;
  return {
    text: source.text,
    short: source.short,
    zone,
    directional: source.isMeta,
    minRequests,
    ...(servedVersion === undefined ? {} : { apiVersion: plainName(servedVersion, 20) }),
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

/** When the figures that could be read last were read, or where none could, those shown. */
function lastFetch(input: DashboardInput): { readonly fetchedAt?: number; readonly stale?: true } {
  const reads = metricNames
    .map((metric) => input.metrics[metric] ?? {})
    // Too few data are an answer too.
    .map((state) => ({ state, at: state.error?.kind === 'notEnoughData' ? state.failedAt : state.fetchedAt }))
    .filter((read): read is typeof read & { at: number } => read.at !== undefined);
  // The verdict stands on what the flow's row was read for.
  if (reads.length === 0)
    return metricNames.some((metric) => input.metrics[metric]?.error)
      ? defined({ fetchedAt: input.flow.fetchedAt })
      : {};
  const current = reads.filter(({ state }) => !isOld(state, input));
  const shown = current.length > 0 ? current : reads;
  return { fetchedAt: Math.min(...shown.map(({ at }) => at)), ...(current.length > 0 ? {} : { stale: true }) };
}

/** The earlier period, where at least one metric knows all of it. */
function comparable(series: SeriesByMetric, before: Span | undefined, zone: string): Span | undefined {
  if (!before) return undefined;
  const known = metricNames.map((metric) => series[metric]).filter((one) => one !== undefined);
  return known.some((one) => hasEveryInterval(one, before, zone, series.ENDPOINT_REQUEST_COUNT)) ? before : undefined;
}
