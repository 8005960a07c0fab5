import type { HealthLevel, AccountFigures } from '../../domain/model';
import { isMeta, needsToken } from '../../domain/account';

export interface RowIcon {
  /** Codicon. */
  readonly id: string;
  /** Theme colour. */
  readonly color?: string;
}

export interface RowAction {
  readonly command: string;
  readonly title: string;
  readonly arguments: readonly unknown[];
}

export interface RowModel {
  readonly label: string;
  readonly description: string;
  readonly icon: RowIcon;
  /** Markdown; trusts only `flowmeter.openDashboard` and `flowmeter.copyFlowId`. */
  readonly tooltip: string;
  readonly accessibilityLabel: string;
  /** Words for `viewItem`. */
  readonly contextValue: string;
  /** The command of a click and of the Enter key; accounts have none. */
  readonly action?: RowAction;
}

/** A flow's tooltip is made by `flowTooltip`, once it is wanted. */
export type FlowRowModel = Omit<RowModel, 'tooltip'>;

const levelIcons: Readonly<Record<HealthLevel, Required<RowIcon>>> = {
  healthy: { id: 'pass', color: 'testing.iconPassed' },
  attention: { id: 'info', color: 'charts.yellow' },
  warning: { id: 'warning', color: 'charts.yellow' },
  critical: { id: 'error', color: 'charts.red' },
  unknown: { id: 'question', color: 'descriptionForeground' },
};

export function levelIcon(level: HealthLevel): Required<RowIcon> {
  return levelIcons[level];
}

/**
 * `curl` where a shell can ask the same: the servers inside the editor have tokens that nobody sees. `meta` where WhatsApp
 * Manager has the flow.
 */
export function contextOf(kind: 'flow' | 'metric', account: AccountFigures | undefined): string {
  if (!account) return kind;
  const words = [kind, ...(needsToken(account.account) ? ['curl'] : [])];
  return [...words, ...(kind === 'flow' && isMeta(account.account) ? ['meta'] : [])].join(' ');
}
