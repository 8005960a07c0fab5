/**
 * Stacked bars over time, drawn as one path a layer: with hundreds of intervals and eleven layers that takes a fraction
 * of what an element per bar would.
 */
import type { Chart, Plugin } from 'chart.js';
import type { ChartData } from '../chartData';
import type { Fill, Theme } from '../theme';
import type { Area } from './area';

export interface Layer {
  readonly fill: Fill;
  /** One value per interval, in the unit of the axis; NaN or 0 draws nothing. */
  readonly values: readonly number[];
}

/** Thinner parts bear neither edge nor gap nor round corners: nothing of themselves would be left. */
const thinnest = 2.2;

/** How wide bars are: three quarters of the step, at most 26 px, and without gaps where a step is under 3 px. */
export function barWidth(step: number): number {
  return step < 3 ? Math.max(1, step + 0.3) : Math.max(1, Math.min(step * 0.74, 26));
}

/** The layers from the baseline up, parted by a hairline. The running interval is half as strong. */
export function bars(
  theme: Theme,
  area: Area,
  { intervals }: ChartData,
  layers: readonly Layer[],
  { axis = 'y', strength = 1 }: { readonly axis?: string; readonly strength?: number } = {},
): Plugin {
  const width = barWidth(area.step);
  return {
    id: 'bars',
    beforeDatasetsDraw: ({ ctx, scales }: Chart) => {
      const scale = scales[axis]!;
      const base = scale.getPixelForValue(0);
      const unit = base - scale.getPixelForValue(1);
      const tops = intervals.map(() => base);
      ctx.save();
      ctx.lineWidth = 1;
      for (const [level, { fill, values }] of layers.entries()) {
        const finished = new Path2D();
        const still = new Path2D();
        const edges = new Path2D();
        values.forEach((value, i) => {
          if (!(value > 0)) return;
          const height = value * unit;
          const left = area.left + (i + 0.5) * area.step - width / 2;
          // A hairline between two pixels would be half as strong in both.
          const x = width < 2 ? Math.round(left) : left;
          const y = (tops[i]! -= height);
          const roomy = width > 3 && height > thinnest;
          const shape = intervals[i]!.running ? still : finished;
          const seen = roomy && level > 0 && !fill.edge ? height - 1 : height;
          if (roomy && width > 6 && !fill.edge) shape.roundRect(x, y, width, seen, 1);
          else shape.rect(x, y, width, seen);
          if (roomy && fill.edge) edges.rect(x + 0.5, y + 0.5, width - 1, height - 1);
        });
        ctx.fillStyle = theme.paint(fill, strength);
        ctx.fill(finished);
        ctx.fillStyle = theme.paint(fill, strength / 2);
        ctx.fill(still);
        if (fill.edge) {
          ctx.strokeStyle = theme.color(fill.edge);
          ctx.stroke(edges);
        }
      }
      ctx.restore();
    },
  };
}
