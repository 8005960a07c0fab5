/** How soon a flow's figures reach their next level, where they rise beyond noise. Silence is better than a guess. */
import { dayMs, intervalEnd } from '../contract/calendar';
import type { MetricName } from '../contract/metric';
import { limitLevels } from './health';
import { judgedMetrics, metricRules } from './metrics';
import type { FlowFigures, HealthReport, LimitLevel, PeriodTotals, SeriesByMetric } from './model';
import { totalsOf } from './totals';
import { leastPoints, risingTrend, isHigher, type RatioPoint } from './trend';

export interface Forecast {
  readonly metric: MetricName;
  /** Of the newest three intervals: ratio 0–1 or latency bucket. */
  readonly value: number;
  readonly granularity: 'HOUR' | 'DAY';
  /** The next level and its limit, in percent or seconds. */
  readonly level: LimitLevel;
  readonly threshold: number;
  /** When it is reached at this rate, in epoch milliseconds. */
  readonly at: number;
}

type Basis = NonNullable<FlowFigures['basis']>;

/** A day of hours. */
const mostPoints = 24;
/** The newest intervals whose figure is told, as many as are judged as "now". */
const newest = 3;

interface Interval {
  readonly begin: number;
  readonly end: number;
  readonly totals: PeriodTotals;
}

/**
 * One for each judged metric that rises towards a level worse than the one told of it. The p90 latency is above a limit
 * where more than a tenth of the requests take longer, so it is that share which is followed.
 */
export function forecastsOf({ basis, report, late, stale }: FlowFigures, now: number): readonly Forecast[] {
  // Old figures say little of what comes.
  if (!basis || late || stale) return [];
  return judgedMetrics.flatMap((metric) => forecastOf(metric, basis, report, now) ?? []);
}

function forecastOf(
  metric: MetricName,
  { series, thresholds, zone }: Basis,
  report: HealthReport,
  now: number,
): Forecast | undefined {
  const granularity = Object.values(series)[0]?.granularity;
  const rules = metricRules[metric];
  const limits = rules.limits(thresholds);
  if (!limits || granularity === undefined || granularity === 'LIFETIME') return undefined;
  const { sample, minimum, value: valueOf } = rules;
  const known = intervalsOf(metric, series, granularity, zone, now).filter(({ totals }) => sample(totals) >= minimum);
  const recent = known.slice(-mostPoints);
  const last = recent.slice(-newest);
  const [first, end] = [last[0], last.at(-1)?.end];
  if (recent.length < leastPoints || !first || end === undefined) return undefined;
  // With one that is missing or has few between them they are not the newest.
  if (end - first.begin >= (newest + 0.5) * (first.end - first.begin)) return undefined;
  const value = valueOf(totalsOf(series, { begin: first.begin, end }));
  const told = report.reasons.find((reason) => reason.metric === metric)?.level;
  // The mildest that is neither told nor reached.
  const next = [...limitLevels].reverse().find((level) => {
    const limit = limits[level];
    if (
      limit === undefined ||
      (told && limitLevels.indexOf(level as LimitLevel) >= limitLevels.indexOf(told as LimitLevel))
    )
      return false;
    const edge = rules.limitValue(limit);
    return value !== undefined && (rules.direction === 'higherIsBetter' ? value >= edge : value <= edge);
  });
  const threshold = next && limits[next];
  if (!next || threshold === undefined || value === undefined) return undefined;
  const point = ({ begin, end, totals }: Interval): RatioPoint => ({
    at: (begin + end) / 2,
    ...partOf(metric, totals, threshold),
  });
  // The course of a day or a week is no trend: the same hours, or weekdays, had less before.
  const earlier = last.flatMap((one) => {
    const then = one.begin - (granularity === 'HOUR' ? dayMs : 7 * dayMs);
    return known.filter(({ begin }) => Math.abs(begin - then) < (one.end - one.begin) / 4);
  });
  if (!isHigher(last.map(point), earlier.map(point))) return undefined;
  const limit = metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' ? 0.1 : rules.limitValue(threshold);
  const at = risingTrend(recent.map(point))?.reaches(rules.direction === 'higherIsBetter' ? 1 - limit : limit);
  return at !== undefined && at > now && at < Infinity
    ? { metric, value, granularity, level: next, threshold, at }
    : undefined;
}

/** Those that are over. */
function intervalsOf(
  metric: MetricName,
  series: SeriesByMetric,
  granularity: 'HOUR' | 'DAY',
  zone: string,
  now: number,
): readonly Interval[] {
  const source = series[metric === 'ENDPOINT_REQUEST_ERROR_RATE' ? 'ENDPOINT_REQUEST_COUNT' : metric];
  return [...(source?.begins ?? [])]
    .map((begin) => ({ begin, end: intervalEnd(begin, granularity, zone) }))
    .filter(({ end }) => end <= now)
    .map((span) => ({ ...span, totals: totalsOf(series, span) }));
}

/** How many of all count against the limit, which is in percent or seconds. */
function partOf(
  metric: MetricName,
  { requests = 0, errors = 0, latency = [], measured = 0, succeeded = 0, failed = 0 }: PeriodTotals,
  threshold: number,
): Pick<RatioPoint, 'bad' | 'all'> {
  if (metric === 'ENDPOINT_REQUEST_ERROR_RATE') return { bad: Math.min(errors, requests), all: requests };
  if (metric === 'ENDPOINT_AVAILABILITY') return { bad: failed, all: succeeded + failed };
  // Bucket n holds what took up to n seconds.
  return { bad: latency.slice(Math.floor(threshold)).reduce((sum, count) => sum + count, 0), all: measured };
}
