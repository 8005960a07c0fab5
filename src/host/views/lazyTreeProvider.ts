import { EventEmitter, window, type TreeDataProvider, type TreeItem } from 'vscode';
import { viewIds } from '../../ids';
import { DisposableStore } from '../util/lifecycle';
import type { FlowRows } from './tree';
import type { TreeNode } from './treeNodes';

/** The view "Flows" before there is anything to show: its rows are loaded with the first account. */
export class LazyTreeProvider implements TreeDataProvider<TreeNode> {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new EventEmitter<TreeNode[] | undefined>());
  private rows: FlowRows | undefined;
  readonly onDidChangeTreeData = this.changed.event;
  readonly view = this.store.add(
    window.createTreeView(viewIds.flows, { treeDataProvider: this, showCollapseAll: true }),
  );

  fill(rows: FlowRows): void {
    this.rows = rows;
    this.store.add(rows.onDidChangeTreeData((nodes) => this.changed.fire(nodes)));
    this.changed.fire(undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return this.rows?.getChildren(node) ?? [];
  }

  getTreeItem(node: TreeNode): TreeItem {
    return this.rows!.getTreeItem(node);
  }

  resolveTreeItem(item: TreeItem, node: TreeNode): TreeItem {
    return this.rows!.resolveTreeItem(item, node);
  }

  dispose(): void {
    this.store.dispose();
  }
}
