/** The limits of a metric as lines across its chart: dash and words tell the level, not colour alone. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import type { MetricName } from '../../src/contract/metric';
import { limitLevels } from '../../src/domain/health';
import type { LimitLevel } from '../../src/domain/model';
import { metricTable } from '../../src/presentation/metricTable';
import type { Theme } from '../theme';
import type { Thresholds } from '../../src/domain/model';

export const dashes: Readonly<Record<LimitLevel, number[]>> = {
  attention: [2, 3],
  warning: [6, 3],
  critical: [10, 3, 2, 3],
};

export interface Limit {
  readonly level: LimitLevel;
  /** In percent or seconds, as in the settings. */
  readonly threshold: number;
  /** In the unit of the chart: ratio or bucket edge. */
  readonly value: number;
}

/** The limits of a metric, the most severe first. */
export function limitsOf(metric: MetricName, thresholds: Thresholds): Limit[] {
  const definition = metricTable[metric];
  const limits = definition.limits(thresholds) ?? {};
  return limitLevels.flatMap((level) => {
    const threshold = limits[level];
    return threshold === undefined ? [] : [{ level, threshold, value: definition.limitValue(threshold) }];
  });
}

export interface LevelLine {
  readonly limit: Limit;
  readonly axis: string;
  /** Over or under the line at its left end; absent where the axis names it. */
  readonly label?: { readonly text: string; readonly side: 'above' | 'below' };
}

/** One line per limit, as the annotation plugin draws them. They never stretch a scale. */
export function levelLines(theme: Theme, lines: readonly LevelLine[]): Record<string, AnnotationOptions> {
  return Object.fromEntries(
    lines.map(({ limit, axis, label }): [string, AnnotationOptions] => [
      limit.level,
      {
        type: 'line',
        scaleID: axis,
        value: limit.value,
        borderColor: theme.color(limit.level),
        borderWidth: 1.2,
        borderDash: dashes[limit.level],
        drawTime: 'beforeDatasetsDraw',
        adjustScaleRange: false,
        label: {
          display: label !== undefined,
          content: label?.text ?? '',
          position: 'start',
          drawTime: 'afterDatasetsDraw',
          xAdjust: 0,
          yAdjust: (label?.side === 'below' ? 1 : -1) * 0.75 * theme.em,
          padding: { x: 4, y: 1 },
          backgroundColor: 'transparent',
          textStrokeColor: theme.color('card'),
          textStrokeWidth: 4,
          color: theme.color('muted'),
          font: { family: theme.family, size: 0.85 * theme.em, weight: 'normal' },
        },
      },
    ]),
  );
}

/** The limits whose labels have room: of two closer than a line of text the milder goes without. */
export function labelled(limits: readonly Limit[], pixels: (value: number) => number, apart: number): Set<Limit> {
  const kept: Limit[] = [];
  for (const limit of limits) {
    if (kept.every(({ value }) => Math.abs(pixels(value) - pixels(limit.value)) >= apart)) kept.push(limit);
  }
  return new Set(kept);
}
