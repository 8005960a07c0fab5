/** The source of a flow's CSV: the reading of a dashboard's view, over the period that the dashboard shows. */
import type { MetricsError } from '../../contract/errors';
import { metricNames, type MetricName, type MetricSeries } from '../../contract/metric';
import type { CsvInput } from '../../presentation/export';
import { slice } from '../../domain/series';
import type { ServerTime } from '../../domain/windows';
import type { DashboardReading } from '../../state/dashboardState';
import { resolveView, type PeriodDates } from '../../domain/view';
import { defined } from '../../util/defined';

export type CsvSource =
  | { readonly kind: 'figures'; readonly input: CsvInput; readonly dates: PeriodDates }
  /** A metric could not be read, and no earlier figures of it are known. */
  | { readonly kind: 'unread'; readonly metric: MetricName; readonly error: MetricsError }
  /** Nothing was measured in the period. */
  | { readonly kind: 'nothing' };

/** `own` is the zone by which a person reads hours. */
export function csvSource(
  flow: CsvInput['flow'],
  { view, plan, loads, milliseconds }: DashboardReading,
  time: ServerTime,
  own: string,
): CsvSource {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  for (const metric of metricNames) {
    const { value, error } = loads[metric];
    // Figures that are too few now are not shown either, though earlier ones were enough.
    if (error?.kind === 'notEnoughData') continue;
    if (value) series[metric] = value;
    else if (error) return { kind: 'unread', metric, error };
  }
  const { period, shownUntil, dates } = resolveView(view, plan, series, time, view.zone ?? own);
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
    ...defined({ milliseconds, shownUntil }),
  };
  return { kind: 'figures', input, dates };
}
