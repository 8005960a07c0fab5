import { commands, l10n, window } from 'vscode';
import { isDemo, type Account } from '../../domain/account';
import { conditionOf, fineCondition, isFoundUnjudged, type Alarm, type Condition } from '../../domain/condition';
import type { AccountFigures, FlowFigures, Snapshot } from '../../domain/model';
import { commandIds } from '../../ids';
import type { LevelNews } from '../../presentation/texts/levelNews';
import type { FlowState } from '../../state/flowState';
import { LevelWatch } from '../../state/levelWatch';
import {
  muteMs,
  noticeKey,
  noToldLevels,
  retainAccounts,
  settleChange,
  untoldRecovery,
  withMutes,
  type ToldLevels,
} from '../../state/toldLevels';
import { elapsedBy, type SchedulingClock } from '../../util/clock';
import type { Settings } from '../storage/settings';
import { ToldLevelsFile } from '../storage/toldLevelsFile';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from './log';
import type { NoticeAction, Notifier } from './notifier';

/** Flows that fall in one read come one after the other, in milliseconds. */
const gatherMs = 5_000;
/** The window that a person looks at comes first; the others then find that it was told. */
const behindMs = 20_000;
/** After a change of a setting, what flows become is its work. */
const settingMs = 60_000;

export interface LevelNoticesParts {
  readonly state: FlowState;
  readonly settings: Pick<Settings, 'notify' | 'thresholds' | 'healthWindow' | 'accounts'>;
  readonly folder: string;
  readonly notifier: Pick<Notifier, 'info' | 'warn' | 'error'>;
  readonly clock: SchedulingClock;
  readonly log: Pick<Log, 'error'>;
  readonly onDidChangeMutes: () => void;
}

interface News extends Pick<LevelNews, 'from'> {
  readonly key: string;
  readonly direction: 'worse' | 'better';
}

/** Tells of flows that got worse, and of those that are better again: each change once, in one of the windows. */
export class LevelNotices {
  private readonly store = new DisposableStore();
  private readonly file: ToldLevelsFile;
  private told = noToldLevels;
  private watch = new LevelWatch();
  /** The figures that were looked at last, by `noticeKey`. */
  private seen = new Map<string, FlowFigures>();
  private silentUntil = -Infinity;
  private last: Promise<unknown> = Promise.resolve();
  private cancelTimer: () => void = () => undefined;

  constructor(private readonly parts: LevelNoticesParts) {
    this.file = new ToldLevelsFile(parts.folder);
  }

  /** `early`: what the state said before this was loaded, such as the levels of the last window. */
  async start(early: readonly Snapshot[]): Promise<void> {
    const { state, settings } = this.parts;
    this.told = await this.file.read();
    for (const snapshot of [...early, state.snapshot]) this.observe(snapshot);
    this.store.add(state.onDidChange((snapshot) => this.observe(snapshot)));
    this.store.add(settings.notify.onDidChange(() => this.settingChanged()));
    for (const setting of [settings.thresholds, settings.healthWindow]) {
      this.store.add(setting.onDidChange(() => void (this.silentUntil = this.elapsed + settingMs)));
    }
    this.store.add(settings.accounts.onDidChange(({ accounts, problems }) => this.retain(accounts, problems.length)));
    this.store.add(window.onDidChangeWindowState(({ focused }) => this.focusChanged(focused)));
  }

  mutedUntil(account: Account, flowId: string): number | undefined {
    const until = this.limit && this.told.mutes.get(noticeKey(account, flowId));
    return until !== undefined && until > this.parts.clock.now() ? until : undefined;
  }

  /** Until when. */
  async mute(keys: readonly string[]): Promise<number> {
    const until = this.parts.clock.now() + muteMs;
    await this.change((told) => withMutes(told, keys, until));
    this.parts.onDidChangeMutes();
    return until;
  }

  async unmute(keys: readonly string[]): Promise<void> {
    await this.change((told) => withMutes(told, keys, undefined));
    this.parts.onDidChangeMutes();
  }

  /** Resolves once nothing is being written. */
  async settle(): Promise<void> {
    await this.last;
  }

  dispose(): void {
    this.cancelTimer();
    this.store.dispose();
  }

  private get elapsed(): number {
    return elapsedBy(this.parts.clock);
  }

  private get limit(): Alarm | undefined {
    const { value } = this.parts.settings.notify;
    return value === 'off' ? undefined : value;
  }

  private observe(snapshot: Snapshot): void {
    if (!this.limit) return;
    const now = this.elapsed;
    const silent = now < this.silentUntil;
    const flows = flowsOf(snapshot);
    for (const [key, { figures }] of flows) {
      if (this.seen.get(key) === figures) continue;
      this.seen.set(key, figures);
      const condition = conditionOf(figures.report);
      if (!condition && !this.watch.has(key) && isFoundUnjudged(figures.report)) {
        this.watch.see(key, fineCondition, now);
      }
      const fallen = condition && !this.watch.has(key) && untoldRecovery(this.told, key, condition);
      if (fallen) this.watch.see(key, fallen, now);
      this.watch.see(key, condition, now, silent);
    }
    this.watch.retain(flows);
    for (const key of [...this.seen.keys()]) if (!flows.has(key)) this.seen.delete(key);
    this.schedule();
  }

  private schedule(): void {
    this.cancelTimer();
    const { nextDue } = this.watch;
    if (nextDue === undefined) return;
    const wait = nextDue - this.elapsed + gatherMs + (window.state.focused ? 0 : behindMs);
    this.cancelTimer = this.parts.clock.after(Math.max(0, wait), () => this.run(this.tell()));
  }

