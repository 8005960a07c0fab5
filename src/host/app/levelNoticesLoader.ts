import { isDemo, type Account } from '../../domain/account';
import type { Snapshot } from '../../domain/model';
import { DisposableStore } from '../util/lifecycle';
import type { LevelNotices, LevelNoticesParts } from './levelNotices';

/** The notices of levels, loaded with the first flow once a person wants them. */
export class LevelNoticesLoader {
  private readonly store = new DisposableStore();
  /** What the state said until then: its first levels are those of the last window. */
  private readonly early: Snapshot[] = [];
  /** Undefined until notices were wanted. */
  notices: LevelNotices | undefined;

  constructor(private readonly parts: LevelNoticesParts) {
    const { state, settings } = parts;
    const update = (): void => this.update(state.snapshot);
    this.store.add(state.onDidChange(update));
    this.store.add(settings.notify.onDidChange(update));
  }

  mutedUntil(account: Account, flowId: string): number | undefined {
    return this.notices?.mutedUntil(account, flowId);
  }

  async settle(): Promise<void> {
    await this.notices?.settle();
  }

  dispose(): void {
    this.store.dispose();
  }

  private update(snapshot: Snapshot): void {
    const { settings, log } = this.parts;
    if (this.notices || settings.notify.value === 'off') return;
    if (!snapshot.accounts.some(({ account, flows }) => !isDemo(account) && flows.length > 0)) return;
    if (this.early.push(snapshot) === 1) this.load().catch((error) => log.error(error));
  }

  private async load(): Promise<void> {
    const { LevelNotices: Notices } = await import('./levelNotices');
    const notices = this.store.add(new Notices(this.parts));
    await notices.start(this.early);
    this.notices = notices;
    this.early.length = 0;
    this.parts.onDidChangeMutes();
  }
}
