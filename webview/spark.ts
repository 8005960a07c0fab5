/** Small shapes in the tiles: where the eye finds trouble before it reads. */
import { svg } from './dom';
import type { Interval } from './chartData';

export interface Spark {
  readonly kind: 'bars' | 'line' | 'steps';
  readonly className?: string;
  readonly values: readonly (number | undefined)[];
  /** Values beyond the scale are drawn at its edge. */
  readonly min: number;
  readonly max: number;
}

/** In the units of its own picture: about the pixels of a tile. */
export const sparkWidth = 200;
const height = 28;

export function sparkline({ kind, className, values, min, max }: Spark, intervals: readonly Interval[]): SVGElement {
  const step = sparkWidth / Math.max(1, values.length);
  const range = max - min || 1;
  const y = (value: number): number =>
    height - 1.5 - ((Math.min(Math.max(value, min), max) - min) / range) * (height - 4);
  const picture = svg('svg', {
    viewBox: `0 0 ${sparkWidth} ${height}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  if (kind === 'bars') {
    const bar = Math.max(1, Math.min(step * (step < 2 ? 1 : 0.74), 26));
    // One path for many bars: an element each would cost more than all else in the tile.
    const shapes = { finished: '', running: '' };
    values.forEach((value, i) => {
      if (value === undefined) return;
      const tall = round(Math.max(0.5, height - y(value)));
      const x = round((i + 0.5) * step - bar / 2);
      shapes[intervals[i]?.running ? 'running' : 'finished'] +=
        `M${x} ${round(height - tall)}h${round(bar)}v${tall}h${round(-bar)}z`;
    });
    for (const [name, d] of Object.entries(shapes)) {
      if (d) picture.append(svg('path', { d, class: `bars ${className} ${name}` }));
    }
    return picture;
  }
  picture.append(svg('line', { x1: 0, x2: sparkWidth, y1: height - 0.5, y2: height - 0.5 }));
  let path = '';
  let dots = '';
  values.forEach((value, i) => {
    if (value === undefined) return;
    const joined = values[i - 1] !== undefined;
    const middle = round((i + 0.5) * step);
    const level = round(y(value));
    // A line of no length with round ends.
    if (!joined && values[i + 1] === undefined && (kind === 'line' || step < 5)) dots += `M${middle} ${level}h0`;
    else if (kind === 'steps') path += `${joined ? 'V' : `M${round(i * step)} `}${level}H${round((i + 1) * step)}`;
    else path += `${joined ? 'L' : 'M'}${middle} ${level}`;
  });
  if (path) picture.append(svg('path', { d: path, class: values.length > 100 ? 'thin' : undefined }));
  if (dots) picture.append(svg('path', { d: dots, class: 'dots' }));
  return picture;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
