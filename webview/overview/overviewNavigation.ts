/** How a person looks at the overview, kept over a reload of the window. */
import { levelOrder } from '../../src/domain/health';
import { objectOf } from '../../src/util/json';
import { defined } from '../../src/util/defined';
import type { HealthWindow } from '../../src/domain/model';
import { isHealthWindow } from '../../src/domain/windows';
import { sortKeys, type Filter, type Sort } from './rowOrder';
import { savedTicks, type Ticks } from './ticks';

export interface OverviewNavigation {
  readonly sort: Sort;
  readonly filter: Filter;
  readonly ticks: Ticks;
  /** Of the comparison. */
  readonly range: HealthWindow;
  /** Key of the row that the keyboard is at. */
  readonly active?: string;
}

/** The saved navigation; anything unexpected is left out. */
export function overviewNavigationOf(saved: unknown): OverviewNavigation {
  const { sort, filter, ticks, range, active } = objectOf(saved) ?? {};
  const { key, reversed, byChange } = objectOf(sort) ?? {};
  const { levels, account, text } = objectOf(filter) ?? {};
  return {
    sort: {
      key: sortKeys.find((known) => known === key) ?? 'level',
      reversed: reversed === true,
      byChange: byChange === true,
    },
    filter: {
      levels: Array.isArray(levels) ? levelOrder.filter((level) => levels.includes(level)) : [],
      text: textOf(text) ?? '',
      ...defined({ account: textOf(account) }),
    },
    ticks: savedTicks(ticks),
    range: isHealthWindow(range) ? range : '24h',
    ...defined({ active: textOf(active) }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
