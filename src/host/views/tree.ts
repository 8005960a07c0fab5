import { isMeter, type Account } from '../../domain/account';
import { EventEmitter, TreeItem, TreeItemCollapsibleState, type TreeDataProvider } from 'vscode';
import type { MeterState } from '../../domain/meterState';
import { metricNames, type MetricName } from '../../contract/metric';
import { hasFigures } from '../../domain/metrics';
import type { AccountFigures, FlowFigures } from '../../domain/model';
import { tooltipCommands } from '../../presentation/rows/tooltipCommands';
import type { FlowState } from '../../state/flowState';
import { trustedMarkdown } from '../util/markdown';
import { themeIcon } from '../util/themeIcon';
import type { FlowRowModel } from '../../presentation/rows/rowModel';
import { accountRow } from '../../presentation/rows/accountRow';
import { accountStatusRow, limitRow } from '../../presentation/rows/accountStatusRow';
import { flowRow } from '../../presentation/rows/flowRow';
import { meterRow } from '../../presentation/rows/meterRow';
import { metricRow } from '../../presentation/rows/metricRow';
import { flowTooltip } from '../../presentation/rows/tooltips';
import type { Speech } from '../../presentation/speech';
import { speechNow } from '../util/formats';
import { accountUri, flowUri } from './flowUri';

/** A row of the tree, and with that what a command gets that is run on it. */
export type TreeNode =
  | { readonly kind: 'account' | 'trouble' | 'limit' | 'meter'; readonly account: AccountFigures }
  | { readonly kind: 'flow'; readonly account: AccountFigures; readonly figures: FlowFigures }
  | {
      readonly kind: 'metric';
      readonly account: AccountFigures;
      readonly figures: FlowFigures;
      readonly metric: MetricName;
    };

/** Until when a person wants no notices of a flow; undefined where notices come. */
interface Mutes {
  mutedUntil(account: Account, flowId: string): number | undefined;
}

/** The state of a row in the editor. */
interface Row {
  /** The editor knows a row by this object, so it stays the same while its content changes; the root has none. */
  readonly node?: TreeNode;
  /** Absent until the editor has asked for it. */
  drawn?: { readonly from: readonly unknown[]; readonly text: string };
  /** Made for the pointer that rests on the row; absent until one has. */
  tooltip?: string;
  /** Ids of the rows below; absent until the editor has asked for them. */
  children?: readonly string[];
}

interface DrawnModel extends FlowRowModel {
  readonly collapsible: TreeItemCollapsibleState;
  /** Of an account and a flow it is made once it is wanted. */
  readonly tooltip?: string | undefined;
}

