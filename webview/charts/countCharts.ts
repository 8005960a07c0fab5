/** Requests as bars, and errors as bars stacked by type. */
import { errorKeys } from '../../src/contract/metric';
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import { largest, type ChartData } from '../chartData';
import { countScale, ticksOf } from './axis';
import { bars, type Layer } from './bars';
import { errorFill, requestsFill } from './fills';
import { timePlot, type PlotConfiguration } from './plot';
import { runningOutline } from './plugins';
import { areaOf, type Canvas } from './area';

export function requestsChart(canvas: Canvas): PlotConfiguration {
  const values = canvas.figures.intervals.map(({ totals }) => totals.requests ?? NaN);
  return countChart(canvas, 'ENDPOINT_REQUEST_COUNT', [{ fill: requestsFill(), values }]);
}

export function errorsChart(canvas: Canvas): PlotConfiguration {
  const { figures, theme } = canvas;
  const layers = errorKeysOf(figures).map((key) => ({
    fill: errorFill(key, theme),
    values: figures.intervals.map(({ totals }) => totals.errorsByKey.find((entry) => entry.key === key)?.count ?? 0),
  }));
  return countChart(canvas, 'ENDPOINT_REQUEST_ERROR', layers);
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

/** The layers of a bar add up to the metric's value. */
function countChart(canvas: Canvas, metric: MetricName, layers: readonly Layer[]): PlotConfiguration {
  const { figures, theme, formats } = canvas;
  const area = areaOf(canvas);
  const scale = countScale(largest(figures.intervals, metricTable[metric].value), 3);
  const height = (area.bottom - area.top) / scale.top;
  return timePlot(canvas, {
    metric,
    area,
    axes: { y: { max: scale.top, ticks: ticksOf(scale), label: formats.axisCount } },
    plugins: [
      bars(theme, area, figures, layers),
      runningOutline(
        theme,
        area,
        figures,
        ({ totals }) => (metricTable[metric].value(totals) ?? 0) * height,
        layers.length === 1 ? 'requests' : 'muted',
      ),
    ],
  });
}
