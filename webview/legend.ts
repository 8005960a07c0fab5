/** The legend of a section: its colours with the period's figures, and its limits in words. */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { limitsOf } from './charts/levels';
import { el } from './dom';
import type { ChartData } from './chartData';
import type { LegendRow, SectionView } from './sectionViews';
import { levelSwatch, swatch } from './swatch';
import { levelTexts } from './texts';
import { markText } from '../src/presentation/texts/limitTexts';

export function legendOf(
  metric: MetricName,
  view: SectionView,
  figures: ChartData,
  formats: Formats,
): readonly HTMLLIElement[] {
  const rows = view.legend?.(figures, formats) ?? [];
  return [...rows.map(legendItem), ...limitItems(metric, view, figures, formats)];
}

function legendItem({ fill, name, figure, title }: LegendRow): HTMLLIElement {
  return el('li', { title: title === name ? undefined : title }, fill && swatch(fill), `${name} `, el('b', {}, figure));
}

/** A chart names the limits that it reaches: here they are seen only where it does not, and read in any case. */
function limitItems(
  metric: MetricName,
  view: SectionView,
  figures: ChartData,
  formats: Formats,
): readonly HTMLLIElement[] {
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
