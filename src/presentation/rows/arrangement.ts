/** How a person has arranged the tree, and which flows stand where under that. */
import { levelOrder } from '../../domain/health';
import { retiredStatus } from '../../domain/flowRules';
import type { AccountFigures, FlowFigures, HealthLevel, Snapshot } from '../../domain/model';
import { levelLabel, statusLabel } from '../texts/labels';
import type { Translate } from '../translate';
import { grouped } from '../../util/grouped';

export const groupings = ['account', 'level', 'status'] as const;
export type Grouping = (typeof groupings)[number];

/** The one thing that shown flows have in common. */
export type FlowFilter =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'level'; readonly level: HealthLevel }
  | { readonly kind: 'status'; readonly status: string };

export interface Arrangement {
  readonly groupBy: Grouping;
  readonly filter?: FlowFilter;
  /** Keys of flows. */
  readonly pinned: ReadonlySet<string>;
  readonly hidden: ReadonlySet<string>;
  /** True where hidden flows are listed for now. */
  readonly showsHidden: boolean;
}

export interface ArrangedFlow {
  readonly account: AccountFigures;
  readonly figures: FlowFigures;
}

/** Flows below a row of their own. */
export interface FlowGroup {
  /** The same as long as it stands for the same thing. */
  readonly id: string;
  readonly by:
    | { readonly kind: 'level'; readonly level: HealthLevel }
    | { readonly kind: 'status'; readonly status: string | undefined }
    | { readonly kind: 'retired' };
  readonly flows: readonly ArrangedFlow[];
  /** True where it is open at first. */
  readonly isOpen: boolean;
}

/** What stands below one row, or at the root. */
interface FlowList {
  readonly flows: readonly ArrangedFlow[];
  readonly groups: readonly FlowGroup[];
}

export interface ArrangedFlows {
  readonly arrangement: Arrangement;
  /** By the name of the account; empty where flows are grouped by something else. */
  readonly ofAccounts: ReadonlyMap<string, FlowList>;
  /** Of all accounts together; empty where flows stand under their accounts. */
  readonly groups: readonly FlowGroup[];
  /** Flows that pass the filter, of those that are not hidden, or all while hidden ones are shown. */
  readonly matching: number;
  readonly total: number;
  readonly hidden: number;
}

export function arrangeFlows({ accounts }: Snapshot, arrangement: Arrangement, t: Translate): ArrangedFlows {
  const { groupBy, filter, pinned, showsHidden } = arrangement;
  const all = accounts.flatMap((account) => account.flows.map((figures) => ({ account, figures })));
  const shown = all.filter(({ figures }) => showsHidden || !figures.hidden);
  const matching = filter ? shown.filter(({ figures }) => passes(figures, filter, t)) : shown;
  const isFirst = ({ figures }: ArrangedFlow): boolean => pinned.has(figures.key);
  const ordered = [...matching.filter(isFirst), ...matching.filter((one) => !isFirst(one))];
  const isParked = (one: ArrangedFlow): boolean => retiredStatus(one.figures.flow) !== undefined && !isFirst(one);
  const ofAccounts = new Map<string, FlowList>();
  if (groupBy === 'account') {
    const own = grouped(ordered, ({ account }) => account.account.name);
    for (const { account } of accounts) ofAccounts.set(account.name, listOf(own.get(account.name) ?? [], account.name));
  }
  return {
    arrangement,
    ofAccounts,
    groups: groupBy === 'account' ? [] : groupBy === 'level' ? byLevel() : byStatus(),
    matching: matching.length,
    total: shown.length,
    hidden: all.filter(({ figures }) => figures.hidden).length,
  };

  function listOf(flows: readonly ArrangedFlow[], owner: string): FlowList {
    const others = flows.filter((one) => !isParked(one));
    // Where there is nothing else, there is nothing to keep them out of the way of.
    return others.length === 0
      ? { flows, groups: [] }
      : { flows: others, groups: retired(flows.filter(isParked), owner) };
  }

  function retired(flows: readonly ArrangedFlow[], owner: string): FlowGroup[] {
    return flows.length === 0 ? [] : [group(`retired:${owner}`, { kind: 'retired' }, flows, false)];
  }

  function byLevel(): FlowGroup[] {
    const levels = grouped(
      ordered.filter((one) => !isParked(one)),
      ({ figures }) => figures.report.level,
    );
    const groups = levelOrder.flatMap((level) => {
      const flows = levels.get(level) ?? [];
      const isOpen = level !== 'healthy' && level !== 'unknown';
      return flows.length === 0 ? [] : [group(`level:${level}`, { kind: 'level', level }, flows, isOpen)];
    });
    return [...groups, ...retired(ordered.filter(isParked), '')];
  }

  function byStatus(): FlowGroup[] {
    const statuses = grouped(ordered, ({ figures }) => figures.flow.status);
    return [...statuses]
      .sort(([a], [b]) => compareStatuses(a, b))
      .map(([status, flows]) =>
        group(`status:${status ?? ''}`, { kind: 'status', status }, flows, statusRank(status) < parkedRank),
      );
  }

  /** A filter opens what it found; the editor remembers by the id what a person opened, so that one has its own. */
  function group(id: string, by: FlowGroup['by'], flows: readonly ArrangedFlow[], isOpen: boolean): FlowGroup {
    return filter ? { id: `filtered:${id}`, by, flows, isOpen: true } : { id, by, flows, isOpen };
  }
}

/** Words of the text may stand in the name, the id, and the words for account, level and status, in any order. */
function passes({ flow, report, accountName }: FlowFigures, filter: FlowFilter, t: Translate): boolean {
  switch (filter.kind) {
    case 'level':
      return report.level === filter.level;
    case 'status':
      return flow.status === filter.status;
    case 'text': {
      const status = flow.status === undefined ? '' : statusLabel(flow.status, t);
      const text = [flow.name, flow.id, accountName, levelLabel(report.level, t), status].join('\n').toLowerCase();
      return filter.text
        .toLowerCase()
        .split(/\s+/)
        .every((word) => text.includes(word));
    }
  }
}

const parkedRank = 4;
const statusRanks: ReadonlyMap<string | undefined, number> = new Map([
  ['BLOCKED', 0],
  ['THROTTLED', 1],
  ['PUBLISHED', 2],
  [undefined, parkedRank],
  ['DRAFT', parkedRank + 1],
  ['DEPRECATED', parkedRank + 2],
]);

export function compareStatuses(a: string | undefined, b: string | undefined): number {
  return statusRank(a) - statusRank(b) || String(a).localeCompare(String(b));
}

/** What Meta has acted on comes first, what is out of use last. */
function statusRank(status: string | undefined): number {
  return statusRanks.get(status) ?? 3;
}
