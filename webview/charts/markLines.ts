/** Marks on a chart: a dashed line with a pennant, and the text beside it. */
import type { Plugin } from 'chart.js';
import type { MetricName } from '../../src/contract/metric';
import type { ChartData } from '../chartData';
import type { Theme } from '../theme';
import { drawText } from './plugins';
import { instantScale, type Area } from './area';

/** Longer texts are cut: the list above the charts has them whole. In em. */
const longest = 9;
const shortest = 3;

/** `line` is the row of the texts, from the top. Alerts of the chart's own metric are drawn by `alertMarks`. */
export function markLines(theme: Theme, area: Area, figures: ChartData, metric: MetricName, line: number): Plugin {
  const x = instantScale(area, figures);
  const lines = figures.marks
    .filter((mark) => mark.metric !== metric)
    .map(({ time, text }) => ({ at: Math.round(x(time)), text }));
  const { top, bottom } = area;
  const wing = Math.round(0.42 * theme.em);
  return {
    id: 'markLines',
    beforeDatasetsDraw: ({ ctx }) => {
      ctx.save();
      ctx.strokeStyle = theme.color('muted');
      ctx.lineWidth = 1;
      ctx.setLineDash([3, 2]);
      ctx.beginPath();
      for (const { at } of lines) {
        ctx.moveTo(at + 0.5, top);
        ctx.lineTo(at + 0.5, bottom);
      }
      ctx.stroke();
      ctx.restore();
    },
    afterDraw: (chart) => {
      const { ctx } = chart;
      ctx.save();
      ctx.fillStyle = theme.color('fg');
      for (const { at } of lines) {
        ctx.beginPath();
        ctx.moveTo(at, top);
        ctx.lineTo(at + 1.4 * wing, top + 0.7 * wing);
        ctx.lineTo(at, top + 1.4 * wing);
        ctx.fill();
      }
      ctx.restore();
      const y = top + (0.6 + 1.2 * line) * theme.em;
      const gap = 1.4 * wing + 4;
      let free = area.left;
      lines.forEach(({ at, text }, i) => {
        // Beside the line, or where another one is close before it; hover card, table and list name those without room.
        const after = cut(text, Math.min(area.right, lines[i + 1]?.at ?? Infinity) - at - gap, theme);
        const before = after === '' ? cut(text, at - free - 8, theme, 6) : '';
        if (after !== '') drawText(chart, theme, after, at + gap, y);
        else if (before !== '') drawText(chart, theme, before, at - 4, y, 'right');
        free = at + (after === '' ? 0 : gap + theme.textWidth(after));
      });
    },
  };
}

/** The text as far as it fits; nothing where that would be too little to read. */
function cut(text: string, room: number, theme: Theme, least = shortest): string {
  const most = Math.min(room, longest * theme.em);
  if (theme.textWidth(text) <= most) return text;
  if (most < least * theme.em) return '';
  const characters = Array.from(text);
  while (characters.length > 1 && theme.textWidth(`${characters.join('')}…`) > most) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
