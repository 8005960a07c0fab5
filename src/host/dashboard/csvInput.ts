/** The source of a flow's CSV: the reading of a dashboard's view, over the period that the dashboard shows. */
import type { MetricsError } from '../../contract/errors';
import { metricNames, type MetricName, type MetricSeries } from '../../contract/metric';
import type { CsvInput } from '../../presentation/export';
import { endOfDays, joinKept, keptReach, type KeptDays } from '../../domain/keptDays';
import type { Span } from '../../domain/model';
import { slice } from '../../domain/series';
import type { ServerTime } from '../../domain/windows';
import type { DashboardReading } from '../../state/dashboardState';
import { resolveView, type PeriodDates } from '../../domain/view';
import { defined } from '../../util/defined';

export interface Figures {
  readonly kind: 'figures';
  readonly input: CsvInput;
  readonly dates: PeriodDates;
}

/** `nothing` was measured in the period. */
export type PartSource = Figures | { readonly kind: 'nothing' };

type CsvSource =
  | PartSource
  /** A metric could not be read, and no earlier figures of it are known. */
  | { readonly kind: 'unread'; readonly metric: MetricName; readonly error: MetricsError };

/** The part of it that lies in a span; `dates` are those of the span. */
export function partOf({ input }: Figures, span: Span, dates: PeriodDates): PartSource {
  const { period, shownUntil = Infinity, series } = input;
  const begin = Math.max(period.begin, span.begin);
  // Behind the period comes the interval that still runs.
  const end = begin < period.end ? Math.min(period.end, span.end) : span.end;
  const part = { ...input, period: { begin, end }, shownUntil: Math.min(shownUntil, span.end) };
  const isEmpty = Object.values(series).every((one) => slice(one, { begin, end: part.shownUntil }).begins.length === 0);
  return isEmpty ? { kind: 'nothing' } : { kind: 'figures', input: part, dates };
}

/** `own` is the zone by which a person reads hours; `kept` are the days that the server no longer tells. */
export function csvSource(
  flow: CsvInput['flow'],
  { view, plan, loads, milliseconds }: DashboardReading,
  time: ServerTime,
  own: string,
  kept?: KeptDays,
): CsvSource {
  const reach = keptReach(view, plan, kept, time.zone);
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  let isAnswered = false;
  for (const metric of metricNames) {
    const { value, error } = loads[metric];
    // Figures that are too few now are not shown either, though earlier ones were enough; kept days are.
    const isTooFew = error?.kind === 'notEnoughData';
    if (!value && error && !isTooFew) return { kind: 'unread', metric, error };
    const answered = isTooFew ? undefined : value;
    if (answered) isAnswered = true;
    const joined = reach ? joinKept(answered, kept?.series[metric], reach.until) : answered;
    if (joined) series[metric] = joined;
  }
  const keptUntil =
    reach &&
    Math.max(reach.until, ...(isAnswered ? [] : Object.values(series).map((one) => endOfDays(one, time.zone))));
  const { period, shownUntil, dates } = resolveView(view, reach?.plan ?? plan, series, time, view.zone ?? own);
  if (!period) return { kind: 'nothing' };
  const drawn = { begin: period.begin, end: shownUntil ?? Infinity };
  if (Object.values(series).every((one) => slice(one, drawn).begins.length === 0)) return { kind: 'nothing' };
  const { now, zone } = time;
  const input = {
    flow,
    granularity: view.granularity,
    series,
    period,
    zone,
    now,
    ...defined({ milliseconds: reach ? undefined : milliseconds, shownUntil, keptUntil }),
  };
  return { kind: 'figures', input, dates };
}
