/** Availability as a line over the checks it comes from, failed ones on top. Two panes share the time axis. */
import { metricTable } from '../../src/core/metrics';
import { largest, missing, telling, type Figures } from '../figures';
import { levelWords, words as text } from '../words';
import { availabilityFloor, availabilityTicks } from './availabilityTicks';
import { countScale } from './axis';
import { failedFill, succeededFill } from './fills';
import { labelled, levelLines, limitsOf } from './levels';
import { areaOf, bars, filling, line, timePlot, type Canvas, type PlotConfiguration } from './plot';
import { gaps, running, words } from './plugins';
import { percent } from './rateChart';

const metric = 'ENDPOINT_AVAILABILITY';

/** The lowest availability that stands on enough checks to set the scale; 1 where there is none. */
export function lowestAvailability(figures: Figures): number {
  return Math.min(1, ...telling(figures, metric).map(({ totals }) => totals.availability ?? 1));
}

export function availabilityChart(canvas: Canvas): PlotConfiguration {
  const { figures, theme, formats, k } = canvas;
  const { intervals } = figures;
  const area = areaOf(canvas);
  const lowest = lowestAvailability(figures);
  const floor = availabilityFloor(lowest);
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
  const named = labelled(limits, (value) => (value / (1 - floor)) * upper, 1.1 * theme.em);
  const worst = limits.find(({ value }) => lowest < value);
  const curve = line(canvas, area, values, 'ratio');
  const layer = (fill: ReturnType<typeof succeededFill>, key: 'succeeded' | 'failed'): Parameters<typeof bars>[2] => ({
    fill,
    values: intervals.map(({ totals }) => totals[key] ?? NaN),
    axis: 'checks',
    scale: perCheck,
    parted: key === 'failed',
  });
  return timePlot(canvas, {
    area,
    datasets: [
      ...(worst ? [filling(curve, worst.value, 'below', theme.faded(worst.level, theme.patterns ? 0.45 : 0.3))] : []),
      curve,
      bars(canvas, area, layer(succeededFill(theme), 'succeeded')),
      bars(canvas, area, layer(failedFill(theme), 'failed')),
    ],
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
        stacked: true,
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
                text: `below ${metricTable[metric].limitText(limit.threshold, formats)} ${levelWords[limit.level]}`,
                side: 'below' as const,
              },
            }
          : {}),
      })),
    ),
    plugins: [
      gaps(
        theme,
        area,
        missing(figures, metric),
        [
          { top: area.top, bottom: base },
          { top: base + gap, bottom: area.bottom },
        ],
        text.noData,
      ),
      running(
        theme,
        area,
        intervals.flatMap(({ running: still, totals: { succeeded = 0, failed = 0 } }, index) =>
          still ? [{ index, bottom: area.bottom, height: (succeeded + failed) * perCheck }] : [],
        ),
        theme.color('muted'),
      ),
      words(theme, [{ text: text.checks, x: area.left, y: base + gap / 2 + k }]),
    ],
  });
}
