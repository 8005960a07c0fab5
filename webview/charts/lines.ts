/** Lines over time: broken where there is no value, dotted into the running interval, lone values as dots. */
import type { LineLayer, Point } from './plot';
import type { Area, Canvas } from './area';

/** How thick a line is; many points make it thin. */
export function lineWidth(step: number): number {
  return step < 2 ? 1 : step < 5 ? 1.25 : 1.75;
}

/** The values that have no neighbour to be joined with. NaN is no value. */
export function isolatedPoints(values: readonly number[]): Set<number> {
  const absent = (i: number): boolean => Number.isNaN(values[i] ?? NaN);
  const lone = new Set<number>();
  for (let i = 0; i < values.length; i++) if (!absent(i) && absent(i - 1) && absent(i + 1)) lone.add(i);
  return lone;
}

/** A value that no line leads to is a dot, well in sight even where intervals are narrower than it. */
export function dotRadius(step: number): number {
  return Math.max(3, Math.min(step * 0.4, 4));
}

/** Below this many pixels an interval is not drawn by itself. */
const finest = 0.25;

/** One point in the middle of each interval; where many share a pixel, the least and the most of each pixel. */
export function middlePoints(values: readonly number[], step: number): Point[] {
  if (step >= finest) return values.map((y, i) => ({ x: i + 0.5, y }));
  const points: Point[] = [];
  const perPixel = Math.ceil(1 / step);
  for (let from = 0; from < values.length; from += perPixel) {
    let least = from;
    let most = from;
    for (let i = from + 1; i < Math.min(values.length, from + perPixel); i++) {
      // NaN is neither less nor more, so any value takes its place.
      if (!(values[i]! >= values[least]!)) least = Number.isNaN(values[i]!) ? least : i;
      if (!(values[i]! <= values[most]!)) most = Number.isNaN(values[i]!) ? most : i;
    }
    for (const i of least === most ? [least] : [Math.min(least, most), Math.max(least, most)]) {
      points.push({ x: i + 0.5, y: values[i]! });
    }
  }
  return points;
}

/** The line as a layer, and its dotted end as another: one style a layer is drawn in one stroke. */
export function line({ figures, theme }: Canvas, area: Area, values: readonly number[], axis = 'y'): LineLayer[] {
  const { intervals } = figures;
  const color = theme.color('judged');
  const lone = isolatedPoints(values);
  const radius = dotRadius(area.step);
  const running = intervals.findIndex((interval) => interval.running);
  const dotted = running > 0 && !Number.isNaN(values[running]!) && !Number.isNaN(values[running - 1]!);
  const layer: Omit<LineLayer, 'data'> = {
    type: 'line',
    yAxisID: axis,
    borderColor: color,
    borderWidth: lineWidth(area.step),
    borderJoinStyle: 'round',
    spanGaps: false,
    clip: 4,
    pointRadius: lone.size > 0 ? ({ raw }) => (lone.has(Math.floor((raw as Point).x)) ? radius : 0) : 0,
    pointBackgroundColor: color,
    pointBorderWidth: 0,
  };
  const end = values.slice(running - 1).map((y, i) => ({ x: running - 0.5 + i, y }));
  return [
    { ...layer, data: middlePoints(dotted ? values.slice(0, running) : values, area.step) },
    ...(dotted ? [{ ...layer, data: end, borderDash: [2, 3], pointRadius: 0 }] : []),
  ];
}
