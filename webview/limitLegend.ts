/**
 * The limits of a section in words. A chart names those that it reaches, so they are shown here only where it does not;
 * the others are there for who cannot see the chart.
 */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/core/formats';
import { english as t } from '../src/core/translate';
import { markText } from '../src/core/wording';
import { limitsOf } from './charts/levels';
import { el } from './dom';
import type { Figures } from './figures';
import type { SectionView } from './sectionViews';
import { levelSwatch } from './swatch';
import { levelWords } from './words';

export function limitLegend(
  metric: MetricName,
  view: SectionView,
  figures: Figures,
  formats: Formats,
): HTMLLIElement[] {
  return limitsOf(metric, figures.thresholds)
    .reverse()
    .map(({ level, threshold, value }) =>
      el(
        'li',
        { class: view.reaches?.(value, figures) ? 'limit seen' : 'limit', 'data-level': level },
        levelSwatch(level),
        `${levelWords[level]} ${markText(metric, threshold, formats, t)}`,
      ),
    );
}
