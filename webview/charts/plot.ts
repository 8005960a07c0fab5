/** Shared by all charts: Chart.js with the few parts in use, one geometry, one look. */
import {
  BarController,
  BarElement,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartConfiguration,
  type ChartDataset,
  type Plugin,
} from 'chart.js';
import annotation, { type AnnotationOptions } from 'chartjs-plugin-annotation';
import type { MetricName } from '../../src/contract/metric';
import type { ChartData } from '../chartData';
import type { Theme } from '../theme';
import { measuredOf } from '../steps';
import { alertMarks } from './alertMarks';
import { timeTicks } from './axis';
import { markLines } from './markLines';
import { gapHatching, type Pane } from './plugins';
import type { Area, Canvas } from './area';

Chart.register(BarController, BarElement, LineController, LineElement, PointElement, LinearScale, annotation);

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type BarLayer = ChartDataset<'bar', Point[]>;
export type LineLayer = ChartDataset<'line', Point[]>;
export type PlotConfiguration = ChartConfiguration<'bar' | 'line', Point[]>;
export type PlotOptions = NonNullable<PlotConfiguration['options']>;

interface ValueAxis {
  readonly min?: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
  /** Values without a grid line, because something else is drawn there. */
  readonly bare?: readonly number[];
  /** Pixels of this pane, where two share the canvas. */
  readonly weight?: number;
  /** True for the upper pane, which has a baseline of its own. */
  readonly base?: boolean;
}

interface PlotParts {
  readonly metric: MetricName;
  readonly area: Area;
  /** Where the metric's values lie; absent: in all of the area. */
  readonly panes?: readonly Pane[];
  readonly lines?: readonly LineLayer[];
  /** One axis, or an upper and a lower one. */
  readonly axes: Readonly<Record<string, ValueAxis>>;
  readonly levels?: Readonly<Record<string, AnnotationOptions>>;
  readonly plugins?: readonly Plugin[];
}

/** A chart over time: a linear axis of intervals, values above it. */
export function timePlot(canvas: Canvas, parts: PlotParts): PlotConfiguration {
  const { figures, theme, formats, k, height } = canvas;
  const { metric, area, panes = [area], axes } = parts;
  const font = { family: theme.family, size: 0.85 * theme.em, lineHeight: 1 };
  const { of, size } = measuredOf(figures);
  const ticks = timeTicks(of, formats, area.step / size, k).map(({ at, label }) => ({ at: at / size, label }));
  const scales: Record<string, unknown> = {
    x: {
      type: 'linear',
      min: 0,
      max: of.intervals.length / size,
      position: 'bottom',
      offset: false,
      border: { color: theme.color('axis') },
      grid: { drawOnChartArea: false, offset: false, tickLength: 4, tickColor: theme.color('axis') },
      ticks: {
        font,
        color: theme.color('muted'),
        autoSkip: false,
        maxRotation: 0,
        includeBounds: false,
        padding: 3 * k,
        callback: (value: number | string) => ticks.find(({ at }) => at === Number(value))?.label ?? '',
      },
      afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
        scale.ticks = ticks.map(({ at }) => ({ value: at }));
      },
      afterFit: (scale: { height: number; paddingLeft: number; paddingRight: number }) => {
        scale.height = height - area.bottom;
        scale.paddingLeft = scale.paddingRight = 0;
      },
    },
  };
  // Chart.js piles panes from the bottom up.
  for (const [id, axis] of Object.entries(axes).reverse()) scales[id] = valueAxis(axis, area.left, font, theme);
  return {
    type: 'line',
    data: { datasets: [...(parts.lines ?? [])] },
    plugins: [
      markLines(theme, area, figures, metric, hasTopLabels(figures, metric) ? 1 : 0),
      alertMarks(theme, area, figures, metric),
      gapHatching(theme, area, figures, metric, panes),
      ...(parts.plugins ?? []),
    ],
    options: {
      ...staticOptions,
      layout: { autoPadding: false, padding: { top: area.top, right: canvas.width - area.right, left: 0, bottom: 0 } },
      scales,
      plugins: { annotation: { annotations: { ...parts.levels } } },
    } as unknown as PlotOptions,
  };
}

/** True where a chart has other words at its top: alerts, and figures beyond the scale. */
function hasTopLabels({ alerts }: ChartData, metric: MetricName): boolean {
  return metric === 'ENDPOINT_REQUEST_ERROR_RATE' || alerts.some((alert) => alert.metric === metric);
}

/** The page has its own pointer and keyboard handling, and its own sizes. */
export const staticOptions = {
  responsive: false,
  animation: false,
  parsing: false,
  normalized: true,
  events: [],
} as const;

function valueAxis(axis: ValueAxis, width: number, font: { family: string; size: number }, theme: Theme): unknown {
  const lowest = axis.min ?? 0;
  return {
    type: 'linear',
    axis: 'y',
    min: lowest,
    max: axis.max,
    ...(axis.weight === undefined ? {} : { stack: 'panes', stackWeight: axis.weight }),
    border: { display: false },
    grid: {
      drawTicks: false,
      color: ({ tick }: { tick?: { value: number } }) => {
        if (!tick || axis.bare?.includes(tick.value)) return 'transparent';
        if (tick.value === lowest) return axis.base ? theme.color('axis') : 'transparent';
        return theme.color('grid');
      },
    },
    ticks: {
      font,
      color: theme.color('muted'),
      padding: 6,
      autoSkip: false,
      includeBounds: false,
      callback: (value: number | string) => axis.label(Number(value)),
    },
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = axis.ticks.map((value) => ({ value }));
    },
    afterFit: (scale: { width: number }) => {
      scale.width = width;
    },
  };
}

/** Draws into the canvas, in place of what it showed. */
export function drawChart(
  element: HTMLCanvasElement,
  width: number,
  height: number,
  configuration: PlotConfiguration,
): void {
  const chart = Chart.getChart(element);
  if (chart && fits(chart, width, height) && (chart.config as PlotConfiguration).type === configuration.type) {
    chart.config.plugins?.splice(0, Infinity, ...(configuration.plugins ?? []));
    chart.data = configuration.data;
    chart.options = configuration.options ?? {};
    chart.update('none');
    return;
  }
  chart?.destroy();
  element.width = width;
  element.height = height;
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
  new Chart(element, configuration);
}

/** A chart of the same size takes new data and options; to build another would cost the page its layout as well. */
function fits(chart: Chart, width: number, height: number): boolean {
  return chart.width === width && chart.height === height && chart.currentDevicePixelRatio === devicePixelRatio;
}

export function destroyChart(element: HTMLCanvasElement): void {
  Chart.getChart(element)?.destroy();
}
