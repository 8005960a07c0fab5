import type { MeterState } from '../../domain/meterState';
import type { Refresher } from '../../state/refresher';
import { DisposableStore } from '../util/lifecycle';
import type { Settings } from '../storage/settings';
import type { MeterHost } from './meterHost';

/** Carries what the meter tells of its flows to the refresher, so that nothing is asked while nothing happens. */
export class MeterChangeListener {
  private readonly store = new DisposableStore();
  private lastUrl: string | undefined;
  /** When each flow's newest event came, as far as that was passed on. */
  private readonly told = new Map<string, number>();

  constructor(
    meter: MeterHost,
    private readonly settings: Settings,
    private readonly refresher: Refresher,
  ) {
    this.store.add(meter.onDidChange((state) => this.take(state)));
  }

  dispose(): void {
    this.store.dispose();
  }

  private take(state: MeterState): void {
    const account = this.settings.accounts.value.accounts.find(({ source }) => source === 'meter');
    if (!account) return;
    if (state.kind !== 'running') {
      // That it is gone concerns every flow; that it is about to come does not yet.
      if (this.lastUrl !== undefined && state.kind !== 'starting') this.refresher.news(account.name);
      if (state.kind !== 'starting') this.lastUrl = undefined;
      return;
    }
    const { url, report } = state;
    if (url !== this.lastUrl) {
      this.lastUrl = url;
      this.told.clear();
      for (const { id, lastEventAt = 0 } of report.flows) this.told.set(id, lastEventAt);
      this.refresher.news(account.name);
      return;
    }
    for (const { id, lastEventAt = 0 } of report.flows) {
      if (this.told.get(id) === lastEventAt) continue;
      this.told.set(id, lastEventAt);
      this.refresher.news(account.name, id);
    }
  }
}
