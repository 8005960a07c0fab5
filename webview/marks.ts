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
  return marksIn(figures, span).filter(({ kind }) => kind !== 'alert' && kind !== 'status');
}

/** The source of a mark that is not a text of its own. */
const prefixes: Partial<Readonly<Record<PanelMark['kind'], string>>> = {
  alert: texts.alert,
  status: texts.statusChange,
  git: texts.gitTag,
};

/** The text where it stands by itself. */
export function markLabel({ kind, text }: PanelMark): string {
  return `${prefixes[kind] ?? ''} ${text}`.trimStart();
}

/** For hover card and screen reader. */
export function markSentence(mark: PanelMark): string {
  return `${markLabel(mark)}, ${mark.when}`;
}