  private async tell(): Promise<void> {
    const { limit } = this;
    const due = this.watch.due(this.elapsed);
    if (!limit || due.length === 0) return;
    const flows = flowsOf(this.parts.state.snapshot);
    const now = this.parts.clock.now();
    const news: News[] = [];
    const known = new Map<string, Condition>();
    await this.change((told) => {
      news.length = 0;
      let next = told;
      for (const change of due) {
        const flow = flows.get(change.key);
        const asOf = Math.max(flow?.figures.fetchedAt ?? 0, flow?.account.fetchedAt ?? 0);
        const settled = settleChange(next, { ...change, asOf }, limit, now);
        next = settled.levels;
        known.set(change.key, settled.known);
        if (flow && settled.news) news.push({ key: change.key, from: settled.from, direction: settled.news });
      }
      return next;
    });
    for (const { key, to } of due) {
      const condition = known.get(key) ?? to;
      this.watch.settle(key, condition);
      // It may have changed while this was written.
      if (condition === to) this.seen.delete(key);
    }
    this.observe(this.parts.state.snapshot);
    for (const direction of ['worse', 'better'] as const) {
      const some = news.filter((one) => one.direction === direction);
      if (some.length > 0) this.run(this.show(some, direction));
    }
  }

  private async show(news: readonly News[], direction: 'worse' | 'better'): Promise<void> {
    const { state, notifier } = this.parts;
    const { levelNewsText, speechNow } = await import('../views/viewTexts');
    const { snapshot } = state;
    const flows = flowsOf(snapshot);
    const known = news.flatMap(({ key, from }) => {
      const flow = flows.get(key);
      return flow ? [{ ...flow, key, from }] : [];
    });
    if (known.length === 0) return;
    const text = levelNewsText(known, direction, snapshot.accounts.length > 1, speechNow());
    const actions = [known.length === 1 ? this.openDashboard(known[0]!.key) : openOverview(known, direction)];
    if (direction === 'worse') {
      actions.push({ title: l10n.t('Mute for 24 Hours'), run: () => this.mute(known.map(({ key }) => key)) });
    }
    const isCritical = known.some(({ figures }) => figures.report.level === 'critical');
    const kind = direction === 'better' ? 'info' : isCritical ? 'error' : 'warn';
    await notifier[kind](text, ...actions);
  }

  /** The account may have another name by the time. */
  private openDashboard(key: string): NoticeAction {
    return {
      title: l10n.t('Open Dashboard'),
      run: () => {
        const figures = flowsOf(this.parts.state.snapshot).get(key)?.figures;
        const target = figures && { account: figures.accountName, flowId: figures.flow.id };
        return commands.executeCommand(commandIds.openDashboard, target);
      },
    };
  }

  /** Switched off, the setting clears the levels that were notified; switched on, it begins with the present ones. */
  private settingChanged(): void {
    this.parts.onDidChangeMutes();
    if (this.limit) {
      this.observe(this.parts.state.snapshot);
      return;
    }
    this.cancelTimer();
    this.watch = new LevelWatch();
    this.seen.clear();
    this.run(this.change((told) => (told.levels.size > 0 ? { ...told, levels: new Map() } : told)));
  }

  /** Where some entry cannot be read, it may be the account of what was told. */
  private retain(accounts: readonly Account[], problems: number): void {
    if (problems === 0) this.run(this.change((told) => retainAccounts(told, accounts)));
  }

  private focusChanged(focused: boolean): void {
    this.schedule();
    if (!focused) return;
    // A flow may have been muted in the window that was looked at before.
    this.run(this.change((told) => told).then(() => this.parts.onDidChangeMutes()));
  }

  /** A disk that fails costs the agreement with other windows, and nothing else. */
  private async change(change: (told: ToldLevels) => ToldLevels): Promise<void> {
    const next = this.last.then(async () => {
      try {
        this.told = await this.file.update(change, this.parts.clock.now());
      } catch (thrown) {
        this.parts.log.error(thrown);
        this.told = change(this.told);
      }
    });
    this.last = next;
    await next;
  }

  private run(work: Promise<unknown>): void {
    work.catch((error) => this.parts.log.error(error));
  }
}

/** With the flows at the levels that were told; those that are better again are found among all. */
function openOverview(news: readonly WatchedFlow[], direction: 'worse' | 'better'): NoticeAction {
  const levels = direction === 'worse' ? news.map(({ figures }) => figures.report.level) : [];
  return {
    title: l10n.t('Open Overview'),
    run: () => commands.executeCommand(commandIds.openOverview, { levels: [...new Set(levels)] }),
  };
}

interface WatchedFlow {
  readonly account: AccountFigures;
  readonly figures: FlowFigures;
}

/** By `noticeKey`; of a flow that two accounts read, what was read last. Demo flows alarm nobody. */
function flowsOf({ accounts }: Snapshot): ReadonlyMap<string, WatchedFlow> {
  const flows = new Map<string, WatchedFlow>();
  for (const account of accounts) {
    if (isDemo(account.account)) continue;
    for (const figures of account.flows) {
      if (figures.hidden) continue;
      const key = noticeKey(account.account, figures.flow.id);
      const { fetchedAt = 0 } = flows.get(key)?.figures ?? {};
      if (!flows.has(key) || (figures.fetchedAt ?? 0) > fetchedAt) flows.set(key, { account, figures });
    }
  }
  return flows;
}
