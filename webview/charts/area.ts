import type { ChartData } from '../chartData';
import { inSteps, measuredOf, stepSize } from '../steps';
import type { Theme } from '../theme';
import type { Formats } from '../../src/presentation/formats';

/** Where the plot lies in the canvas, in CSS pixels; the same for drawing and for the pointer. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** One interval. */
  readonly step: number;
}

export function areaOf(
  { figures, width, height, k }: Canvas,
  margins: { readonly left?: number; readonly right?: number; readonly top?: number; readonly bottom?: number } = {},
): Area {
  const left = Math.round(k * (margins.left ?? 38));
  const right = width - Math.round(k * (margins.right ?? 4));
  return {
    left,
    right,
    top: Math.round(k * (margins.top ?? 8)),
    bottom: height - Math.round(k * (margins.bottom ?? 20)),
    step: Math.max(0, right - left) / Math.max(1, figures.intervals.length),
  };
}

/** The chart's room with steps in place of intervals that are too narrow to be seen. */
export function steppedCanvas(canvas: Canvas, area: Area): { readonly canvas: Canvas; readonly area: Area } {
  const size = stepSize(canvas.figures, area.step);
  return {
    canvas: { ...canvas, figures: inSteps(canvas.figures, size) },
    area: { ...area, step: area.step * size },
  };
}

/** Where an instant lies in the plot; the ends of the plot for what is beyond them. */
export function instantScale(area: Area, figures: ChartData): (instant: number) => number {
  const { of, size } = measuredOf(figures);
  const { intervals } = of;
  const step = area.step / size;
  return (instant) => {
    const i = intervals.findIndex(({ end }) => instant < end);
    if (i < 0) return area.left + intervals.length * step;
    const { begin, end } = intervals[i]!;
    return area.left + (i + Math.max(0, (instant - begin) / (end - begin))) * step;
  };
}

/** A chart's room and what it draws. */
export interface Canvas {
  readonly figures: ChartData;
  readonly theme: Theme;
  readonly formats: Formats;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Font size over 13 px: margins grow with the text. */
  readonly k: number;
}
