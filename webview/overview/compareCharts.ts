/** One chart for each metric, in which every compared flow is a line. */
import type { MetricName } from '../../src/contract/metric';
import { metricTable } from '../../src/presentation/metricTable';
import { availabilityFloor, availabilityTicks } from '../charts/availabilityTicks';
import { areaOf, type Area, type Canvas } from '../charts/area';
import { countScale, ticksOf } from '../charts/axis';
import { limitsOf, namedLevelLines } from '../charts/levels';
import { dotRadius, isolatedPoints, lineWidth, middlePoints } from '../charts/lines';
import { timePlot, type LineLayer, type PlotConfiguration, type Point } from '../charts/plot';
import { labelPlugin, type ChartLabels } from '../charts/plugins';
import { percent, rateScale } from '../charts/rateChart';
import { levelTexts } from '../texts';

/** Where colours cannot tell lines apart, dashes and numbers do. */
const dashesOf: readonly number[][] = [[], [6, 3], [2, 3], [9, 3, 2, 3], [14, 4]];

interface ComparedLine {
  /** From 0 on; decides over colour and number. */
  readonly place: number;
  /** One value for each interval; NaN where there is none. */
  readonly values: readonly number[];
}

interface ValueScale {
  readonly min?: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

export function compareArea(canvas: Canvas): Area {
  return areaOf(canvas, { right: 18 });
}

export function compareChart(canvas: Canvas, metric: MetricName, lines: readonly ComparedLine[]): PlotConfiguration {
  const { theme, formats } = canvas;
  const area = compareArea(canvas);
  const definition = metricTable[metric];
  const scale = scaleOf(
    metric,
    lines.flatMap(({ values }) => values.filter((value) => !Number.isNaN(value))),
  );
  const { min = 0, max } = scale;
  const y = (value: number): number => area.bottom - ((value - min) / (max - min)) * (area.bottom - area.top);
  const isAvailability = definition.direction === 'higherIsBetter';
  const limits = limitsOf(metric, canvas.figures.thresholds).filter(({ value }) =>
    isAvailability ? value > min : value <= max,
  );
  return timePlot(canvas, {
    metric,
    area,
    lines: lines.map((line) => lineLayer(line, canvas, area, definition.unit === 'bucket')),
    axes: {
      y: {
        ...scale,
        label: (value) =>
          definition.unit === 'ratio'
            ? formats.percentLimit(percent(value))
            : definition.unit === 'bucket'
              ? formats.secondsLimit(value)
              : formats.axisCount(value),
      },
    },
    levels: namedLevelLines(theme, limits, 'y', y, ({ level, threshold, value }) => ({
      text: `${isAvailability ? 'below ' : ''}${definition.limitText(threshold, formats)} ${levelTexts[level]}`,
      side: y(value) < area.top + theme.em ? 'below' : 'above',
    })),
    plugins: [labelPlugin(theme, numbersOf(lines, canvas, area, y))],
  });
}

function scaleOf(metric: MetricName, values: readonly number[]): ValueScale {
  const most = values.reduce((max, value) => Math.max(max, value), 0);
  switch (metric) {
    case 'ENDPOINT_REQUEST_COUNT':
    case 'ENDPOINT_REQUEST_ERROR': {
      const scale = countScale(most, 3);
      return { max: scale.top, ticks: ticksOf(scale) };
    }
    case 'ENDPOINT_REQUEST_ERROR_RATE': {
      const scale = rateScale(most);
      return { max: scale.top, ticks: ticksOf(scale) };
    }
    case 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL':
      return most > 5 ? { max: 11, ticks: [0, 2, 4, 6, 8, 10] } : { max: 5.5, ticks: [0, 1, 2, 3, 4, 5] };
    case 'ENDPOINT_AVAILABILITY': {
      const min = availabilityFloor(Math.min(1, ...values));
      return { min, max: 1, ticks: availabilityTicks(min) };
    }
  }
}

function lineLayer({ place, values }: ComparedLine, { theme }: Canvas, { step }: Area, stepped: boolean): LineLayer {
  const color = theme.color(`flow-${place + 1}`);
  const lone = isolatedPoints(values);
  const radius = dotRadius(step);
  return {
    type: 'line',
    yAxisID: 'y',
    data: middlePoints(values),
    borderColor: color,
    borderWidth: lineWidth(step),
    borderDash: theme.patterns ? dashesOf[place]! : [],
    borderJoinStyle: 'round',
    stepped: stepped && 'middle',
    spanGaps: false,
    clip: 4,
    pointRadius: lone.size > 0 ? ({ raw }) => (lone.has(Math.floor((raw as Point).x)) ? radius : 0) : 0,
    pointBackgroundColor: color,
    pointBorderWidth: 0,
  };
}

/** The number of each line at its end, moved apart where several end together. */
function numbersOf(
  lines: readonly ComparedLine[],
  { theme, k }: Canvas,
  area: Area,
  y: (value: number) => number,
): ChartLabels[] {
  const apart = theme.em;
  const labels = lines
    .flatMap(({ place, values }) => {
      const last = values.findLast((value) => !Number.isNaN(value));
      return last === undefined ? [] : [{ place, y: y(last) }];
    })
    .sort((a, b) => a.y - b.y);
  let free = area.top;
  for (const label of labels) {
    label.y = Math.max(label.y, free);
    free = label.y + apart;
  }
  let room = area.bottom;
  for (const label of labels.reverse()) {
    label.y = Math.min(label.y, room);
    room = label.y - apart;
  }
  return labels.map(({ place, y: at }) => ({
    text: String(place + 1),
    x: area.right + 5 * k,
    y: at,
    strong: true,
    color: theme.color(`flow-${place + 1}`),
  }));
}
