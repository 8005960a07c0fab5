/** Marks in words: a line above the charts, and what stands beside an interval. */
import type { PanelMark } from '../src/presentation/panelProtocol';
import type { Span } from '../src/domain/model';
import { button } from './button';
import { el, type Child } from './dom';
import type { ChartData } from './chartData';
import { icon } from './icons';
import { texts } from './texts';

/** The marks of an interval, oldest first. */
export function marksIn({ marks }: ChartData, { begin, end }: Span): readonly PanelMark[] {
  return marks.filter(({ time }) => time >= begin && time < end);
}

/** For hover card and screen reader. */
export function markSentence({ text, when }: PanelMark): string {
  return `${text}, ${when}`;
}

/** Names all marks of the charts, and those that are newer than the figures; nothing where there are none. */
export function markList({ marks, laterMarks }: ChartData, add: () => void): Child[] {
  if (marks.length + laterMarks.length === 0) return [];
  return [
    icon('flag'),
    el('b', {}, texts.marks),
    el(
      'ul',
      {},
      ...[...laterMarks].reverse().map((mark) => markItem(mark, texts.afterFigures)),
      ...[...marks].reverse().map((mark) => markItem(mark)),
    ),
    button(texts.addMark, add, { secondary: true }),
  ];
}

function markItem({ text, when }: PanelMark, note?: string): HTMLElement {
  return el('li', {}, text, el('span', { class: 'muted' }, ` ${when}${note === undefined ? '' : ` · ${note}`}`));
}
