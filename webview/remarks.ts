/** What a chart leaves out or draws in another way, in one line under it. */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { metricTable } from '../src/presentation/metricTable';
import { availabilityScaleFloor } from './charts/availabilityChart';
import { beyondScale } from './charts/beyond';
import { rateScaleTop } from './charts/rateChart';
import { fewFlags, type ChartData } from './chartData';
import { intervalTexts, sampleText, texts } from './texts';

/** Where the metric's scale ends on its worse side; only of metrics whose scale not every value sets. */
const scaleEnds: Partial<Readonly<Record<MetricName, (figures: ChartData) => number>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: rateScaleTop,
  ENDPOINT_AVAILABILITY: availabilityScaleFloor,
};

/** Empty where the chart shows all as it is. */
export function remarkOf(metric: MetricName, figures: ChartData, formats: Formats): string {
  const scaleEnd = scaleEnds[metric];
  if (!scaleEnd || figures.granularity === 'LIFETIME' || !fewFlags(figures, metric).includes(true)) return '';
  const { minimum, direction, format } = metricTable[metric];
  const hollow = texts.hollow(intervalTexts[figures.granularity], formats.count(minimum), sampleText(metric));
  const beyond = beyondScale(figures, metric, scaleEnd(figures));
  const [farthest] = beyond;
  if (!farthest) return hollow;
  const figure = format(farthest.value, formats);
  const reach = direction === 'higherIsBetter' ? texts.fallingTo(figure) : texts.risingTo(figure);
  return `${hollow}; ${texts.beyond(formats.count(beyond.length), reach)}`;
}
