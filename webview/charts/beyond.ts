/** Values that the scale leaves out, because they stand on too little to set it: an arrow each at the edge, with its value. */
import type { Plugin } from 'chart.js';
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import type { ChartData } from '../chartData';
import { drawText, type ChartLabels } from './plugins';
import type { Area, Canvas } from './area';

export interface Beyond {
  readonly index: number;
  readonly value: number;
}

/** The values on the far side of `end`, the farthest first. */
export function beyondScale({ intervals }: ChartData, metric: MetricName, end: number): readonly Beyond[] {
  const { value, direction } = metricTable[metric];
  const sign = direction === 'higherIsBetter' ? -1 : 1;
  return intervals
    .map(({ totals }, index): Beyond => ({ index, value: value(totals) ?? NaN }))
    .filter((one) => sign * one.value > sign * end + 1e-9)
    .sort((a, b) => sign * (b.value - a.value));
}

/** Of arrows that are close the farthest is drawn; a value is written beside its arrow where neither side is taken. */
export function beyondMarks(
  { figures, theme, formats }: Canvas,
  area: Area,
  metric: MetricName,
  all: readonly Beyond[],
  edge: number,
): Plugin {
  const inwards = metricTable[metric].direction === 'higherIsBetter' ? -1 : 1;
  const size = 0.3 * theme.em;
  const arrows: { readonly x: number; readonly value: number }[] = [];
  for (const { index, value } of all) {
    const x = area.left + (index + 0.5) * area.step;
    if (arrows.every((other) => Math.abs(other.x - x) >= 2 * size)) arrows.push({ x, value });
  }
  // Names of alerts stand in the first line.
  const line = figures.alerts.some((alert) => alert.metric === metric) ? 1.7 : 0.6;
  const y = edge + inwards * line * theme.em;
  const taken = arrows.map(({ x }) => ({ from: x - size - 1, to: x + size + 1 }));
  const values = arrows.flatMap(({ x, value }): ChartLabels[] => {
    const text = metricTable[metric].format(value, formats);
    const width = theme.textWidth(text);
    const begin = [x + size + 3, x - size - 3 - width].find(
      (from) =>
        from >= area.left &&
        from + width <= area.right &&
        taken.every((other) => from >= other.to || from + width <= other.from),
    );
    if (begin === undefined) return [];
    taken.push({ from: begin - 4, to: begin + width + 4 });
    return [{ text, x: begin, y }];
  });
  return {
    id: 'beyond',
    afterDraw: (chart) => {
      const { ctx } = chart;
      ctx.save();
      ctx.lineWidth = 1.25;
      ctx.lineJoin = 'round';
      ctx.strokeStyle = theme.color('muted');
      ctx.fillStyle = theme.color('card');
      for (const { x } of arrows) {
        ctx.beginPath();
        ctx.moveTo(x - size, edge + inwards * 1.5 * size);
        ctx.lineTo(x, edge);
        ctx.lineTo(x + size, edge + inwards * 1.5 * size);
        ctx.closePath();
        ctx.fill();
        ctx.stroke();
      }
      ctx.restore();
      for (const { text, x, y } of values) drawText(chart, theme, text, x, y);
    },
  };
}
