import type { Account } from '../../domain/account';
import { EventEmitter, TreeItem, TreeItemCollapsibleState, type TreeDataProvider } from 'vscode';
import type { MeterState } from '../../domain/meterState';
import { hasFigures } from '../../domain/metrics';
import { tooltipCommands } from '../../presentation/rows/tooltipCommands';
import type { FlowState } from '../../state/flowState';
import { trustedMarkdown } from '../util/markdown';
import { themeIcon } from '../util/themeIcon';
import type { ArrangedFlows } from '../../presentation/rows/arrangement';
import type { FlowRowModel } from '../../presentation/rows/rowModel';
import { accountRow } from '../../presentation/rows/accountRow';
import { accountStatusRow, limitRow } from '../../presentation/rows/accountStatusRow';
import { flowRow } from '../../presentation/rows/flowRow';
import { groupRow } from '../../presentation/rows/groupRow';
import { meterRow } from '../../presentation/rows/meterRow';
import { metricRow } from '../../presentation/rows/metricRow';
import { withOwner } from '../../presentation/rows/owner';
import { flowTooltip } from '../../presentation/rows/tooltips';
import type { Speech } from '../../presentation/speech';
import type { ArrangementStore } from '../storage/arrangementStore';
import { speechNow } from '../util/formats';
import { accountUri, flowUri } from './flowUri';
import { rowId, TreeNodes, type TreeNode } from './treeNodes';

/** Until when a person wants no notices of a flow; undefined where notices come. */
export interface Mutes {
  mutedUntil(account: Account, flowId: string): number | undefined;
}

/** The state of a row in the editor. */
interface Row {
  /** The editor knows a row by this object, so it stays the same while its content changes; the root has none. */
  readonly node?: TreeNode;
  /** The row that it was listed under last. */
  parent?: Row;
  /** Absent until the editor has asked for it. */
  drawn?: { readonly from: readonly unknown[]; readonly text: string };
  /** Made for the pointer that rests on the row; absent until one has. */
  tooltip?: string;
  /** Ids of the rows below; absent until the editor has asked for them. */
  children?: readonly string[];
  /** The editor was told that it looks different, and has not asked for it since. */
  isTold?: boolean;
}

interface DrawnModel extends FlowRowModel {
  readonly collapsible: TreeItemCollapsibleState;
  /** Of an account and a flow it is made once it is wanted. */
  readonly tooltip?: string | undefined;
}

