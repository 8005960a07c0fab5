import { isDemo } from '../../domain/account';
import type { KeptDays } from '../../domain/keptDays';
import type { FlowRef } from '../../state/flowRef';
import { DisposableStore } from '../util/lifecycle';
import type { History, HistoryParts } from './history';

/** The history, loaded with the first flow of a server. */
export class HistoryLoader {
  private readonly store = new DisposableStore();
  private history: History | undefined;
  private isLoading = false;

  constructor(private readonly parts: HistoryParts) {
    this.store.add(
      parts.state.onDidChange(({ accounts }) => {
        if (this.isLoading || !accounts.some(({ account, flows }) => !isDemo(account) && flows.length > 0)) return;
        this.isLoading = true;
        this.load().catch((error) => parts.log.error(error));
      }),
    );
  }

  async keptOf(flow: FlowRef): Promise<KeptDays | undefined> {
    return this.history?.keptOf(flow);
  }

  async settle(): Promise<void> {
    await this.history?.settle();
  }

  dispose(): void {
    this.store.dispose();
  }

  private async load(): Promise<void> {
    const { History: Part } = await import('./history');
    this.history = this.store.add(new Part(this.parts));
  }
}
