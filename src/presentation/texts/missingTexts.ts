import type { MetricName } from '../../contract/metric';
import type { Translate } from '../translate';
import { judgedMetrics, isUnread } from '../../domain/metrics';
import { metricTable } from '../metricTable';
import type { PeriodTotals, FlowFigures } from '../../domain/model';
import type { Formats } from '../formats';

/** "latency" without its percentile, and the other names as sentences have them. */
function shortName(metric: MetricName, t: Translate): string {
  return metricTable[metric].unit === 'bucket' ? t('latency') : metricTable[metric].sentenceName(t);
}

/** "error rate and availability could not be read"; undefined where nothing is missing for that. */
export function unreadText(unread: readonly MetricName[] | undefined, formats: Formats): string | undefined {
  const { t } = formats;
  const names = judgedMetrics.filter((metric) => isUnread(metric, unread)).map((metric) => shortName(metric, t));
  return names.length === 0 ? undefined : t('{0} could not be read', formats.list(names));
}

/**
 * The causes for which metrics are not judged, a sentence each: "Latency is not known", "Availability is not judged yet: fewer
 * than 10 checks". `totals` tells what is not known from what stands on too little, `unread` what could not be read.
 */
export function missingTexts(
  missing: readonly MetricName[],
  totals: PeriodTotals | undefined,
  formats: Formats,
  unread: readonly MetricName[] = [],
): readonly string[] {
  const { t } = formats;
  const causes = new Map<string, string[]>();
  const failed = unreadText(unread, formats);
  for (const metric of missing) {
    if (isUnread(metric, unread)) continue;
    const { value } = metricTable[metric];
    const cause = totals && value(totals) !== undefined ? tooFewText(metric, totals, t) : '';
    causes.set(cause, [...(causes.get(cause) ?? []), shortName(metric, t)]);
  }
  const texts = [...causes].map(([cause, names]) => {
    const list = formats.sentence(formats.list(names));
    if (cause === '') return names.length === 1 ? t('{0} is not known', list) : t('{0} are not known', list);
    return names.length === 1
      ? t('{0} is not judged yet: {1}', list, cause)
      : t('{0} are not judged yet: {1}', list, cause);
  });
  return failed === undefined ? texts : [formats.sentence(failed), ...texts];
}

/** On what a figure stands, where that is not enough: "fewer than 10 checks". */
function tooFewText(metric: MetricName, totals: PeriodTotals, t: Translate): string {
  const { minimum } = metricTable[metric];
  if (metric === 'ENDPOINT_AVAILABILITY') return t('fewer than {0} checks', minimum);
  // Only requests that were served have a latency.
  return (totals.requests ?? 0) < minimum
    ? t('fewer than {0} requests', minimum)
    : t('fewer than {0} requests that were served', minimum);
}

/** Unread metrics, unless the reasons name them already. */
export function unreadNotInReasons({ unread, report }: FlowFigures): FlowFigures['unread'] {
  return report.reasons[0]?.unread ? [] : unread;
}
