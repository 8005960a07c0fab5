/** The marks of an interval, in words. */
import type { PanelMark } from '../src/presentation/panelProtocol';
import type { Span } from '../src/domain/model';
import type { ChartData } from './chartData';
import { texts } from './texts';

/** The marks of an interval, oldest first. */
export function marksIn({ marks }: ChartData, { begin, end }: Span): readonly PanelMark[] {
  return marks.filter(({ time }) => time >= begin && time < end);
}

/** Those that someone set; what Meta said is told by its alerts. */
export function ownMarksIn(figures: ChartData, span: Span): readonly PanelMark[] {
  return marksIn(figures, span).filter(({ kind }) => kind === 'own' || kind === 'meter');
}

/** The text where it stands by itself. */
export function markLabel({ kind, text }: PanelMark): string {
  if (kind === 'alert') return `${texts.alert} ${text}`;
  return kind === 'status' ? `${texts.statusChange} ${text}` : text;
}

/** For hover card and screen reader. */
export function markSentence({ text, when }: PanelMark): string {
  return `${text}, ${when}`;
}
