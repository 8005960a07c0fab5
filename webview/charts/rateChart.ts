/** The error rate as a line in the text colour; only what lies beyond a level is filled. */
import { metricTable } from '../../src/presentation/metricTable';
import { fewFlags, largest, judgeableIntervals, type ChartData } from '../chartData';
import { rangesOf } from '../steps';
import { levelTexts } from '../texts';
import { roundScale, ticksOf, type Scale } from './axis';
import { beyondMarks, beyondScale } from './beyond';
import { levelFills } from './levelFills';
import { limitsOf, namedLevelLines } from './levels';
import { firmValues, line } from './lines';
import { rangeBand } from './plugins';
import { timePlot, type PlotConfiguration } from './plot';
import { areaOf, steppedCanvas, type Canvas } from './area';

const metric = 'ENDPOINT_REQUEST_ERROR_RATE';

/** The top is at least 6 %, so that the first level is in sight and noise is not blown up. */
export function rateScale(max: number): Scale {
  if (max > 0.75) return { step: 0.25, top: 1 };
  const scale = roundScale(Math.max(max * 1.05, 0.06), 3, [1, 2, 5, 10]);
  return { ...scale, top: Math.min(1, scale.top) };
}

/** The scale of the rates that stand on enough requests to set one. */
function scaleOf(figures: ChartData): Scale {
  return rateScale(largest(judgeableIntervals(figures, metric), ({ errorRate }) => errorRate));
}

export function rateScaleTop(figures: ChartData): number {
  return scaleOf(figures).top;
}

export function rateChart(whole: Canvas): PlotConfiguration {
  const { theme, formats } = whole;
  const wholeArea = areaOf(whole);
  const { canvas, area } = steppedCanvas(whole, wholeArea);
  const { figures } = canvas;
  const scale = scaleOf(whole.figures);
  // A figure that stands on too little to set the scale may lie beyond it.
  const values = figures.intervals.map(({ totals }) => Math.min(totals.errorRate ?? NaN, scale.top));
  const few = fewFlags(figures, metric);
  const beyond = beyondScale(figures, metric, scale.top);
  const limits = limitsOf(metric, figures.thresholds).filter(({ value }) => value <= scale.top);
  const y = (value: number): number => area.bottom - (value / scale.top) * (area.bottom - area.top);
  return timePlot(canvas, {
    metric,
    area,
    lines: line(canvas, area, values, { few, beyond }),
    axes: { y: { max: scale.top, ticks: ticksOf(scale), label: (value) => formats.percentLimit(percent(value)) } },
    levels: namedLevelLines(theme, limits, 'y', y, ({ level, threshold, value }) => ({
      text: `${metricTable[metric].limitText(threshold, formats)} ${levelTexts[level]}`,
      side: y(value) < area.top + theme.em ? 'below' : 'above',
    })),
    plugins: [
      rangeBand(theme, area, rangesOf(figures, metric, fewFlags(whole.figures, metric)), 'y'),
      levelFills(theme, area, { values: firmValues(values, few), axis: 'y', limits, end: scale.top }),
      beyondMarks(whole, wholeArea, metric, beyondScale(whole.figures, metric, scale.top), area.top),
    ],
  });
}

/** Percent without the dust of binary fractions. */
export function percent(ratio: number): number {
  return Math.round(ratio * 1000) / 10;
}
