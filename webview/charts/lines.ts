/** Lines over time: broken where there is no value, dotted into the running interval, lone values as dots. */
import type { Beyond } from './beyond';
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

/** One point in the middle of each interval. */
export function middlePoints(values: readonly number[]): Point[] {
  return values.map((y, i) => ({ x: i + 0.5, y }));
}

/** The values without those that stand on too little. */
export function firmValues(values: readonly number[], few: readonly boolean[]): number[] {
  return values.map((value, i) => (few[i] ? NaN : value));
}

/**
 * The line as a layer, and its dotted end as another: one style a layer is drawn in one stroke. Where values stand on
 * too little it is thin, and those inside the scale are hollow points; `beyond` are those outside it.
 */
export function line(
  { figures, theme }: Canvas,
  area: Area,
  values: readonly number[],
  {
    axis = 'y',
    few,
    beyond,
  }: { readonly axis?: string; readonly few: readonly boolean[]; readonly beyond: readonly Beyond[] },
): LineLayer[] {
  const { intervals } = figures;
  const firm = firmValues(values, few);
  const outside = new Set(beyond.map(({ index }) => index));
  const lone = isolatedPoints(firm);
  const radius = dotRadius(area.step);
  const running = intervals.findIndex((interval) => interval.running);
  const dotted = running > 0 && !Number.isNaN(firm[running]!) && !Number.isNaN(firm[running - 1]!);
  const layer: Omit<LineLayer, 'data'> = {
    type: 'line',
    yAxisID: axis,
    borderColor: theme.color('judged'),
    borderWidth: lineWidth(area.step),
    borderJoinStyle: 'round',
    spanGaps: false,
    clip: 4,
    pointRadius: lone.size > 0 ? ({ raw }) => (lone.has(Math.floor((raw as Point).x)) ? radius : 0) : 0,
    pointBackgroundColor: theme.color('judged'),
    pointBorderWidth: 0,
  };
  const last = firm.slice(running - 1).map((y, i) => ({ x: running - 0.5 + i, y }));
  return [
    // The first layer is drawn last.
    ...(few.includes(true) ? [hollowPoints(values)] : []),
    { ...layer, data: middlePoints(dotted ? firm.slice(0, running) : firm) },
    ...(dotted ? [{ ...layer, data: last, borderDash: [2, 3], pointRadius: 0 }] : []),
    ...(few.includes(true) ? [thinLine()] : []),
  ];

  function hollowPoints(all: readonly number[]): LineLayer {
    return {
      ...layer,
      data: all.flatMap((y, i) => (few[i] && !outside.has(i) ? [{ x: i + 0.5, y }] : [])),
      showLine: false,
      pointRadius: Math.max(1.5, Math.min(3, area.step * 0.4)),
      pointBackgroundColor: theme.color('card'),
      pointBorderColor: theme.color('muted'),
      pointBorderWidth: 1.25,
    };
  }

  /** Joins the values that stand on little to their neighbours. */
  function thinLine(): LineLayer {
    const near = values.map((y, i) => (few[i] || few[i - 1] || few[i + 1] ? y : NaN));
    return {
      ...layer,
      data: middlePoints(near),
      borderColor: theme.color('muted'),
      borderWidth: 1,
      pointRadius: 0,
    };
  }
}
