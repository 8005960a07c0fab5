/** Plugins for Chart.js: intervals without data, the interval that still runs, labels inside a plot. */
import type { Chart, Plugin } from 'chart.js';
import type { MetricName } from '../../src/contract/metric';
import { missingFlags, type ChartData, type Interval } from '../chartData';
import type { Range } from '../steps';
import { texts } from '../texts';
import type { Role, Theme } from '../theme';
import { barWidth } from './bars';
import type { Area } from './area';

export interface Pane {
  readonly top: number;
  readonly bottom: number;
}

/** Hatches runs of intervals without data, and says so where there is room. */
export function gapHatching(
  theme: Theme,
  area: Area,
  figures: ChartData,
  metric: MetricName,
  panes: readonly Pane[],
): Plugin {
  const hatch = theme.paint({ ink: 'grid', mark: 'counter' });
  const runs = runsOf(missingFlags(figures, metric));
  return {
    id: 'gaps',
    beforeDatasetsDraw: ({ ctx }) => {
      ctx.save();
      ctx.fillStyle = hatch;
      for (const { from, to } of runs) {
        for (const { top, bottom } of panes) {
          const left = area.left + from * area.step;
          ctx.fillRect(left, top, Math.min(area.right, area.left + to * area.step) - left, bottom - top);
        }
      }
      ctx.restore();
    },
    afterDatasetsDraw: (chart) => {
      for (const { from, to } of runs) {
        const width = (to - from) * area.step;
        if (width < 44 || !panes[0]) continue;
        drawText(chart, theme, texts.noData, area.left + from * area.step + width / 2, panes[0].bottom - 8, 'center');
      }
    },
  };
}

function runsOf(flags: readonly boolean[]): { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  flags.forEach((flag, i) => {
    if (!flag) return;
    const last = runs.at(-1);
    if (last?.to === i) last.to = i + 1;
    else runs.push({ from: i, to: i + 1 });
  });
  return runs;
}

/** Over how much the intervals of each step are spread. */
export function rangeBand(theme: Theme, area: Area, ranges: readonly Range[], axis: string): Plugin {
  return {
    id: 'ranges',
    beforeDatasetsDraw: ({ ctx, scales }) => {
      if (ranges.length === 0) return;
      const y = (value: number): number => scales[axis]!.getPixelForValue(value);
      const shape = new Path2D();
      ranges.forEach(({ low, high }, i) => {
        const left = area.left + i * area.step;
        if (high > low) shape.rect(left, y(high), Math.min(area.step, area.right - left), y(low) - y(high));
      });
      ctx.save();
      ctx.fillStyle = theme.faded('judged', theme.patterns ? 0.36 : 0.22);
      ctx.fill(shape);
      ctx.restore();
    },
  };
}

/** A dashed outline around the bar of the interval that still runs; `heightOf` is in pixels. */
export function runningOutline(
  theme: Theme,
  area: Area,
  { intervals }: ChartData,
  heightOf: (interval: Interval, index: number) => number,
  color: Role,
): Plugin {
  return {
    id: 'running',
    afterDatasetsDraw: ({ ctx }) => {
      const width = Math.round(barWidth(area.step));
      if (width < 3) return;
      ctx.save();
      ctx.strokeStyle = theme.color(color);
      ctx.setLineDash([2, 2]);
      ctx.lineWidth = 1;
      intervals.forEach((interval, index) => {
        const height = interval.running ? heightOf(interval, index) : 0;
        if (!(height >= 1)) return;
        const x = Math.round(area.left + (index + 0.5) * area.step - width / 2) + 0.5;
        const y = Math.round(area.bottom - height) + 0.5;
        ctx.strokeRect(x, y, width - 1, Math.max(0, area.bottom - y - 0.5));
      });
      ctx.restore();
    },
  };
}

export interface ChartLabels {
  readonly text: string;
  readonly x: number;
  /** Of the text's middle. */
  readonly y: number;
  readonly align?: CanvasTextAlign;
  readonly strong?: boolean;
  readonly color?: string;
}

/** Labels on the canvas, over the data, on a plate of the card's colour. */
export function labelPlugin(theme: Theme, list: readonly ChartLabels[]): Plugin {
  return {
    id: 'words',
    afterDraw: (chart) => {
      for (const { text, x, y, align, strong, color } of list) drawText(chart, theme, text, x, y, align, strong, color);
    },
  };
}

export function drawText(
  { ctx }: Chart,
  theme: Theme,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign = 'left',
  strong = false,
  color = theme.color(strong ? 'fg' : 'muted'),
): void {
  ctx.save();
  ctx.font = `${strong ? 600 : 400} ${0.85 * theme.em}px ${theme.family}`;
  ctx.textAlign = align;
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4;
  ctx.strokeStyle = theme.color('card');
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
  ctx.restore();
}
