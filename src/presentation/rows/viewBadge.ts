import { type Snapshot, type AccountFigures, type FlowFigures, isTokenStatus } from '../../domain/model';
import { isDemo } from '../../domain/account';
import type { Formats } from '../formats';
import { compareLevels, compareFlows } from '../../domain/health';

interface ViewBadgeModel {
  readonly value: number;
  readonly tooltip: string;
}

/** How many flows are at warning or worse; undefined where none is. */
export function viewBadge(snapshot: Snapshot, formats: Formats): ViewBadgeModel | undefined {
  const value = countedFlows(snapshot).filter(needsAttention).length;
  return value === 0 ? undefined : { value, tooltip: attentionText(value, formats) };
}

export function needsAttention({ report }: FlowFigures): boolean {
  return compareLevels(report.level, 'warning') <= 0;
}

export function attentionText(count: number, formats: Formats): string {
  const { t } = formats;
  return count === 1 ? t('1 flow needs attention') : t('{0} flows need attention', formats.count(count));
}

export function hasToken({ accountStatus }: AccountFigures): boolean {
  return !isTokenStatus(accountStatus);
}

/** Demo data count where there is nothing else. */
export function countedAccounts({ accounts }: Snapshot): readonly AccountFigures[] {
  const others = accounts.filter(({ account }) => !isDemo(account));
  return others.length > 0 ? others : accounts;
}

/** Flows that count, worst first. Figures under a refused token are history, not news. */
export function countedFlows(snapshot: Snapshot): readonly FlowFigures[] {
  return snapshot.accounts
    .filter(hasToken)
    .flatMap(({ flows }) => flows)
    .filter(({ counted }) => counted)
    .sort(compareFlows);
}
