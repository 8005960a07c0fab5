/**
 * The limits of a section in words. A chart names those that it reaches, so they are shown here only where it does not;
 * the others are there for who cannot see the chart.
 */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { limitsOf } from './charts/levels';
import { el } from './dom';
import type { ChartData } from './chartData';
import type { SectionView } from './sectionViews';
import { levelSwatch } from './swatch';
import { levelTexts } from './texts';
import { markText } from '../src/presentation/texts/limitTexts';

export function limitLegend(
  metric: MetricName,
  view: SectionView,
  figures: ChartData,
  formats: Formats,
): HTMLLIElement[] {
  return limitsOf(metric, figures.thresholds)
    .reverse()
    .map(({ level, threshold, value }) =>
      el(
        'li',
        { class: view.reaches?.(value, figures) ? 'limit seen' : 'limit', 'data-level': level },
        levelSwatch(level),
        `${levelTexts[level]} ${markText(metric, threshold, formats)}`,
      ),
    );
}