/** The rows of the view "Flows", drawn from the snapshot alone; loaded with their texts. */
export class FlowRows implements TreeDataProvider<TreeNode> {
  private readonly changed = new EventEmitter<TreeNode[] | undefined>();
  private readonly root: Row = {};
  private readonly rows = new Map<string, Row>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly state: FlowState,
    private readonly meter: { readonly state: MeterState },
    private readonly notices: Mutes,
  ) {}

  /**
   * Tells the editor of the rows that look different now, and of no other: a row that is drawn anew loses the tooltip that a
   * person reads. `timePassed`: ages have grown, and tooltips may have fallen behind.
   */
  redraw({ timePassed = false } = {}): void {
    if (this.hasOtherChildren(this.root)) {
      this.changed.fire(undefined);
      return;
    }
    const changed: TreeNode[] = [];
    this.collectChanged(this.root, timePassed, changed);
    if (changed.length > 0) this.changed.fire(changed);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const parent = node ? this.rowOf(node) : this.root;
    const nodes = this.nodesBelow(node);
    const children = nodes.map(rowId);
    const kept = new Set(children);
    for (const id of parent.children ?? []) if (!kept.has(id)) this.forget(id);
    parent.children = children;
    return nodes.map((one) => this.rowOf(one).node!);
  }

  getTreeItem(node: TreeNode): TreeItem {
    const row = this.rowOf(node);
    const model = this.model(node, speechNow());
    row.drawn = { from: this.sourcesOf(node), text: JSON.stringify(model) };
    delete row.tooltip;
    const item = treeItem(model, rowId(node));
    if (node.kind === 'flow') item.resourceUri = flowUri(node.figures.key);
    if (node.kind === 'account') item.resourceUri = accountUri(node.account.account.name);
    return item;
  }

  /** Called for the one row that the pointer rests on, and once for each time that the row is drawn. */
  resolveTreeItem(item: TreeItem, node: TreeNode): TreeItem {
    const tooltip = this.lateTooltip(node, speechNow());
    if (tooltip === undefined) return item;
    this.rowOf(node).tooltip = tooltip;
    item.tooltip = trustedMarkdown(tooltip, tooltipCommands);
    return item;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private collectChanged(parent: Row, timePassed: boolean, changed: TreeNode[]): void {
    for (const node of this.nodesBelow(parent.node)) {
      const row = this.rowOf(node);
      // With a row the editor asks for those below it, too.
      if (this.hasOtherChildren(row) || this.looksOther(row, timePassed)) changed.push(row.node!);
      else if (row.children) this.collectChanged(row, timePassed, changed);
    }
  }

  private hasOtherChildren({ node, children }: Row): boolean {
    if (!children) return false;
    const now = this.nodesBelow(node);
    return now.length !== children.length || now.some((one, i) => rowId(one) !== children[i]);
  }

  private looksOther(row: Row, timePassed: boolean): boolean {
    const { node, drawn, tooltip } = row;
    if (!node || !drawn) return false;
    const from = this.sourcesOf(node);
    if (!timePassed && from.every((source, i) => source === drawn.from[i])) return false;
    const speech = speechNow();
    if (JSON.stringify(this.model(node, speech)) !== drawn.text) return true;
    row.drawn = { from, text: drawn.text };
    return timePassed && tooltip !== undefined && this.lateTooltip(node, speech) !== tooltip;
  }

  /** All that a row is made of, as parts that stay identical while nothing changes. */
  private sourcesOf(node: TreeNode): readonly unknown[] {
    const { account } = node;
    if (node.kind === 'meter') return [this.meter.state];
    if (!('figures' in node)) return [account];
    const { read, freshFor, info, accountStatus } = account;
    return [
      node.figures,
      this.mutedUntil(node),
      account.account,
      read,
      freshFor,
      info,
      accountStatus?.kind,
      accountStatus?.error,
    ];
  }

  /** The one row of such a node, with its content brought up to date. */
  private rowOf(node: TreeNode): Row {
    const id = rowId(node);
    const known = this.rows.get(id);
    if (known?.node) {
      if (known.node !== node) Object.assign(known.node, node);
      return known;
    }
    const row = { node };
    this.rows.set(id, row);
    return row;
  }

  private forget(id: string): void {
    const row = this.rows.get(id);
    this.rows.delete(id);
    for (const child of row?.children ?? []) this.forget(child);
  }

  private nodesBelow(node: TreeNode | undefined): readonly TreeNode[] {
    const { accounts } = this.state.snapshot;
    if (node?.kind === 'account') return this.nodesOfAccount(current(accounts, node.account));
    if (node?.kind === 'flow' && hasFigures(node.figures.totals)) {
      return metricNames.map((metric) => ({ ...node, kind: 'metric', metric }));
    }
    if (node) return [];
    const [only] = accounts;
    return accounts.length === 1 && only
      ? this.nodesOfAccount(only)
      : accounts.map((account) => ({ kind: 'account', account }));
  }

  private nodesOfAccount(account: AccountFigures): readonly TreeNode[] {
    const flows = account.flows.map((figures): TreeNode => ({ kind: 'flow', account, figures }));
    const ofMeter = isMeter(account.account);
    // That a meter cannot be reached is what its own row says, and why.
    const isShownByMeterRow =
      ofMeter && account.accountStatus?.kind === 'offline' && this.meter.state.kind !== 'running';
    return [
      ...(ofMeter ? [{ kind: 'meter', account } as const] : []),
      ...(account.accountStatus && !isShownByMeterRow ? [{ kind: 'trouble', account } as const] : []),
      ...(account.limitedTo === undefined ? [] : [{ kind: 'limit', account } as const]),
      ...flows,
    ];
  }

  private mutedUntil(node: TreeNode): number | undefined {
    return node.kind === 'flow' ? this.notices.mutedUntil(node.account.account, node.figures.flow.id) : undefined;
  }

  /** The tooltip of a row that also says when it was fetched, for which alone no row is drawn anew; undefined for others. */
  private lateTooltip(node: TreeNode, speech: Speech): string | undefined {
    if (node.kind === 'flow') return flowTooltip(node.figures, speech, node.account, this.mutedUntil(node));
    return node.kind === 'account' ? accountRow(node.account, speech).tooltip : undefined;
  }

  private model(node: TreeNode, speech: Speech): DrawnModel {
    const { account } = node;
    const collapsible = TreeItemCollapsibleState.None;
    switch (node.kind) {
      case 'account':
        return {
          ...accountRow(account, speech),
          tooltip: undefined,
          collapsible: TreeItemCollapsibleState.Expanded,
        };
      case 'meter':
        return { ...meterRow(account.account.name, this.meter.state, speech), collapsible };
      case 'trouble':
        return { ...accountStatusRow(account, speech)!, collapsible };
      case 'limit':
        return { ...limitRow(account, speech)!, collapsible };
      case 'flow':
        return {
          ...flowRow(node.figures, speech, account, this.mutedUntil(node)),
          // Five rows below it would say five times why there are no figures.
          collapsible: hasFigures(node.figures.totals) ? TreeItemCollapsibleState.Collapsed : collapsible,
        };
      case 'metric':
        return { ...metricRow(node.metric, node.figures, speech, account), collapsible };
    }
  }
}

function rowId(node: TreeNode): string {
  if (node.kind === 'metric') return `metric:${node.figures.key}:${node.metric}`;
  return node.kind === 'flow' ? `flow:${node.figures.key}` : `${node.kind}:${node.account.account.name}`;
}

function current(accounts: readonly AccountFigures[], before: AccountFigures): AccountFigures {
  return accounts.find(({ account }) => account.name === before.account.name) ?? before;
}

function treeItem(row: DrawnModel, id: string): TreeItem {
  const item = new TreeItem(row.label, row.collapsible);
  item.id = id;
  item.description = row.description;
  item.iconPath = themeIcon(row.icon);
  if (row.tooltip !== undefined) item.tooltip = trustedMarkdown(row.tooltip, tooltipCommands);
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.accessibilityLabel };
  if (row.action) {
    const { command, title, arguments: args } = row.action;
    item.command = { command, title, arguments: [...args] };
  }
  return item;
}
