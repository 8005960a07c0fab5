import { isMeter } from '../../domain/account';
import type { MeterState } from '../../domain/meterState';
import type { Refresher } from '../../state/refresher';
import { DisposableStore } from '../util/lifecycle';
import type { Settings } from '../storage/settings';
import type { MeterHost } from './meterHost';

/** Carries what the meter tells of its flows to the refresher, so that nothing is asked while nothing happens. */
export class MeterChangeListener {
  private readonly store = new DisposableStore();
  private lastUrl: string | undefined;
  /** Each flow's revision, as far as it was passed on. */
  private readonly revisions = new Map<string, number>();

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
    const account = this.settings.accounts.value.accounts.find(isMeter);
    if (!account) return;
    if (state.kind !== 'running') {
      // That it is gone concerns every flow; that it is about to come does not yet.
      if (this.lastUrl !== undefined && state.kind !== 'starting') this.refresher.serverChanged(account.name);
      if (state.kind !== 'starting') this.lastUrl = undefined;
      return;
    }
    const { url, report } = state;
    if (url !== this.lastUrl) {
      this.lastUrl = url;
      this.revisions.clear();
      for (const { id, revision } of report.flows) this.revisions.set(id, revision);
      this.refresher.serverChanged(account.name);
      return;
    }
    for (const { id, revision } of report.flows) {
      if (this.revisions.get(id) === revision) continue;
      this.revisions.set(id, revision);
      this.refresher.serverChanged(account.name, id);
    }
  }
}
