import { compareLevels } from '../../domain/health';
import type { AccountFigures, FlowFigures, HealthLevel } from '../../domain/model';
import type { Formats } from '../formats';
import { hasToken } from './viewBadge';

interface LevelCount {
  readonly level: HealthLevel;
  readonly count: number;
}

/** Of an account's flows. Figures under a refused token are history. */
export function worstLevel(account: AccountFigures): LevelCount | undefined {
  return hasToken(account) ? worstOf(account.flows) : undefined;
}

/** The worst level that asks for a look, and how many flows have it; hidden ones ask for none. */
export function worstOf(flows: readonly FlowFigures[]): LevelCount | undefined {
  const levels = flows.filter(({ hidden }) => !hidden).map(({ report }) => report.level);
  const [level] = [...levels].sort(compareLevels);
  if (level === undefined || compareLevels(level, 'attention') > 0) return undefined;
  return { level, count: levels.filter((one) => one === level).length };
}

/** "2 critical" */
export function levelCountText({ level, count }: LevelCount, formats: Formats): string {
  const { t } = formats;
  const figure = formats.count(count);
  if (level === 'critical') return t('{0} critical', figure);
  if (level === 'warning') return count === 1 ? t('1 warning') : t('{0} warnings', figure);
  return t('{0} at attention', figure);
}
