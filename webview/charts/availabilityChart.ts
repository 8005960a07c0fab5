/** Availability as a line over the checks it comes from, failed ones on top. Two panes share the time axis. */
import { metricTable } from '../../src/presentation/metricTable';
import type { Fill } from '../theme';
import { largest, missingFlags, judgeableIntervals, type ChartData } from '../chartData';
import { levelTexts, texts } from '../texts';
import { availabilityFloor, availabilityTicks } from './availabilityTicks';
import { countScale } from './axis';
import { bars, type Layer } from './bars';
import { failedFill, succeededFill } from './fills';
import { levelFills } from './levelFills';
import { labelled, levelLines, limitsOf } from './levels';
import { line } from './lines';
import { timePlot, type PlotConfiguration } from './plot';
import { gapHatching, runningOutline, labelPlugin } from './plugins';
import { percent } from './rateChart';
import { areaOf, type Canvas } from './area';

const metric = 'ENDPOINT_AVAILABILITY';

/** The lowest availability that stands on enough checks to set the scale; 1 where there is none. */
export function lowestAvailability(figures: ChartData): number {
  return Math.min(1, ...judgeableIntervals(figures, metric).map(({ totals }) => totals.availability ?? 1));
}

export function availabilityChart(canvas: Canvas): PlotConfiguration {
  const { figures, theme, formats, k } = canvas;
  const { intervals } = figures;
  const area = areaOf(canvas);
  const floor = availabilityFloor(lowestAvailability(figures));
  // What stands on too little to set the scale may lie beyond it.
  const values = intervals.map(({ totals }) => Math.max(totals.availability ?? NaN, floor));

  const gap = Math.round(22 * k);
  const upper = Math.round((area.bottom - area.top) * 0.56);
  const lower = area.bottom - area.top - upper - gap;
  const base = area.top + upper;
  const checks = countScale(
    largest(intervals, ({ succeeded = 0, failed = 0 }) => succeeded + failed),
    2,
  );
  const perCheck = lower / checks.top;

  const limits = limitsOf(metric, figures.thresholds).filter(({ value }) => value > floor);
  const y = (value: number): number => base - ((value - floor) / (1 - floor)) * upper;
  const named = labelled(limits, y, 1.1 * theme.em);
  const layer = (fill: Fill, key: 'succeeded' | 'failed'): Layer => ({
    fill,
    values: intervals.map(({ totals }) => totals[key] ?? NaN),
  });
  return timePlot(canvas, {
    metric,
    area,
    lines: line(canvas, area, values, 'ratio'),
    axes: {
      ratio: {
        min: floor,
        max: 1,
        ticks: availabilityTicks(floor),
        label: (value) => formats.percentLimit(percent(value)),
        weight: upper,
        base: true,
      },
      checks: {
        // Room above the highest tick parts the panes and bears the lower one's name.
        max: (checks.top * (lower + gap)) / lower,
        ticks: [0, checks.top],
        label: formats.axisCount,
        weight: lower + gap,
      },
    },
    levels: levelLines(
      theme,
      limits.map((limit) => ({
        limit,
        axis: 'ratio',
        ...(named.has(limit)
          ? {
              label: {
                text: `below ${metricTable[metric].limitText(limit.threshold, formats)} ${levelTexts[limit.level]}`,
                side: y(limit.value) > base - 1.5 * theme.em ? ('above' as const) : ('below' as const),
              },
            }
          : {}),
      })),
    ),
    plugins: [
      levelFills(theme, area, { values, axis: 'ratio', limits, end: floor }),
      gapHatching(
        theme,
        area,
        missingFlags(figures, metric),
        [
          { top: area.top, bottom: base },
          { top: base + gap, bottom: area.bottom },
        ],
        texts.noData,
      ),
      bars(
        theme,
        area,
        figures,
        [layer(succeededFill(theme), 'succeeded'), layer(failedFill(theme), 'failed')],
        'checks',
      ),
      runningOutline(
        theme,
        area,
        intervals.flatMap(({ running: still, totals: { succeeded = 0, failed = 0 } }, index) =>
          still ? [{ index, bottom: area.bottom, height: (succeeded + failed) * perCheck }] : [],
        ),
        theme.color('muted'),
      ),
      labelPlugin(theme, [{ text: texts.checks, x: area.left, y: base + gap / 2 + k }]),
    ],
  });
}
