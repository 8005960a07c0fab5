import { plainName } from '../escape';
import type { Speech } from '../speech';
import { flowCountText, levelLabel, statusLabel } from '../texts/labels';
import type { FlowFilter, FlowGroup } from './arrangement';
import { levelIcon, type RowIcon, type RowModel } from './rowModel';
import { hasToken } from './viewBadge';
import { levelCountText, worstOf } from './worstLevel';

/** A group of flows; it has no tooltip, since the row says it all. */
export function groupRow(group: FlowGroup, speech: Speech): RowModel {
  const { by, flows } = group;
  const label = groupLabel(group, speech);
  const judged = flows.filter(({ account }) => hasToken(account)).map(({ figures }) => figures);
  const worst = by.kind === 'level' ? undefined : worstOf(judged);
  const description = [...(worst ? [levelCountText(worst, speech)] : []), flowCountText(flows.length, speech)];
  return {
    label,
    description: description.join(' · '),
    icon: groupIcon(group),
    tooltip: '',
    accessibilityLabel: [label, ...description].join(', '),
    contextValue: 'group',
  };
}

/** "“book”", "Critical", "Published", as a filter is named. */
export function filterLabel(filter: FlowFilter, { t }: Speech): string {
  switch (filter.kind) {
    case 'text':
      return t('“{0}”', plainName(filter.text, 40));
    case 'level':
      return levelLabel(filter.level, t);
    case 'status':
      return statusLabel(filter.status, t);
  }
}

function groupLabel({ by }: FlowGroup, { t }: Speech): string {
  switch (by.kind) {
    case 'level':
      return levelLabel(by.level, t);
    case 'status':
      return by.status === undefined ? t('Status not known') : statusLabel(by.status, t);
    case 'retired':
      return t('Drafts and deprecated');
  }
}

function groupIcon({ by }: FlowGroup): RowIcon {
  switch (by.kind) {
    case 'level':
      return levelIcon(by.level);
    case 'status':
      return statusIcon(by.status);
    case 'retired':
      return { id: 'archive' };
  }
}

export function statusIcon(status: string | undefined): RowIcon {
  return { id: statusIcons.get(status) ?? 'circle-outline' };
}

const statusIcons: ReadonlyMap<string | undefined, string> = new Map([
  ['BLOCKED', 'circle-slash'],
  ['THROTTLED', 'dashboard'],
  ['PUBLISHED', 'broadcast'],
  ['DRAFT', 'edit'],
  ['DEPRECATED', 'archive'],
]);
