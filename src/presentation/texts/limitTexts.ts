import type { MetricName } from '../../contract/metric';
import type { MetricRules } from '../../domain/metrics';
import type { Formats } from '../formats';
import type { Translate } from '../translate';
import { metricTable } from '../metricTable';

/** "error rate 12.4% is above 10%", "availability 85% is below 90%" */
export function crossingText(figure: string, limit: string, direction: MetricRules['direction'], t: Translate): string {
  return direction === 'higherIsBetter' ? t('{0} is below {1}', figure, limit) : t('{0} is above {1}', figure, limit);
}

/** A tile's mark: "above 10%", "below 90%". */
export function markText(metric: MetricName, threshold: number, formats: Formats): string {
  const { t } = formats;
  const definition = metricTable[metric];
  const limit = definition.limitText(threshold, formats);
  return definition.direction === 'higherIsBetter' ? t('below {0}', limit) : t('above {0}', limit);
}
