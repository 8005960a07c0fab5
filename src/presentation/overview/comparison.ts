/** Flows side by side: the same intervals for all of them, and one figure of each metric for each interval. */
import { addDays, dateInZone, hourMs, startOfDay, type CalendarDate } from '../../contract/calendar';
import type { MetricsError } from '../../contract/errors';
import { metricNames, type MetricName } from '../../contract/metric';
import type { AccountFigures, HealthWindow, SeriesByMetric, Span } from '../../domain/model';
import type { Mark } from '../../domain/mark';
import { metricRules } from '../../domain/metrics';
import { totalsOf } from '../../domain/totals';
import { resolveView, type PanelView, type ViewPlan } from '../../domain/view';
import { serverTime } from '../../domain/windows';
import { defined } from '../../util/defined';
import { panelMarks } from '../dashboard/panelMarks';
import { plainName } from '../escape';
import type { Speech } from '../speech';
import { shortCauseText } from '../texts/reasonTexts';
import type { ComparedFigures, OverviewComparison } from './overviewProtocol';

/** A flow that is compared, with its answers as far as they are there. */
export interface ComparedFlow {
  readonly key: string;
  readonly account: AccountFigures;
  /** Absent until something was asked. */
  readonly plan?: ViewPlan;
  readonly series: SeriesByMetric;
  readonly loading: boolean;
  /** Of this flow and of all flows, in no order. */
  readonly marks: readonly Mark[];
  /** Why a metric could not be read. */
  readonly error?: MetricsError;
}

/** The hours of a step, or days, so that each period has about thirty steps: more would run together in a small chart. */
const cuts: Readonly<Record<HealthWindow, { readonly steps: number; readonly hours?: number }>> = {
  '24h': { steps: 24, hours: 1 },
  '7d': { steps: 28, hours: 6 },
  '30d': { steps: 30 },
};

export function comparisonView(range: HealthWindow): PanelView & { readonly granularity: 'HOUR' | 'DAY' } {
  return { granularity: range === '30d' ? 'DAY' : 'HOUR', range };
}

export function comparisonOf(
  flows: readonly ComparedFlow[],
  range: HealthWindow,
  speech: Speech,
): OverviewComparison | undefined {
  const [first] = flows;
  if (!first) return undefined;
  const { now } = speech;
  const { granularity } = comparisonView(range);
  const { steps, hours = 0 } = cuts[range];
  const periods = flows.flatMap(({ account, plan, series }) => {
    const time = serverTime(account.info, now);
    const { period } = plan ? resolveView(comparisonView(range), plan, series, time, speech.timeZone) : {};
    return period ? [{ period, zone: time.zone }] : [];
  });
  const { zone } = serverTime(first.account.info, now);
  // Servers differ in how late their figures come: the newest end is that of all.
  const end = Math.max(...periods.map(({ period }) => period.end));
  const lastDay = periods
    .map(({ period, zone: own }) => dateInZone(period.end - 1, own))
    .sort()
    .at(-1);
  const spansIn = (own: string): readonly Span[] => {
    if (lastDay === undefined) return [];
    return Array.from({ length: steps }, (_, i) => {
      const ago = steps - i;
      return granularity === 'HOUR'
        ? { begin: end - ago * hours * hourMs, end: end - (ago - 1) * hours * hourMs }
        : daySpan(addDays(lastDay, 1 - ago), own);
    });
  };
  return {
    range,
    granularity,
    zone,
    hours,
    spans: spansIn(zone),
    marks: panelMarks(flows.flatMap(namedMarks), [], speech),
    flows: flows.map((flow) => comparedFlow(flow, spansIn(serverTime(flow.account.info, now).zone), speech)),
  };
}

/** Those of one flow say of which; those of all flows come with each of them and are shown once. */
function namedMarks({ account, key, marks }: ComparedFlow): readonly Mark[] {
  const name = account.flows.find((figures) => figures.key === key)?.flow.name ?? '';
  return marks.map((mark) =>
    mark.flowId === undefined ? mark : { ...mark, text: `${plainName(mark.text)} (${plainName(name)})` },
  );
}

/** Days are those of each server's own calendar. */
function daySpan(date: CalendarDate, zone: string): Span {
  return { begin: startOfDay(date, zone), end: startOfDay(addDays(date, 1), zone) };
}

function comparedFlow(
  { key, account, series, loading, error }: ComparedFlow,
  spans: readonly Span[],
  speech: Speech,
): OverviewComparison['flows'][number] {
  const figures: ComparedFigures[] = spans.map((span) => {
    const totals = totalsOf(series, span);
    return valuesOf((metric) => metricRules[metric].value(totals));
  });
  const isEmpty = figures.every((values) => Object.keys(values).length === 0);
  return { key, figures, ...defined({ note: isEmpty ? noteOf(account, loading, error, speech) : undefined }) };
}

function valuesOf(value: (metric: MetricName) => number | undefined): ComparedFigures {
  const values: Partial<Record<MetricName, number>> = {};
  for (const metric of metricNames) {
    const one = value(metric);
    if (one !== undefined) values[metric] = one;
  }
  return values;
}

/** Why a flow has no line: "fewer than 250 requests", "could not be read", "reading…". */
function noteOf({ info }: AccountFigures, loading: boolean, error: MetricsError | undefined, { t }: Speech): string {
  if (loading) return t('reading…');
  if (!error) return t('no data');
  const cause = error.kind === 'notEnoughData' ? 'notEnoughData' : 'failed';
  const minRequests = defined({ minRequests: info?.minRequests });
  return shortCauseText({ level: 'unknown', span: 'meta', cause }, t, minRequests);
}
