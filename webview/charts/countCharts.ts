/** Requests as bars, and errors as bars stacked by type. */
import { errorKeys } from '../../src/contract/metric';
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import { largest, type ChartData, type Totals } from '../chartData';
import { measuredCounts, rangesOf } from '../steps';
import type { Fill } from '../theme';
import { countScale, ticksOf } from './axis';
import { bars, type Layer } from './bars';
import { errorFill, requestsFill } from './fills';
import { timePlot, type PlotConfiguration } from './plot';
import { runningOutline } from './plugins';
import { areaOf, steppedCanvas, type Canvas } from './area';

/** A layer of a bar. */
interface CountPart {
  readonly fill: Fill;
  count(totals: Totals): number | undefined;
}

export function requestsChart(canvas: Canvas): PlotConfiguration {
  return countChart(canvas, 'ENDPOINT_REQUEST_COUNT', [{ fill: requestsFill(), count: ({ requests }) => requests }]);
}

export function errorsChart(canvas: Canvas): PlotConfiguration {
  const parts = errorKeysOf(canvas.figures).map((key): CountPart => ({
    fill: errorFill(key, canvas.theme),
    count: ({ errorsByKey }) => errorsByKey.find((entry) => entry.key === key)?.count,
  }));
  return countChart(canvas, 'ENDPOINT_REQUEST_ERROR', parts);
}

const knownKeys = new WeakMap<ChartData, readonly string[]>();

/** The error types in drawing order, unknown ones on top. */
export function errorKeysOf(figures: ChartData): readonly string[] {
  // Tables and readings ask for each interval anew.
  let keys = knownKeys.get(figures);
  if (!keys) {
    const found = new Set<string>(errorKeys);
    for (const { totals } of [figures, ...figures.intervals]) for (const { key } of totals.errorsByKey) found.add(key);
    knownKeys.set(figures, (keys = [...found]));
  }
  return keys;
}

/** The parts of a bar add up to the metric's value. A step's bar is as high as its intervals on average. */
function countChart(whole: Canvas, metric: MetricName, parts: readonly CountPart[]): PlotConfiguration {
  const { theme, formats } = whole;
  const { canvas, area } = steppedCanvas(whole, areaOf(whole));
  const { figures } = canvas;
  const { value } = metricTable[metric];
  const scale = countScale(largest(whole.figures.intervals, value), 3);
  const height = (area.bottom - area.top) / scale.top;
  const counts = measuredCounts(figures, metric);
  const layers = parts.map(({ fill, count }): Layer => ({
    fill,
    values: figures.intervals.map(({ totals }, i) => (count(totals) ?? NaN) / counts[i]!),
  }));
  const color = parts.length === 1 ? 'requests' : 'muted';
  const highest: Layer = { fill: { ground: color }, values: rangesOf(figures, metric).map(({ high }) => high) };
  return timePlot(canvas, {
    metric,
    area,
    axes: { y: { max: scale.top, ticks: ticksOf(scale), label: formats.axisCount } },
    plugins: [
      bars(theme, area, figures, [highest], { strength: 0.4 }),
      bars(theme, area, figures, layers),
      runningOutline(theme, area, figures, ({ totals }, i) => ((value(totals) ?? 0) / counts[i]!) * height, color),
    ],
  });
}
