/** Meta's alerts on the chart of the metric they speak of: a line where one began, a faint band while it held. */
import type { Plugin } from 'chart.js';
import type { MetricName } from '../../src/contract/metric';
import type { ChartData } from '../chartData';
import type { Theme } from '../theme';
import { texts } from '../texts';
import { drawText } from './plugins';
import { instantScale, type Area } from './area';

export function alertMarks(theme: Theme, area: Area, figures: ChartData, metric: MetricName): Plugin {
  const { alerts } = figures;
  const x = instantScale(area, figures);
  const marks = alerts
    .filter((alert) => alert.metric === metric)
    .map(({ level, begin, end }) => ({ level, from: x(begin), to: x(end ?? Infinity), begin }))
    .sort((a, b) => a.begin - b.begin);
  return {
    id: 'alertMarks',
    beforeDatasetsDraw: ({ ctx }) => {
      ctx.save();
      for (const { level, from, to } of marks) {
        ctx.fillStyle = theme.faded(level, 0.08);
        ctx.fillRect(from, area.top, to - from, area.bottom - area.top);
        ctx.fillStyle = theme.color(level);
        ctx.fillRect(Math.round(from), area.top, 1, area.bottom - area.top);
      }
      ctx.restore();
    },
    afterDraw: (chart) => {
      const width = theme.textWidth(texts.alertMark) + 8;
      let free = -Infinity;
      for (const { from } of marks) {
        // Where marks are close only the first is named; the list above the charts names them all.
        if (from < free) continue;
        const flipped = from + width > area.right;
        drawText(
          chart,
          theme,
          texts.alertMark,
          from + (flipped ? -4 : 5),
          area.top + 0.6 * theme.em,
          flipped ? 'right' : 'left',
        );
        free = from + width;
      }
    },
  };
}
