import { isMeter } from '../../domain/account';
import { EventEmitter, TreeItem, TreeItemCollapsibleState, Uri, type TreeDataProvider } from 'vscode';
import type { MeterState } from '../../domain/meterState';
import { metricNames, type MetricName } from '../../contract/metric';
import type { AccountFigures, FlowFigures } from '../../domain/model';
import { tooltipCommands } from '../../presentation/rows/tooltipCommands';
import { flowScheme } from '../../ids';
import type { FlowState } from '../../state/flowState';
import { trustedMarkdown } from '../util/markdown';
import { themeIcon } from '../util/themeIcon';
import type { FlowRowModel } from '../../presentation/rows/rowModel';

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

/** The rows of the view "Flows", drawn from the snapshot alone. */
export class FlowRows implements TreeDataProvider<TreeNode> {
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly state: FlowState,
    private readonly meter: { readonly state: MeterState },
  ) {}

  redraw(): void {
    this.changed.fire(undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const { accounts } = this.state.snapshot;
    if (node?.kind === 'account') return this.childrenOf(current(accounts, node.account));
    if (node?.kind === 'flow') return metricNames.map((metric) => ({ ...node, kind: 'metric', metric }));
    if (node) return [];
    const [only] = accounts;
    return accounts.length === 1 && only
      ? this.childrenOf(only)
      : accounts.map((account) => ({ kind: 'account', account }));
  }

  async getTreeItem(node: TreeNode): Promise<TreeItem> {
    const texts = await import('./viewTexts');
    const speech = texts.speechNow();
    const { account } = node;
    const { name } = account.account;
    switch (node.kind) {
      case 'account':
        return treeItem(texts.accountRow(account, speech), `account:${name}`, TreeItemCollapsibleState.Expanded);
      case 'meter':
        return treeItem(texts.meterRow(name, this.meter.state, speech), `meter:${name}`);
      case 'trouble':
        return treeItem(texts.accountStatusRow(account, speech)!, `trouble:${name}`);
      case 'limit':
        return treeItem(texts.limitRow(account, speech)!, `limit:${name}`);
      case 'flow': {
        const { key } = node.figures;
        const item = treeItem(
          texts.flowRow(node.figures, speech, account),
          `flow:${key}`,
          TreeItemCollapsibleState.Collapsed,
        );
        item.resourceUri = flowUri(key);
        return item;
      }
      case 'metric': {
        const { metric, figures } = node;
        return treeItem(texts.metricRow(metric, figures, speech, account), `metric:${figures.key}:${metric}`);
      }
    }
  }

  /** Called for the one row that the pointer rests on. */
  async resolveTreeItem(item: TreeItem, node: TreeNode): Promise<TreeItem> {
    if (node.kind === 'flow') {
      const { flowTooltip, speechNow } = await import('./viewTexts');
      item.tooltip = trustedMarkdown(flowTooltip(node.figures, speechNow(), node.account), tooltipCommands);
    }
    return item;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private childrenOf(account: AccountFigures): TreeNode[] {
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
}

/** The private address by which a flow's row is decorated. */
export function flowUri(key: string): Uri {
  return Uri.from({ scheme: flowScheme, path: `/${encodeURIComponent(key)}` });
}

function current(accounts: readonly AccountFigures[], before: AccountFigures): AccountFigures {
  return accounts.find(({ account }) => account.name === before.account.name) ?? before;
}

function treeItem(
  row: FlowRowModel & { readonly tooltip?: string },
  id: string,
  collapsible = TreeItemCollapsibleState.None,
): TreeItem {
  const item = new TreeItem(row.label, collapsible);
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
