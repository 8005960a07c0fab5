/** The line under a chart: values that it leaves out or draws in another way. */
import { dateInZone } from '../src/contract/calendar';
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { metricTable } from '../src/presentation/metricTable';
import { availabilityScaleFloor } from './charts/availabilityChart';
import { beyondScale } from './charts/beyond';
import { rateScaleTop } from './charts/rateChart';
import { fewFlags, type ChartData } from './chartData';
import { inSteps } from './steps';
import { intervalTexts, sampleText, texts } from './texts';

/** Where the metric's scale ends on its worse side; only of metrics whose scale not every value sets. */
const scaleEnds: Partial<Readonly<Record<MetricName, (figures: ChartData) => number>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: rateScaleTop,
  ENDPOINT_AVAILABILITY: availabilityScaleFloor,
};

/** Up to which day the figures are kept ones. */
function keptSentences({ intervals, keptUntil = -Infinity, zone }: ChartData, formats: Formats): string[] {
  const last = intervals.findLast(({ begin }) => begin < keptUntil);
  return last ? [texts.keptUpTo(formats.day(dateInZone(last.begin, zone)))] : [];
}

/** Empty where the chart shows all as it is. `size`: how many intervals are drawn as one. */
export function remarkOf(metric: MetricName, figures: ChartData, size: number, formats: Formats): string {
  const { granularity } = figures;
  if (granularity === 'LIFETIME') return '';
  const drawn = inSteps(figures, size);
  const few = fewFlags(figures, metric).includes(true);
  const { minimum, unit } = metricTable[metric];
  const things = sampleText(metric);
  const counted = few ? texts.orMore(minimum, things) : '';
  const sentences = keptSentences(figures, formats);
  if (size > 1) {
    const [one, step] = [intervalTexts[granularity], texts.steps(size, granularity)];
    if (unit === 'requests') sentences.push(texts.barsInSteps(step, one));
    else sentences.push(texts.bandInSteps(step, one, unit === 'bucket' ? texts.p90 : '', counted));
  }
  const scaleEnd = scaleEnds[metric];
  if (!scaleEnd || !few) return sentences.join('. ');
  if (fewFlags(drawn, metric).includes(true)) {
    sentences.push(
      texts.hollow(size === 1 ? `${intervalTexts[granularity]}s` : 'steps', formats.count(minimum), things),
    );
  }
  const beyond = beyondScale(figures, metric, scaleEnd(figures));
  const [farthest] = beyond;
  if (farthest) {
    const figure = metricTable[metric].format(farthest.value, formats);
    const reach = metricTable[metric].direction === 'higherIsBetter' ? texts.fallingTo(figure) : texts.risingTo(figure);
    const intervals = `${intervalTexts[granularity]}${beyond.length === 1 ? '' : 's'}`;
    sentences.push(texts.beyond(formats.count(beyond.length), intervals, reach));
  }
  return sentences.join('. ');
}
