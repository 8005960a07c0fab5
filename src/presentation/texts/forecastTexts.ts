import { dayMs, hourMs } from '../../contract/calendar';
import { forecastsOf, type Forecast } from '../../domain/forecast';
import type { FlowFigures, LatencyBucket } from '../../domain/model';
import type { Formats } from '../formats';
import { metricTable } from '../metricTable';
import { levelLabel } from './labels';

/** "Error rate is rising: 8.1% in the last 3 hours, above 10% (warning) in about 3 hours at this rate"; mostly none. */
export function forecastTexts(figures: FlowFigures, now: number, formats: Formats): readonly string[] {
  return forecastsOf(figures, now).map((forecast) => forecastText(forecast, now, formats));
}

function forecastText(forecast: Forecast, now: number, formats: Formats): string {
  const { metric, value, granularity, level, threshold, at } = forecast;
  const { t } = formats;
  const { sentenceName, limitText, direction } = metricTable[metric];
  // No finer than what it is made of.
  const unit = granularity === 'HOUR' ? hourMs : dayMs;
  const left = Math.max(1, Math.round((at - now) / unit)) * unit;
  const parts = [
    formats.sentence(sentenceName(t)),
    figureOf(metric, value, formats),
    granularity === 'HOUR' ? t('in the last 3 hours') : t('in the last 3 days'),
    limitText(threshold, formats),
    levelLabel(level, t).toLocaleLowerCase(formats.locale),
    formats.duration(left),
  ] as const;
  return direction === 'higherIsBetter'
    ? t('{0} is falling: {1} {2}, below {3} ({4}) in about {5} at this rate', ...parts)
    : t('{0} is rising: {1} {2}, above {3} ({4}) in about {5} at this rate', ...parts);
}

function figureOf(metric: Forecast['metric'], value: number, formats: Formats): string {
  if (metric === 'ENDPOINT_AVAILABILITY') return formats.availability(value);
  return metric === 'ENDPOINT_REQUEST_ERROR_RATE' ? formats.percent(value) : formats.latency(value as LatencyBucket);
}
