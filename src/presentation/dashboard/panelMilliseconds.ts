import type { MilliSeries } from '../../contract/latency';
import type { Granularity } from '../../contract/metric';
import type { Span } from '../../domain/model';
import type { Speech } from '../speech';
import type { PanelMilliseconds } from '../panelProtocol';

/**
 * The percentiles of what is shown; undefined where there are none of its granularity. Percentiles cannot be cut to a
 * part of what they stand on: where that begins before the period, `since` says so.
 */
export function panelMilliseconds(
  series: MilliSeries | undefined,
  granularity: Granularity,
  period: Span | undefined,
  speech: Speech,
): PanelMilliseconds | undefined {
  const { t, now } = speech;
  if (!series?.period || !period || series.granularity !== granularity) return undefined;
  const { begins, p50, p90, p99 } = series;
  const [first] = begins;
  const earlier = first !== undefined && granularity !== 'LIFETIME' && first < period.begin;
  return {
    period: { p50: series.period.p50, p90: series.period.p90, p99: series.period.p99 },
    ...(earlier ? { since: t('since {0}', speech.moment(first, now)) } : {}),
    series: { begins, p50, p90, p99 },
  };
}
