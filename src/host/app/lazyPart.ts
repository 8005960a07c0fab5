import { isDemo } from '../../domain/account';
import type { Snapshot } from '../../domain/model';
import type { FlowState } from '../../state/flowState';
import type { History, HistoryParts } from '../storage/history';
import type { ConfigValue } from '../storage/settings';
import { DisposableStore } from '../util/lifecycle';
import type { LevelNotices, LevelNoticesParts } from './levelNotices';
import type { Log } from './log';

interface LazyPartOptions<T> {
  readonly state: FlowState;
  readonly log: Pick<Log, 'error'>;
  /** The part is loaded once this setting is not `off`. */
  readonly setting?: ConfigValue<string>;
  /** `early`: the snapshots until then; its first levels are those of the last window. */
  readonly load: (early: readonly Snapshot[]) => Promise<T>;
  readonly onLoad?: () => void;
}

/** A part that is loaded with the first flow of a server: demo flows have no need of it. */
export class LazyPart<T extends { settle(): Promise<void>; dispose(): void }> {
  private readonly store = new DisposableStore();
  private readonly early: Snapshot[] = [];
  /** Undefined until it is loaded. */
  loaded: T | undefined;

  constructor(private readonly options: LazyPartOptions<T>) {
    const { state, setting } = options;
    const update = (): void => this.update(state.snapshot);
    this.store.add(state.onDidChange(update));
    if (setting) this.store.add(setting.onDidChange(update));
  }

  async settle(): Promise<void> {
    await this.loaded?.settle();
  }

  dispose(): void {
    this.store.dispose();
  }

  private update(snapshot: Snapshot): void {
    const { setting, log } = this.options;
    if (this.loaded || setting?.value === 'off') return;
    if (!snapshot.accounts.some(({ account, flows }) => !isDemo(account) && flows.length > 0)) return;
    if (this.early.push(snapshot) === 1) this.load().catch((error) => log.error(error));
  }

  private async load(): Promise<void> {
    this.loaded = this.store.add(await this.options.load(this.early));
    this.early.length = 0;
    this.options.onLoad?.();
  }
}

/** The days that are kept beyond the API's reach. */
export function lazyHistory(parts: HistoryParts): LazyPart<History> {
  return new LazyPart({ ...parts, load: async () => new (await import('../storage/history')).History(parts) });
}

/** Messages on flows, once a person wants them. */
export function lazyNotices(parts: LevelNoticesParts): LazyPart<LevelNotices> {
  return new LazyPart({
    ...parts,
    setting: parts.settings.notify,
    load: async (early) => {
      const notices = new (await import('./levelNotices')).LevelNotices(parts);
      await notices.start(early);
      return notices;
    },
    onLoad: parts.onDidChangeMutes,
  });
}
