import type { MilliSeries } from '../../contract/latency';
import { intervalEnd } from '../../contract/calendar';
import type { Granularity } from '../../contract/metric';
import type { ResolvedView } from '../../domain/view';
import type { Speech } from '../speech';
import type { PanelMilliseconds } from '../panelProtocol';
import { defined } from '../../util/defined';

/**
 * The percentiles of what is shown; undefined where there are none of its granularity. Percentiles cannot be cut to a
 * part of what they stand on: where that begins before the period, or ends after it, `since` says so.
 */
export function panelMilliseconds(
  series: MilliSeries | undefined,
  granularity: Granularity,
  { period, shownUntil = Infinity }: ResolvedView,
  zone: string,
  speech: Speech,
): PanelMilliseconds | undefined {
  const { t, now } = speech;
  if (!series?.period || !period || series.granularity !== granularity) return undefined;
  const { begins, p50, p90, p99 } = series;
  const [first] = begins;
  const inTime = granularity !== 'LIFETIME' && first !== undefined;
  const later = begins.findLast((begin) => begin >= shownUntil);
  const since = !inTime
    ? undefined
    : first < period.begin
      ? t('since {0}', speech.moment(first, now))
      : later === undefined
        ? undefined
        : t('up to {0}', speech.moment(intervalEnd(later, granularity, zone), now));
  return {
    period: { p50: series.period.p50, p90: series.period.p90, p99: series.period.p99 },
    ...defined({ since }),
    series: { begins, p50, p90, p99 },
  };
}
