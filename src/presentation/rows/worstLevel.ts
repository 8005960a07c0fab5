import { compareLevels } from '../../domain/health';
import type { AccountFigures, HealthLevel } from '../../domain/model';
import type { Formats } from '../formats';
import { hasToken } from './viewBadge';

interface LevelCount {
  readonly level: HealthLevel;
  readonly count: number;
}

/** The worst level among the flows that asks for a look, and how many have it. Figures under a refused token are history. */
export function worstLevel(account: AccountFigures): LevelCount | undefined {
  const levels = hasToken(account) ? account.flows.map(({ report }) => report.level) : [];
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
