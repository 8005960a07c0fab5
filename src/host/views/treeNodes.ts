import { isMeter } from '../../domain/account';
import type { MeterState } from '../../domain/meterState';
import { metricNames, type MetricName } from '../../contract/metric';
import { hasFigures } from '../../domain/metrics';
import type { AccountFigures, FlowFigures, Snapshot } from '../../domain/model';
import {
  arrangeFlows,
  type ArrangedFlow,
  type ArrangedFlows,
  type Arrangement,
  type FlowGroup,
} from '../../presentation/rows/arrangement';
import { translate } from '../util/translate';

/** A row of the tree, and with that what a command gets that is run on it. */
export type TreeNode =
  | { readonly kind: 'account' | 'trouble' | 'limit' | 'meter'; readonly account: AccountFigures }
  | { readonly kind: 'group'; readonly group: FlowGroup; readonly account?: undefined }
  | { readonly kind: 'flow'; readonly account: AccountFigures; readonly figures: FlowFigures }
  | {
      readonly kind: 'metric';
      readonly account: AccountFigures;
      readonly figures: FlowFigures;
      readonly metric: MetricName;
    };

interface NodeParts {
  readonly state: { readonly snapshot: Snapshot };
  readonly meter: { readonly state: MeterState };
  readonly arrangement: { readonly value: Arrangement };
}

/** Which rows stand below which. */
export class TreeNodes {
  private last: { readonly snapshot: Snapshot; readonly flows: ArrangedFlows } | undefined;

  constructor(private readonly parts: NodeParts) {}

  /** Made once for each snapshot and arrangement. */
  get arranged(): ArrangedFlows {
    const { snapshot } = this.parts.state;
    const arrangement = this.parts.arrangement.value;
    if (this.last?.snapshot !== snapshot || this.last.flows.arrangement !== arrangement) {
      this.last = { snapshot, flows: arrangeFlows(snapshot, arrangement, translate) };
    }
    return this.last.flows;
  }

  /** True where flows of several accounts stand together. */
  get areMixed(): boolean {
    return this.arranged.arrangement.groupBy !== 'account' && this.parts.state.snapshot.accounts.length > 1;
  }

  below(node: TreeNode | undefined): readonly TreeNode[] {
    const { accounts } = this.parts.state.snapshot;
    switch (node?.kind) {
      case 'account':
        return this.ofAccount(accounts.find(({ account }) => account.name === node.account.account.name));
      case 'group':
        return nodesOf(this.group(node.group.id)?.flows ?? []);
      case 'flow':
        return hasFigures(node.figures.totals)
          ? metricNames.map((metric) => ({ ...node, kind: 'metric' as const, metric }))
          : [];
      case undefined:
        return this.roots(accounts);
      case 'trouble':
      case 'limit':
      case 'meter':
      case 'metric':
        return [];
    }
  }

  private roots(accounts: readonly AccountFigures[]): readonly TreeNode[] {
    const { groups, arrangement } = this.arranged;
    if (arrangement.groupBy !== 'account') {
      return [...accounts.flatMap((account) => this.aboutAccount(account)), ...groups.map(groupNode)];
    }
    if (accounts.length === 1) return this.ofAccount(accounts[0]);
    return accounts.filter((account) => this.isShown(account)).map((account) => ({ kind: 'account', account }));
  }

  /** A filter leaves out accounts of which nothing passes, unless something is wrong with them. */
  private isShown(account: AccountFigures): boolean {
    return (
      this.arranged.arrangement.filter === undefined ||
      account.accountStatus !== undefined ||
      this.matching(account.account.name) > 0
    );
  }

  /** How many flows of the account pass the filter. */
  matching(accountName: string): number {
    const { flows = [], groups = [] } = this.arranged.ofAccounts.get(accountName) ?? {};
    return groups.reduce((sum, group) => sum + group.flows.length, flows.length);
  }

  private ofAccount(account: AccountFigures | undefined): readonly TreeNode[] {
    if (!account) return [];
    const { flows = [], groups = [] } = this.arranged.ofAccounts.get(account.account.name) ?? {};
    return [...this.aboutAccount(account), ...nodesOf(flows), ...groups.map(groupNode)];
  }

  private aboutAccount(account: AccountFigures): readonly TreeNode[] {
    const ofMeter = isMeter(account.account);
    // That a meter cannot be reached is what its own row says, and why.
    const isShownByMeterRow =
      ofMeter && account.accountStatus?.kind === 'offline' && this.parts.meter.state.kind !== 'running';
    return [
      ...(ofMeter ? [{ kind: 'meter', account } as const] : []),
      ...(account.accountStatus && !isShownByMeterRow ? [{ kind: 'trouble', account } as const] : []),
      ...(account.limitedTo === undefined ? [] : [{ kind: 'limit', account } as const]),
    ];
  }

  private group(id: string): FlowGroup | undefined {
    const { ofAccounts, groups } = this.arranged;
    return [...groups, ...[...ofAccounts.values()].flatMap((list) => list.groups)].find((group) => group.id === id);
  }
}

function groupNode(group: FlowGroup): TreeNode {
  return { kind: 'group', group };
}

function nodesOf(flows: readonly ArrangedFlow[]): readonly TreeNode[] {
  return flows.map(({ account, figures }) => ({ kind: 'flow', account, figures }));
}

export function rowId(node: TreeNode): string {
  switch (node.kind) {
    case 'metric':
      return `metric:${node.figures.key}:${node.metric}`;
    case 'flow':
      return `flow:${node.figures.key}`;
    case 'group':
      return `group:${node.group.id}`;
    case 'account':
    case 'trouble':
    case 'limit':
    case 'meter':
      return `${node.kind}:${node.account.account.name}`;
  }
}
