/** How a person looks at the overview, kept over a reload of the window. */
import { levelOrder } from '../../src/domain/health';
import { objectOf } from '../../src/util/json';
import { defined } from '../../src/util/defined';
import { sortKeys, type Filter, type Sort } from './rowOrder';

export interface OverviewNavigation {
  readonly sort: Sort;
  readonly filter: Filter;
  /** Key of the row that the keyboard is at. */
  readonly active?: string;
}

/** The saved navigation; anything unexpected is left out. */
export function overviewNavigationOf(saved: unknown): OverviewNavigation {
  const { sort, filter, active } = objectOf(saved) ?? {};
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
    ...defined({ active: textOf(active) }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
