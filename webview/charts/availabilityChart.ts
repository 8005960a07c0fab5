/** Availability as a line over the checks it comes from, failed ones on top. Two panes share the time axis. */
import { metricTable } from '../../src/presentation/metricTable';
import type { Fill } from '../theme';
import { fewFlags, judgeableIntervals, largest, type ChartData, type Totals } from '../chartData';
import { measuredCounts, rangesOf } from '../steps';
import { levelTexts, texts } from '../texts';
import { availabilityFloor, availabilityTicks } from './availabilityTicks';
import { countScale } from './axis';
import { beyondMarks, beyondScale } from './beyond';
import { bars, type Layer } from './bars';
import { failedFill, succeededFill } from './fills';
import { levelFills } from './levelFills';
import { limitsOf, namedLevelLines } from './levels';
import { firmValues, line } from './lines';
import { timePlot, type PlotConfiguration } from './plot';
import { labelPlugin, rangeBand, runningOutline } from './plugins';
import { percent } from './rateChart';
import { areaOf, steppedCanvas, type Canvas } from './area';

const metric = 'ENDPOINT_AVAILABILITY';

/** Where the scale begins, below the lowest availability that stands on enough checks to set one. */
export function availabilityScaleFloor(figures: ChartData): number {
  return availabilityFloor(
    Math.min(1, ...judgeableIntervals(figures, metric).map(({ totals }) => totals.availability ?? 1)),
  );
}

function checksOf({ succeeded = 0, failed = 0 }: Totals): number {
  return succeeded + failed;
}

export function availabilityChart(whole: Canvas): PlotConfiguration {
  const { theme, formats, k } = whole;
  const wholeArea = areaOf(whole);
  const { canvas, area } = steppedCanvas(whole, wholeArea);
  const { figures } = canvas;
  const { intervals } = figures;
  const floor = availabilityScaleFloor(whole.figures);
  // A figure that stands on too little to set the scale may lie beyond it.
  const values = intervals.map(({ totals }) => Math.max(totals.availability ?? NaN, floor));
  const few = fewFlags(figures, metric);
  const beyond = beyondScale(figures, metric, floor);

  const gap = Math.round(22 * k);
  const upper = Math.round((area.bottom - area.top) * 0.56);
  const lower = area.bottom - area.top - upper - gap;
  const base = area.top + upper;
  const checks = countScale(largest(whole.figures.intervals, checksOf), 2);
  const counts = measuredCounts(figures, metric);
  const perCheck = lower / checks.top;

  const limits = limitsOf(metric, figures.thresholds).filter(({ value }) => value > floor);
  const y = (value: number): number => base - ((value - floor) / (1 - floor)) * upper;
  const layer = (fill: Fill, key: 'succeeded' | 'failed'): Layer => ({
    fill,
    values: intervals.map(({ totals }, i) => (totals[key] ?? NaN) / counts[i]!),
  });
  const layers = [layer(succeededFill(theme), 'succeeded'), layer(failedFill(theme), 'failed')];
  return timePlot(canvas, {
    metric,
    area,
    panes: [
      { top: area.top, bottom: base },
      { top: base + gap, bottom: area.bottom },
    ],
    lines: line(canvas, area, values, { axis: 'ratio', few, beyond }),
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
    levels: namedLevelLines(theme, limits, 'ratio', y, ({ level, threshold, value }) => ({
      text: `below ${metricTable[metric].limitText(threshold, formats)} ${levelTexts[level]}`,
      side: y(value) > base - 1.5 * theme.em ? 'above' : 'below',
    })),
    plugins: [
      rangeBand(theme, area, rangesOf(figures, metric, fewFlags(whole.figures, metric)), 'ratio'),
      levelFills(theme, area, { values: firmValues(values, few), axis: 'ratio', limits, end: floor }),
      beyondMarks(whole, wholeArea, metric, beyondScale(whole.figures, metric, floor), base),
      bars(theme, area, figures, layers, { axis: 'checks' }),
      runningOutline(theme, area, figures, ({ totals }, i) => (checksOf(totals) / counts[i]!) * perCheck, 'muted'),
      labelPlugin(theme, [{ text: texts.checks, x: area.left, y: base + gap / 2 + k }]),
    ],
  });
}
