/** Latency over time: percentiles as steps over the shares of the buckets; and the period's histogram beside them. */
import type { Plugin } from 'chart.js';
import { metricTable } from '../../src/presentation/metricTable';
import type { LatencyBucket } from '../../src/domain/model';
import { fewFlags } from '../chartData';
import { rangesOf } from '../steps';
import { levelTexts, texts } from '../texts';
import { bars } from './bars';
import { bucketFill } from './fills';
import type { Theme } from '../theme';
import { dashes, levelLines, limitsOf, type Limit } from './levels';
import { dotRadius, lineWidth, isolatedPoints } from './lines';
import { staticOptions, timePlot, type LineLayer, type PlotConfiguration, type PlotOptions, type Point } from './plot';
import { labelPlugin, rangeBand, type ChartLabels } from './plugins';
import { type Area, areaOf, steppedCanvas, type Canvas } from './area';

const metric = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
const rows = 11;
const buckets = Array.from({ length: rows }, (_, i) => (i + 1) as LatencyBucket);

/** Where the panes lie. The histogram's rows are level with the percentiles' seconds. */
interface LatencyLayout {
  readonly area: Area;
  /** Height of one row of the upper pane. */
  readonly row: number;
  /** Bottom of the upper pane and top of the lower one. */
  readonly base: number;
  readonly under: number;
}

export function latencyLayout(canvas: Canvas, narrow: boolean): LatencyLayout {
  const area = areaOf(canvas, { left: narrow ? 44 : 78, right: 50, top: 22 });
  const gap = Math.round(28 * canvas.k);
  const row = Math.max(1, Math.floor(((area.bottom - area.top - gap) * (narrow ? 0.6 : 0.64)) / rows));
  const base = area.top + rows * row;
  return { area, row, base, under: base + gap };
}

export function latencyChart(whole: Canvas, narrow: boolean): PlotConfiguration {
  const { theme, formats, k, width } = whole;
  const layout = latencyLayout(whole, narrow);
  const { row, base, under } = layout;
  const { canvas, area } = steppedCanvas(whole, layout.area);
  const { figures } = canvas;
  const { intervals } = figures;
  const p90 = rangesOf(figures, metric, fewFlags(whole.figures, metric));
  const limits = limitsOf(metric, figures.thresholds);
  const lower = area.bottom - under;
  const shares = buckets.map((bucket) => ({
    fill: bucketFill(bucket, theme),
    values: intervals.map(({ totals: { latency, measured } }) => (measured ? latency![bucket - 1]! / measured : NaN)),
  }));
  return timePlot(canvas, {
    metric,
    area,
    panes: [
      { top: area.top, bottom: base },
      { top: under, bottom: area.bottom },
    ],
    lines: percentileLines(canvas, area),
    axes: {
      seconds: {
        max: rows,
        ticks: secondsTicks(limits),
        bare: limits.map(({ value }) => value),
        label: (value) => secondsLabel(canvas, limits, value, narrow),
        weight: rows * row,
        base: true,
      },
      share: {
        max: (area.bottom - base) / lower,
        ticks: [0, 0.5, 1],
        label: (value) => formats.percentLimit(value * 100),
        weight: area.bottom - base,
      },
    },
    levels: levelLines(theme, limits, 'seconds'),
    plugins: [
      ...(narrow ? [] : [extendedLevelLines(theme, limits, area, width, (value) => base - value * row)]),
      rangeBand(
        theme,
        area,
        p90.map(({ low, high }) => ({ low: low - 0.5, high: high - 0.5 })),
        'seconds',
      ),
      bars(theme, area, figures, shares, { axis: 'share' }),
      labelPlugin(theme, [
        { text: longestThatFits(texts.percentilesPane, theme, width - area.left), x: area.left, y: 8 * k },
        { text: longestThatFits(texts.sharesPane, theme, area.right - area.left), x: area.left, y: under - 11 * k },
        ...percentileNames(canvas, layout),
      ]),
    ],
  });
}

/** The longest of the texts that fits, else the last. */
function longestThatFits(texts: readonly string[], theme: Theme, room: number): string {
  return texts.find((one) => theme.textWidth(one) <= room) ?? texts.at(-1)!;
}

