/** The marks of an interval, in words. */
import type { PanelMark } from '../src/presentation/panelProtocol';
import type { Span } from '../src/domain/model';
import type { ChartData } from './chartData';

/** The marks of an interval, oldest first. */
export function marksIn({ marks }: ChartData, { begin, end }: Span): readonly PanelMark[] {
  return marks.filter(({ time }) => time >= begin && time < end);
}

/** For hover card and screen reader. */
export function markSentence({ text, when }: PanelMark): string {
  return `${text}, ${when}`;
}
