/** The ink that goes where trouble is: what of a line lies beyond a level, in that level's colour. */
import type { Plugin } from 'chart.js';
import type { LimitLevel } from '../../src/domain/model';
import type { Theme } from '../theme';
import { barWidth } from './bars';
import type { Limit } from './levels';
import { middlePoints } from './lines';
import type { Point } from './plot';
import type { Area } from './area';

interface LevelFills {
  /** One value per interval; NaN where there is none. */
  readonly values: readonly number[];
  /** Id of the axis of values. */
  readonly axis: string;
  /** The most severe first. */
  readonly limits: readonly Limit[];
  /** Where the most severe level ends: the end of the axis on its side. */
  readonly end: number;
}

/** The worse the level, the more ink. */
const strength: Readonly<Record<LimitLevel, number>> = { attention: 0.13, warning: 0.3, critical: 0.3 };

/** Each level has the band from its limit to that of the next; what of the line lies in a band has its colour. */
export function levelFills(theme: Theme, area: Area, { values, axis, limits, end }: LevelFills): Plugin {
  return {
    id: 'levelFills',
    beforeDatasetsDraw: ({ ctx, scales }) => {
      const y = (value: number): number => scales[axis]!.getPixelForValue(value);
      const bands: { readonly color: string; readonly from: number; readonly to: number }[] = [];
      let to = y(end);
      for (const { level, value } of limits) {
        const from = y(value);
        // A milder level whose limit lies beyond that of a more severe one has no band.
        if (Math.abs(from - y(end)) <= Math.abs(to - y(end))) continue;
        bands.push({ color: theme.faded(level, strength[level] * (theme.patterns ? 1.5 : 1)), from, to });
        to = from;
      }
      // Between the mildest limit and the line lies all that is beyond it; what is not beyond is clipped away.
      const shape = areaUnder(middlePoints(values), area, y, to);
      for (const band of bands) {
        ctx.save();
        ctx.beginPath();
        ctx.rect(area.left, Math.min(band.from, band.to), area.right - area.left, Math.abs(band.from - band.to));
        ctx.clip();
        ctx.fillStyle = band.color;
        ctx.fill(shape);
        ctx.restore();
      }
    },
  };
}

/** The area between a line and a level at `base`, parted where values are missing. A lone value is as wide as a bar. */
function areaUnder(points: readonly Point[], { left, step }: Area, y: (value: number) => number, base: number): Path2D {
  const shape = new Path2D();
  for (let from = 0; from < points.length; from++) {
    let to = from;
    while (to < points.length && !Number.isNaN(points[to]!.y)) to++;
    if (to === from) continue;
    const half = to - from === 1 ? Math.max(4, barWidth(step)) / 2 : 0;
    const x = (i: number): number => left + points[i]!.x * step;
    shape.moveTo(x(from) - half, base);
    for (let i = from; i < to; i++) {
      if (half > 0) shape.lineTo(x(i) - half, y(points[i]!.y));
      shape.lineTo(x(i) + half, y(points[i]!.y));
    }
    shape.lineTo(x(to - 1) + half, base);
    shape.closePath();
    from = to;
  }
  return shape;
}