/** Beside the histogram the level lines run on into it, from the end of the plot to the edge of the canvas. */
function extendedLevelLines(
  theme: Theme,
  limits: readonly Limit[],
  area: Area,
  width: number,
  y: (value: number) => number,
): Plugin {
  return {
    id: 'runOn',
    beforeDatasetsDraw: ({ ctx }) => {
      ctx.save();
      ctx.lineWidth = 1.2;
      for (const { level, value } of limits) {
        ctx.strokeStyle = theme.color(level);
        ctx.setLineDash(dashes[level]);
        ctx.lineDashOffset = area.right - area.left;
        ctx.beginPath();
        ctx.moveTo(area.right, y(value));
        ctx.lineTo(width, y(value));
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

function secondsTicks(limits: readonly Limit[]): number[] {
  const values = limits.map(({ value }) => value);
  return values.includes(10) ? values : [...values, 10];
}

function secondsLabel({ formats }: Canvas, limits: readonly Limit[], value: number, narrow: boolean): string {
  const limit = limits.find((one) => one.value === value);
  const seconds = formats.secondsLimit(value);
  return limit && !narrow ? `${levelTexts[limit.level]} ${seconds}` : seconds;
}

const percentileKeys = ['p99', 'p50', 'p90'] as const;

/** Each value is drawn from edge to edge of its interval, in the middle of its row; its dotted end is a layer of its own. */
function percentileLines(canvas: Canvas, area: Area): LineLayer[] {
  const { figures, theme } = canvas;
  const { intervals } = figures;
  const finished = intervals.findLastIndex(({ running }) => !running) + 1;
  const styles = {
    // Dots of many narrow steps would run together.
    p99:
      area.step < 5
        ? { color: theme.faded('muted', 0.7), width: 1.3, dash: [] }
        : { color: theme.color('muted'), width: 1.3, dash: [1.5, 2.5] },
    p50: { color: theme.color('muted'), width: 1.3, dash: [] },
    p90: { color: theme.color('judged'), width: lineWidth(area.step) + 0.25, dash: [] },
  };
  return percentileKeys.flatMap((key) => {
    const { color, width, dash } = styles[key];
    const values = intervals.map(({ totals }) => (totals[key] ?? NaN) - 0.5);
    // A step is as wide as its interval; where that is next to nothing, a lone one is a dot.
    const lone = area.step < 5 ? isolatedPoints(values) : new Set();
    const radius = dotRadius(area.step);
    const layer: Omit<LineLayer, 'data'> = {
      type: 'line',
      yAxisID: 'seconds',
      borderColor: color,
      borderWidth: width,
      borderDash: dash,
      borderJoinStyle: 'miter',
      spanGaps: false,
      pointRadius: lone.size > 0 ? ({ raw }) => (lone.has((raw as Point).x) ? radius : 0) : 0,
      pointBackgroundColor: color,
      pointBorderWidth: 0,
      clip: 4,
    };
    const end = [{ x: finished, y: values[finished - 1] ?? NaN }, ...steps(values, finished, values.length)];
    return [
      { ...layer, data: steps(values, 0, finished) },
      ...(finished > 0 && finished < values.length
        ? [{ ...layer, data: end, borderDash: [2, 3], pointRadius: 0 }]
        : []),
    ];
  });
}

/** The corners of the steps from one interval to another. Steps of one height are one. */
function steps(values: readonly number[], from: number, to: number): Point[] {
  const points: Point[] = [];
  for (let i = from; i < to; i++) {
    const y = values[i]!;
    const begin = i;
    while (i + 1 < to && Object.is(values[i + 1], y)) i++;
    points.push({ x: begin, y }, { x: i + 1, y });
  }
  return points;
}

/**
 * The names at the right end; where percentiles meet they share one. They stand where the newest finished interval
 * ends: the few requests of the running one would tear them away from the figures.
 */
function percentileNames({ figures: { intervals }, k }: Canvas, { area, row, base }: LatencyLayout): ChartLabels[] {
  const known = intervals.filter(({ totals }) => totals.p90 !== undefined);
  const last = (known.findLast(({ running }) => !running) ?? known.at(-1))?.totals;
  if (!last) return [];
  const names = new Map<number, string[]>();
  for (const key of ['p50', 'p90', 'p99'] as const) {
    const bucket = last[key];
    if (bucket !== undefined) names.set(bucket, [...(names.get(bucket) ?? []), key]);
  }
  return [...names].map(([bucket, keys]) => ({
    text: keys.length === 1 ? keys[0]! : `${keys[0]}–${keys.at(-1)!.slice(1)}`,
    x: area.right + 5 * k,
    y: base - (bucket - 0.5) * row,
    strong: keys.includes('p90'),
  }));
}

interface HistogramLayout {
  readonly width: number;
  readonly height: number;
  /** Top of the highest row. */
  readonly top: number;
  readonly row: number;
  /** Where the bars begin. */
  readonly left: number;
  /** True where the percentiles stand beside it and name the levels. */
  readonly beside: boolean;
}

/** The period's buckets, slow ones on top. It is the legend of the shares as well. */
export function histogram(canvas: Canvas, layout: HistogramLayout): PlotConfiguration {
  const { figures, theme, k } = canvas;
  const { width, height, top, row, left, beside } = layout;
  const { latency = [] } = figures.totals;
  const limits = limitsOf(metric, figures.thresholds);
  const most = Math.max(1, ...latency);
  const room = width - left - 104 * k;
  const middle = (bucket: number): number => top + (rows - bucket + 0.5) * row;
  const bottom = top + rows * row;
  const scale = room / most;
  return {
    type: 'bar',
    data: {
      datasets: buckets.map((bucket) => {
        const fill = bucketFill(bucket, theme);
        const count = latency[bucket - 1] ?? 0;
        return {
          type: 'bar',
          label: String(bucket),
          data: count > 0 ? [{ x: count, y: bucket - 0.5 }] : [],
          grouped: false,
          barThickness: Math.max(1, row - 3),
          minBarLength: 1,
          backgroundColor: theme.paint(fill),
          borderColor: theme.color(fill.edge ?? 'card'),
          borderWidth: fill.edge && count * scale > 3 ? 1 : 0,
          borderSkipped: false,
        };
      }),
    },
    plugins: [
      baseline(theme, left, top, bottom),
      labelPlugin(theme, histogramLabels(canvas, layout, { limits, middle, scale, bottom })),
    ],
    options: {
      ...staticOptions,
      indexAxis: 'y',
      layout: {
        autoPadding: false,
        padding: { left: beside ? 0 : left, right: 0, top, bottom: Math.max(0, height - bottom) },
      },
      scales: {
        // Beside the percentiles the plot spans the canvas, so that level lines run through both.
        x: { type: 'linear', display: false, min: beside ? -left / scale : 0, max: (width - left) / scale },
        y: { type: 'linear', display: false, offset: false, min: 0, max: rows },
      },
      plugins: {
        annotation: {
          annotations: levelLines(theme, limits, 'y'),
        },
      },
    } as unknown as PlotOptions,
  };
}

/** Bucket, count and share beside each bar, the title, and the levels where the percentiles do not name them. */
function histogramLabels(
  { figures, theme, formats, k }: Canvas,
  { width, top, row, left, beside }: HistogramLayout,
  place: {
    readonly limits: readonly Limit[];
    readonly middle: (bucket: number) => number;
    readonly scale: number;
    readonly bottom: number;
  },
): ChartLabels[] {
  const { limits, middle, scale, bottom } = place;
  const { latency = [], measured = 0 } = figures.totals;
  const ofBars = buckets.flatMap((bucket): ChartLabels[] => {
    const count = latency[bucket - 1] ?? 0;
    const share = measured ? formats.percent(count / measured) : '';
    const y = middle(bucket);
    return [
      { text: formats.latency(bucket), x: left - 6 * k, y, align: 'right' },
      { text: formats.count(count), x: left + Math.max(count ? 1 : 0, count * scale) + 6 * k, y },
      { text: share, x: width - 1, y, align: 'right' },
    ];
  });
  const titleLeft = beside ? left - 44 * k : left;
  const title = { text: longestThatFits(texts.periodPane, theme, width - titleLeft), x: titleLeft, y: top - 14 * k };
  const ofLevels = limits.map(({ level, threshold, value }): ChartLabels => ({
    text: `${levelTexts[level]} ${metricTable[metric].limitText(threshold, formats)}`,
    x: left - 62 * k,
    y: bottom - value * row,
    align: 'right',
  }));
  return [...ofBars, title, ...(beside || left <= 100 * k ? [] : ofLevels)];
}

function baseline(theme: Theme, x: number, top: number, bottom: number): Plugin {
  return {
    id: 'baseline',
    afterDatasetsDraw: ({ ctx }) => {
      ctx.save();
      ctx.fillStyle = theme.color('axis');
      ctx.fillRect(x, top, 1, bottom - top);
      ctx.restore();
    },
  };
}
