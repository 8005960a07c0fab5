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

/** The name of a level line, over or under it at its left end. */
interface LevelLabel {
  readonly text: string;
  readonly side: 'above' | 'below';
}

/** One line per limit, without a name where the axis has it. They never stretch a scale. */
export function levelLines(
  theme: Theme,
  limits: readonly Limit[],
  axis: string,
  labelOf: (limit: Limit) => LevelLabel | undefined = () => undefined,
): Record<string, AnnotationOptions> {
  return Object.fromEntries(
    limits.map((limit): [string, AnnotationOptions] => {
      const label = labelOf(limit);
      const line: AnnotationOptions = {
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
      };
      return [limit.level, line];
    }),
  );
}

/** The limits whose labels have room: of two closer than a line of text the milder goes without. */
function labelled(limits: readonly Limit[], pixels: (value: number) => number, apart: number): Set<Limit> {
  const kept: Limit[] = [];
  for (const limit of limits) {
    if (kept.every(({ value }) => Math.abs(pixels(value) - pixels(limit.value)) >= apart)) kept.push(limit);
  }
  return new Set(kept);
}

/** Level lines, named where the names do not meet. `y` gives a limit's place in pixels. */
export function namedLevelLines(
  theme: Theme,
  limits: readonly Limit[],
  axis: string,
  y: (value: number) => number,
  label: (limit: Limit) => LevelLabel,
): Record<string, AnnotationOptions> {
  const named = labelled(limits, y, 1.1 * theme.em);
  return levelLines(theme, limits, axis, (limit) => (named.has(limit) ? label(limit) : undefined));
}
