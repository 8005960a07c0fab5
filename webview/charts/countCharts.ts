/** Requests as bars, and errors as bars stacked by type. */
import { errorKeys } from '../../src/contract/metric';
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import { missingFlags, type ChartData } from '../chartData';
import { texts } from '../texts';
import { countScale, ticksOf } from './axis';
import { bars, type Layer } from './bars';
import { errorFill, requestsFill } from './fills';
import { timePlot, type PlotConfiguration } from './plot';
import { gapHatching, runningOutline } from './plugins';
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
  const sums = figures.intervals.map(({ totals }) => metricTable[metric].value(totals) ?? 0);
  const scale = countScale(
    sums.reduce((most, sum) => Math.max(most, sum), 0),
    3,
  );
  const height = (area.bottom - area.top) / scale.top;
  return timePlot(canvas, {
    metric,
    area,
    axes: { y: { max: scale.top, ticks: ticksOf(scale), label: formats.axisCount } },
    plugins: [
      gapHatching(theme, area, missingFlags(figures, metric), [area], texts.noData),
      bars(theme, area, figures, layers),
      runningOutline(
        theme,
        area,
        figures.intervals.flatMap((interval, index) =>
          interval.running ? [{ index, bottom: area.bottom, height: sums[index]! * height }] : [],
        ),
        theme.color(layers.length === 1 ? 'requests' : 'muted'),
      ),
    ],
  });
}