/** The rows of the view "Flows", drawn from the snapshot and its arrangement alone; loaded with their texts. */
export class FlowRows implements TreeDataProvider<TreeNode> {
  private readonly changed = new EventEmitter<TreeNode[] | undefined>();
  private readonly root: Row = {};
  private readonly rows = new Map<string, Row>();
  private readonly nodes: TreeNodes;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    state: FlowState,
    private readonly meter: { readonly state: MeterState },
    private readonly notices: Mutes,
    readonly arrangement: ArrangementStore,
  ) {
    this.nodes = new TreeNodes({ state, meter, arrangement });
    arrangement.update();
  }

  /** The flows as they stand in the tree. */
  get arranged(): ArrangedFlows {
    return this.nodes.arranged;
  }

  /**
   * Tells the editor of the rows that look different now, and of no other: a row that is drawn anew loses the tooltip that a
   * person reads. What it was told and has not asked for yet is not told again: it draws one telling after the other, which
   * with a thousand flows takes longer than news come in, and meanwhile the menus of rows do nothing. `timePassed`: ages
   * have grown, and tooltips may have fallen behind.
   */
  redraw({ timePassed = false } = {}): void {
    this.arrangement.update();
    // Should the editor have failed at that, it is told again once a minute.
    if (this.root.isTold && !timePassed) return;
    const changed: Row[] = [];
    const isKnown = !this.hasOtherChildren(this.root) && this.collectChanged(this.root, timePassed, changed);
    const told = isKnown ? changed : [this.root];
    for (const row of told) row.isTold = true;
    if (told.length > 0) this.changed.fire(isKnown ? changed.map(({ node }) => node!) : undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const parent = node ? this.rowOf(node) : this.root;
    const nodes = this.nodes.below(node);
    const children = nodes.map(rowId);
    const kept = new Set(children);
    for (const id of parent.children ?? []) if (!kept.has(id)) this.forget(id, parent);
    parent.children = children;
    delete parent.isTold;
    return nodes.map((one) => {
      const row = this.rowOf(one);
      row.parent = parent;
      return row.node!;
    });
  }

  getTreeItem(node: TreeNode): TreeItem {
    const row = this.rowOf(node);
    const model = this.model(node, speechNow());
    row.drawn = { from: this.sourcesOf(node), text: JSON.stringify(model) };
    delete row.tooltip;
    delete row.isTold;
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
    this.arrangement.dispose();
  }

  /** False where a row has got another parent, which needs a tree that is drawn anew: the editor would drop it with the old one. */
  private collectChanged(parent: Row, timePassed: boolean, changed: Row[]): boolean {
    return this.nodes.below(parent.node).every((node) => {
      const row = this.rowOf(node);
      if (row.isTold && !timePassed) return true;
      const hasOthers = this.hasOtherChildren(row);
      if (hasOthers && this.nodes.below(row.node).some((one) => this.isElsewhere(one, row))) return false;
      // With a row the editor asks for those below it, too.
      if (hasOthers || this.looksOther(row, timePassed)) changed.push(row);
      else if (row.children) return this.collectChanged(row, timePassed, changed);
      return true;
    });
  }

  private isElsewhere(node: TreeNode, parent: Row): boolean {
    const known = this.rows.get(rowId(node))?.parent;
    return known !== undefined && known !== parent;
  }

  private hasOtherChildren({ node, children }: Row): boolean {
    if (!children) return false;
    const now = this.nodes.below(node);
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
    const { arrangement } = this.arranged;
    if (node.kind === 'group') return [this.arranged];
    const { account } = node;
    const common = [arrangement, this.nodes.areMixed];
    if (node.kind === 'meter') return [...common, this.meter.state];
    if (!('figures' in node)) return [...common, account];
    const { read, freshFor, info, accountStatus } = account;
    const facts = [account.account, read, freshFor, info, accountStatus?.kind, accountStatus?.error];
    return [...common, node.figures, this.mutedUntil(node), ...facts];
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

  private forget(id: string, parent: Row): void {
    const row = this.rows.get(id);
    // It may stand under another parent by now.
    if (!row || row.parent !== parent) return;
    this.rows.delete(id);
    for (const child of row.children ?? []) this.forget(child, row);
  }

  private mutedUntil(node: TreeNode): number | undefined {
    return node.kind === 'flow' ? this.notices.mutedUntil(node.account.account, node.figures.flow.id) : undefined;
  }

  private model(node: TreeNode, speech: Speech): DrawnModel {
    const collapsible = TreeItemCollapsibleState.None;
    if (node.kind === 'group') {
      const { isOpen } = node.group;
      const state = isOpen ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
      return { ...groupRow(node.group, speech), collapsible: state };
    }
    const { account } = node;
    const owner = this.nodes.areMixed ? account.account.name : undefined;
    switch (node.kind) {
      case 'account':
        return {
          ...accountRow(account, speech, this.matchingIn(account.account.name)),
          tooltip: undefined,
          collapsible: TreeItemCollapsibleState.Expanded,
        };
      case 'meter':
        return { ...withOwner(meterRow(account.account.name, this.meter.state, speech), owner), collapsible };
      case 'trouble':
        return { ...withOwner(accountStatusRow(account, speech)!, owner), collapsible };
      case 'limit':
        return { ...withOwner(limitRow(account, speech)!, owner), collapsible };
      case 'flow': {
        const { figures } = node;
        const isPinned = this.arranged.arrangement.pinned.has(figures.key);
        return {
          ...withOwner(flowRow(figures, speech, account, this.mutedUntil(node), isPinned), owner),
          // Five rows below it would say five times why there are no figures.
          collapsible: hasFigures(figures.totals) ? TreeItemCollapsibleState.Collapsed : collapsible,
        };
      }
      case 'metric':
        return { ...metricRow(node.metric, node.figures, speech, account), collapsible };
    }
  }

  /** Undefined without a filter. */
  private matchingIn(accountName: string): number | undefined {
    return this.arranged.arrangement.filter ? this.nodes.matching(accountName) : undefined;
  }

  /** The tooltip of a row that also says when it was fetched, for which alone no row is drawn anew; undefined for others. */
  private lateTooltip(node: TreeNode, speech: Speech): string | undefined {
    if (node.kind === 'flow')
      return flowTooltip(node.figures, speech, node.account, this.mutedUntil(node), this.nodes.areMixed);
    if (node.kind !== 'account') return undefined;
    return accountRow(node.account, speech, this.matchingIn(node.account.account.name)).tooltip;
  }
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
