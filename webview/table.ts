/** The same values as a chart, as a native table: newest first, the total before its parts. */
import type { Formats } from '../src/presentation/formats';
import type { IntervalNames } from './dates';
import { el } from './dom';
import type { ChartData } from './chartData';
import { icon } from './icons';
import { markLabel, marksIn } from './marks';
import type { SectionView } from './sectionViews';
import { texts } from './texts';

export const firstHead = { HOUR: texts.hour, DAY: texts.day, LIFETIME: texts.since } as const;

export function tableOf(
  view: SectionView,
  title: string,
  figures: ChartData,
  formats: Formats,
  names: IntervalNames,
): HTMLTableElement {
  const heads = view.heads(figures, formats);
  const zero = formats.count(0);
  const body = el('tbody');
  for (const interval of [...figures.intervals].reverse()) {
    // Newest first: what happened in an interval came after its begin.
    for (const mark of [...marksIn(figures, interval)].reverse()) {
      const row = body.insertRow();
      row.className = 'mark';
      row.append(
        el('th', { scope: 'row' }, mark.when),
        el('td', { colspan: heads.length }, icon('flag'), markLabel(mark)),
      );
    }
    const row = body.insertRow();
    row.append(el('th', { scope: 'row' }, names.row(interval)));
    const cells = view.cells(interval.totals, figures, formats);
    if (!cells) {
      row.append(
        el('td', { class: 'none', colspan: heads.length }, interval.running ? texts.nothingYet : texts.noData),
      );
      continue;
    }
    for (const cell of cells) {
      const node = row.insertCell();
      node.textContent = cell;
      if (cell === zero) node.className = 'none';
    }
  }
  return el(
    'table',
    {},
    el('caption', { class: 'sr' }, title),
    el(
      'thead',
      {},
      el('tr', {}, ...[firstHead[figures.granularity], ...heads].map((head) => el('th', { scope: 'col' }, head))),
    ),
    body,
  );
}
