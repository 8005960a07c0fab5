import type { Memento, TreeView } from 'vscode';
import { flowKey, type FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import type { MeterHost } from '../meter/meterHost';
import type { ArrangementStore } from '../storage/arrangementStore';
import type { FlowRows, Mutes } from './tree';
import type { TreeNode } from './treeNodes';
import type { LazyTreeProvider } from './lazyTreeProvider';

/** The view "Flows": its rows, its badge, and the line above the rows. */
export class FlowView {
  private readonly store = new DisposableStore();
  private rows: FlowRows | undefined;
  private isDisposed = false;
  private readonly expanded = new Map<string, FlowRef>();
  readonly view: TreeView<TreeNode>;

  constructor(
    private readonly treeProvider: LazyTreeProvider,
    private readonly state: FlowState,
    private readonly meter: MeterHost,
    private readonly mutes: Mutes,
    private readonly memory: Memento,
    private readonly log: Pick<Log, 'error'>,
  ) {
    this.view = treeProvider.view;
    this.store.add(state.onDidChange(() => this.redraw()));
    this.store.add(this.view.onDidExpandElement(({ element }) => this.watch(element, true)));
    this.store.add(this.view.onDidCollapseElement(({ element }) => this.watch(element, false)));
    this.store.add(this.view.onDidChangeSelection(() => this.updateWatched()));
    this.store.add(meter.onDidChange(() => this.rows?.redraw()));
    this.redraw();
  }

  /** How the rows are arranged; undefined where there is no account. */
  async arrangement(): Promise<ArrangementStore | undefined> {
    await this.label();
    return this.rows?.arrangement;
  }

  /** Ages grow without any news, so the host calls this from time to time. */
  redrawAges(): void {
    this.redraw({ timePassed: true });
  }

  private redraw(options?: { readonly timePassed: boolean }): void {
    this.rows?.redraw(options);
    this.label().catch((error) => this.log.error(error));
  }

  private async label(): Promise<void> {
    const texts = this.state.snapshot.accounts.length > 0 ? await import('./viewTexts') : undefined;
    if (this.isDisposed) return;
    if (texts && !this.rows) {
      const arrangement = new texts.ArrangementStore(this.memory, this.state, this.log);
      this.store.add(arrangement.onDidChange(() => this.redraw()));
      this.rows = this.store.add(new texts.FlowRows(this.state, this.meter, this.mutes, arrangement));
      this.treeProvider.fill(this.rows);
    }
    const { snapshot } = this.state;
    const speech = texts?.speechNow();
    this.view.badge = speech && texts?.viewBadge(snapshot, speech);
    const message = (speech && this.rows && texts?.viewMessage(snapshot, speech, this.rows.arranged)) ?? '';
    // The editor lays out the view anew each time that a message is set.
    if (message !== (this.view.message ?? '')) this.view.message = message;
  }

  private watch(node: TreeNode, isOpen: boolean): void {
    const flow = flowOf(node);
    if (!flow) return;
    if (isOpen) this.expanded.set(flowKey(flow), flow);
    else this.expanded.delete(flowKey(flow));
    this.updateWatched();
  }

  /** The editor does not tell which rows are in sight; these a person has at least touched. */
  private updateWatched(): void {
    const selected = this.view.selection.map(flowOf).filter((flow) => flow !== undefined);
    this.state.setWatched([...this.expanded.values(), ...selected]);
  }

  dispose(): void {
    this.isDisposed = true;
    this.store.dispose();
  }
}

function flowOf(node: TreeNode): FlowRef | undefined {
  return 'figures' in node ? { accountName: node.figures.accountName, flowId: node.figures.flow.id } : undefined;
}
