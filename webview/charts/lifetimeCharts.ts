/** Lifetime is one point: bars by kind, and a judged figure on a scale with its levels. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import type { ChartData } from '../chartData';
import type { Fill } from '../theme';
import { errorTypeText, levelTexts, texts } from '../texts';
import { availabilityFloor } from './availabilityTicks';
import { errorKeysOf } from './countCharts';
import { errorFill, failedFill, requestsFill, succeededFill } from './fills';
import { dashes, limitsOf } from './levels';
import { staticOptions, type BarLayer, type PlotConfiguration, type PlotOptions } from './plot';
import { labelPlugin, type ChartLabels } from './plugins';
import { percent, rateScale } from './rateChart';
import type { Canvas } from './area';

interface Row {
  readonly name: string;
  readonly value: number | undefined;
  readonly fill: Fill;
}

export function lifetimeRequests(canvas: Canvas): PlotConfiguration {
  const { requests, errors } = canvas.figures.totals;
  return plot(canvas, [
    { name: texts.requests, value: requests, fill: requestsFill() },
    { name: texts.errors, value: errors, fill: { ground: 'timeout' } },
  ]);
}

export function lifetimeErrors(canvas: Canvas): PlotConfiguration {
  const { figures, theme } = canvas;
  const counts = new Map(figures.totals.errorsByKey.map(({ key, count }) => [key, count]));
  return plot(
    canvas,
    errorKeysOf(figures).map((key) => ({
      name: errorTypeText(key),
      value: counts.get(key) ?? 0,
      fill: errorFill(key, theme),
    })),
  );
}

/** The end of the error rate's scale: the first two levels of Meta are always on it. */
export function lifetimeRateTop({ totals: { errorRate = 0 } }: ChartData): number {
  return rateScale(Math.max(errorRate, 0.11)).top;
}

export function lifetimeRate(canvas: Canvas): PlotConfiguration {
  const { figures } = canvas;
  return plot(canvas, [], {
    metric: 'ENDPOINT_REQUEST_ERROR_RATE',
    value: figures.totals.errorRate,
    min: 0,
    max: lifetimeRateTop(figures),
  });
}

export function lifetimeAvailability(canvas: Canvas): PlotConfiguration {
  const { figures, theme } = canvas;
  const { availability, succeeded, failed } = figures.totals;
  return plot(
    canvas,
    [
      { name: texts.succeeded, value: succeeded, fill: succeededFill(theme) },
      { name: texts.failed, value: failed, fill: failedFill(theme) },
    ],
    { metric: 'ENDPOINT_AVAILABILITY', value: availability, min: availabilityFloor(availability ?? 1), max: 1 },
  );
}

interface Gauge {
  readonly metric: MetricName;
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
}

/** The vertical axis counts pixels from the top, so that rows and gauge stand where the text beside them does. */
function plot(canvas: Canvas, rows: readonly Row[], gauge?: Gauge): PlotConfiguration {
  const { theme, formats, width, height, k } = canvas;
  const rowHeight = 22 * k;
  const begin = gauge ? 66 * k : 2 * k;
  const left = Math.round(86 * k);
  const room = Math.max(10, width - left - 76 * k);
  const most = Math.max(1, ...rows.map(({ value }) => value ?? 0));
  const datasets: BarLayer[] = [];
  const labels: ChartLabels[] = [];
  rows.forEach(({ name, value = 0, fill }, i) => {
    const y = begin + (i + 0.5) * rowHeight;
    const length = value === 0 ? 0 : Math.max(1.5, (value / most) * room);
    datasets.push(
      bar(left + length, y, rowHeight - 6 * k, theme.paint(fill), left, fill.edge && theme.color(fill.edge)),
    );
    labels.push(
      { text: name, x: left - 8 * k, y, align: 'right' },
      { text: formats.count(value), x: left + length + 6 * k, y, strong: true },
    );
  });
  const lines = gauge ? addGauge(canvas, gauge, datasets, labels) : {};
  return {
    type: 'bar',
    data: { datasets },
    plugins: [labelPlugin(theme, labels)],
    options: {
      ...staticOptions,
      indexAxis: 'y',
      layout: { autoPadding: false, padding: 0 },
      scales: {
        x: { type: 'linear', display: false, min: 0, max: width },
        y: { type: 'linear', display: false, offset: false, min: 0, max: height, reverse: true },
      },
      plugins: { annotation: { annotations: lines } },
    } as unknown as PlotOptions,
  };
}

/** Adds the judged figure on its scale, with the names of its levels; gives their lines. */
function addGauge(
  { theme, formats, figures, width, k }: Canvas,
  { metric, value, min, max }: Gauge,
  datasets: BarLayer[],
  labels: ChartLabels[],
): Record<string, AnnotationOptions> {
  const lines: Record<string, AnnotationOptions> = {};
  const from = 2;
  const to = width - 24 * k;
  const at = (ratio: number): number => from + ((ratio - min) / (max - min)) * (to - from);
  const middle = 22 * k;
  datasets.push(bar(to, middle, 14 * k, theme.color('grid'), from));
  if (value !== undefined) datasets.push(bar(at(value), middle, 8 * k, theme.color('judged'), from));
  const limits = limitsOf(metric, figures.thresholds).filter((limit) => limit.value > min && limit.value < max);
  const taken = [
    { from, to: from + 34 * k },
    { from: to - 34 * k, to },
  ];
  labels.push({ text: formats.percentLimit(percent(min)), x: from, y: 46 * k });
  // The most severe comes first: where there is no room for all names, the milder go without.
  for (const { level, threshold, value: limit } of limits) {
    const x = at(limit);
    lines[level] = {
      type: 'line',
      xMin: x,
      xMax: x,
      yMin: 8 * k,
      yMax: 36 * k,
      borderColor: theme.color(level),
      borderWidth: 2,
      borderDash: dashes[level],
      adjustScaleRange: false,
    };
    const name = `${metricTable[metric].limitText(threshold, formats)} ${levelTexts[level]}`;
    const half = theme.textWidth(name) / 2;
    const room = { from: x - half - 3 * k, to: x + half + 3 * k };
    if (taken.some((other) => other.from < room.to && room.from < other.to)) continue;
    taken.push(room);
    labels.push({ text: name, x, y: 46 * k, align: 'center' });
  }
  labels.push({ text: formats.percentLimit(percent(max)), x: to, y: 46 * k, align: 'right' });
  return lines;
}

function bar(
  to: number,
  y: number,
  thickness: number,
  fill: BarLayer['backgroundColor'],
  base: number,
  edge?: string,
): BarLayer {
  return {
    type: 'bar',
    data: [{ x: to, y }],
    base,
    grouped: false,
    barThickness: thickness,
    backgroundColor: fill!,
    borderColor: edge ?? 'transparent',
    borderWidth: edge ? 1 : 0,
    borderSkipped: false,
    borderRadius: 1,
  };
}
