/** Which flows the table shows, and in which order. */
import type { MetricName } from '../../src/contract/metric';
import { metricNames } from '../../src/contract/metric';
import { metricRules } from '../../src/domain/metrics';
import type { HealthLevel } from '../../src/domain/model';
import type { OverviewRow } from '../../src/presentation/overview/overviewProtocol';
import { levelLabel, statusLabel } from '../../src/presentation/texts/labels';
import { english as t } from '../../src/presentation/translate';

export const sortKeys = ['level', 'name', 'account', 'status', ...metricNames] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Sort {
  readonly key: SortKey;
  /** Otherwise the worst, the most or the first name comes first. */
  readonly reversed: boolean;
  /** Figures by their change against the time before. */
  readonly byChange: boolean;
}

export interface Filter {
  /** Empty: all. */
  readonly levels: readonly HealthLevel[];
  /** Key of an account. */
  readonly account?: string;
  readonly text: string;
}

export function isFigure(key: SortKey): key is MetricName {
  return key in metricRules;
}

/** How the rows ascend or descend, for `aria-sort`. */
export function directionOf({ key, reversed }: Sort): 'ascending' | 'descending' {
  return ascends(key) === reversed ? 'descending' : 'ascending';
}

/** True where the lowest comes first as long as nothing is reversed. */
function ascends(key: SortKey): boolean {
  if (!isFigure(key)) return key !== 'level';
  return metricRules[key].direction === 'higherIsBetter';
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** `rows` come worst first, and those that are equal stay in that order. */
export function sorted(rows: readonly OverviewRow[], sort: Sort): readonly OverviewRow[] {
  const { key, reversed, byChange } = sort;
  const sign = directionOf(sort) === 'ascending' ? 1 : -1;
  if (key === 'level') return reversed ? [...rows].reverse() : rows;
  if (!isFigure(key)) return [...rows].sort((a, b) => sign * collator.compare(wordOf(a, key), wordOf(b, key)));
  const keyed = rows.map((row) => ({ row, value: byChange ? changeOf(row, key) : row.figures[key]?.value }));
  // What is not known comes last either way.
  keyed.sort((a, b) => {
    if (a.value === undefined || b.value === undefined)
      return Number(a.value === undefined) - Number(b.value === undefined);
    return a.value === b.value ? 0 : sign * (a.value < b.value ? -1 : 1);
  });
  return keyed.map(({ row }) => row);
}

function wordOf(row: OverviewRow, key: 'name' | 'account' | 'status'): string {
  return key === 'status' ? statusOf(row) : row[key];
}

function statusOf({ status }: OverviewRow): string {
  return status === undefined ? '' : statusLabel(status, t);
}

/** Counts relatively, rates in points, latency in seconds. */
function changeOf({ figures }: OverviewRow, metric: MetricName): number | undefined {
  const { value, before } = figures[metric] ?? {};
  if (value === undefined || before === undefined) return undefined;
  if (metricRules[metric].unit !== 'requests') return value - before;
  return value === before ? 0 : (value - before) / before;
}

const searched = new WeakMap<OverviewRow, string>();

function searchText(row: OverviewRow): string {
  let text = searched.get(row);
  if (text === undefined) {
    const { name, id, account, level, reason } = row;
    text = [name, id, account, levelLabel(level, t), statusOf(row), reason].join('\n').toLocaleLowerCase();
    searched.set(row, text);
  }
  return text;
}

/** The rows of the account with every word of the text, whatever their level. */
export function matching(rows: readonly OverviewRow[], { account, text }: Filter): readonly OverviewRow[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && account === undefined) return rows;
  return rows.filter(
    (row) =>
      (account === undefined || row.account === account) && words.every((word) => searchText(row).includes(word)),
  );
}

export function atLevels(rows: readonly OverviewRow[], { levels }: Filter): readonly OverviewRow[] {
  return levels.length === 0 ? rows : rows.filter(({ level }) => levels.includes(level));
}
