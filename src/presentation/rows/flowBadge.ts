/** The decorations of the rows of flows and accounts, apart from the rows because the editor asks for it separately. */
import type { AccountFigures, FlowFigures, HealthLevel } from '../../domain/model';
import type { Translate } from '../translate';
import { levelLabel } from '../texts/labels';
import { lengthOf } from '../texts/periodTexts';
import { worstLevel } from './worstLevel';

interface RowBadge {
  /** One or two characters. */
  readonly text: string;
  /** Theme colour. */
  readonly color: string;
  /** Of a flow level and window, of an account the level. */
  readonly tooltip: string;
}

const badges: Readonly<Partial<Record<HealthLevel, Pick<RowBadge, 'text' | 'color'>>>> = {
  attention: { text: '!', color: 'charts.yellow' },
  warning: { text: '!!', color: 'charts.yellow' },
  critical: { text: '✕', color: 'charts.red' },
};

/** Undefined where the flow's level asks for none. */
export function flowBadge({ report: { level, window } }: FlowFigures, t: Translate): RowBadge | undefined {
  const badge = badges[level];
  if (!badge) return undefined;
  const word = levelLabel(level, t);
  return { ...badge, tooltip: window === undefined ? word : t('{0} in {1}', word, lengthOf(window, t)) };
}

/** Of the worst of its flows, so that an account that is collapsed tells of them, too. */
export function accountBadge(account: AccountFigures, t: Translate): RowBadge | undefined {
  const worst = worstLevel(account);
  const badge = worst && badges[worst.level];
  return badge && { ...badge, tooltip: levelLabel(worst.level, t) };
}
