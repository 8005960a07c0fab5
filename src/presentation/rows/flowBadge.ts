/** The decoration of a flow's row, apart from the rows because the editor asks for it separately. */
import type { FlowFigures, HealthLevel } from '../../domain/model';
import type { Translate } from '../translate';
import { levelLabel } from '../texts/labels';
import { lengthOf } from '../texts/periodTexts';

interface FlowBadge {
  /** One or two characters. */
  readonly text: string;
  /** Theme colour. */
  readonly color: string;
  /** Level and window. */
  readonly tooltip: string;
}

const badges: Readonly<Partial<Record<HealthLevel, Pick<FlowBadge, 'text' | 'color'>>>> = {
  attention: { text: '!', color: 'charts.yellow' },
  warning: { text: '!!', color: 'charts.yellow' },
  critical: { text: '✕', color: 'charts.red' },
};

/** Undefined where the flow's level asks for none. */
export function flowBadge({ report: { level, window } }: FlowFigures, t: Translate): FlowBadge | undefined {
  const badge = badges[level];
  if (!badge) return undefined;
  const word = levelLabel(level, t);
  return { ...badge, tooltip: window === undefined ? word : t('{0} in {1}', word, lengthOf(window, t)) };
}
