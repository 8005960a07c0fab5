import { isDemo, type Account } from '../../domain/account';
import { dayMs } from '../../contract/calendar';
import { finishedDays, holdsDays, keptDaysOf, type DatedDays, type KeptDays } from '../../domain/keptDays';
import { metricNames, type MetricName, type MetricSeries } from '../../contract/metric';
import { flowKey, type FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import { mergeKeptDays, type DaysByMetric } from '../../state/keptDaysFile';
import type { Loadable } from '../../state/loadable';
import type { SchedulingClock } from '../../util/clock';
import type { Log } from '../app/log';
import { DisposableStore } from '../util/lifecycle';
import { HistoryFiles } from './historyFiles';
import type { Settings } from './settings';

/** Answers that come one after the other are written together, in milliseconds. */
const calmMs = 2_000;

export interface HistoryParts {
  readonly folder: string;
  readonly state: FlowState;
  readonly settings: Pick<Settings, 'historyDays' | 'accounts'>;
  readonly clock: SchedulingClock;
  readonly log: Pick<Log, 'error'>;
}

type Loads = Partial<Readonly<Record<MetricName, Loadable<MetricSeries>>>>;

/** Keeps each finished day that was read, and hands the days of a flow to its dashboard. */
export class History {
  private readonly store = new DisposableStore();
  private readonly files: HistoryFiles;
  /** The answers that were looked at last, by flow and by dashboard. */
  private readonly seen = new Map<string, unknown>();
  /** What this window wrote; the files hold more. */
  private readonly written = new Map<string, DaysByMetric>();
  private readonly waiting = new Map<string, { readonly flow: FlowRef; days: DaysByMetric }>();
  private readonly loading = new Set<string>();
  /** One thing at a time: a file is not written and removed at once. */
  private last: Promise<unknown> = Promise.resolve();
  private cancelTimer: (() => void) | undefined;

  constructor(private readonly parts: HistoryParts) {
    const { state, settings } = parts;
    this.files = new HistoryFiles(parts.folder);
    this.store.add(state.onDidChange(() => this.observe()));
    this.store.add(settings.historyDays.onDidChange(() => this.daysChanged()));
    this.store.add(settings.accounts.onDidChange(() => this.sweep()));
    this.sweep();
    this.daysChanged();
  }

  /** What is kept of a flow, with what waits to be written. */
  async keptOf(flow: FlowRef): Promise<KeptDays | undefined> {
    await this.write();
    let kept: KeptDays | undefined;
    await this.inTurn(async () => {
      kept = keptDaysOf(await this.load(flow), this.from);
    });
    return kept;
  }

  /** Resolves once nothing is being written; what waits to be written is dropped. */
  async settle(): Promise<void> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.waiting.clear();
    this.written.clear();
    await this.last;
  }

  dispose(): void {
    this.cancelTimer?.();
    this.store.dispose();
  }

  private get days(): number {
    return this.parts.settings.historyDays.value;
  }

  /** Older days are not kept. */
  private get from(): number {
    return this.parts.clock.now() - this.days * dayMs;
  }

  private daysChanged(): void {
    if (this.days > 0) {
      this.seen.clear();
      this.observe();
      return;
    }
    this.waiting.clear();
    this.written.clear();
    void this.inTurn(() => this.files.removeAll());
    for (const { flow } of this.parts.state.dashboards.all) this.parts.state.dashboards.setKept(flow, 'none');
  }

  private observe(): void {
    if (this.days === 0) return;
    const { state } = this.parts;
    for (const { account } of state.snapshot.accounts) {
      if (isDemo(account)) continue;
      for (const { flow, reading } of state.account(account.name)?.records.values() ?? []) {
        if (reading) this.take({ accountName: account.name, flowId: flow.id }, 'row', reading, reading.loads);
      }
    }
    for (const { flow, reading, kept } of state.dashboards.all) {
      const { accountName, flowId, viewer } = flow;
      const account = this.accountOf(flow);
      if (!account || isDemo(account)) continue;
      if (reading) this.take({ accountName, flowId }, viewer ?? 'dashboard', reading, reading.loads);
      // The overview compares flows over what their servers tell.
      if (!kept && !viewer) this.show(flow);
    }
  }

  /** Notes the finished days among answers that were not looked at before, and that say something new. */
  private take(flow: FlowRef, from: 'row' | 'dashboard' | 'overview', reading: unknown, loads: Loads): void {
    const key = flowKey(flow);
    if (this.seen.get(`${from} ${key}`) === reading) return;
    this.seen.set(`${from} ${key}`, reading);
    const { now, zone } = this.parts.state.timeOf(flow.accountName);
    const counts = loads.ENDPOINT_REQUEST_COUNT?.value;
    const waiting = this.waiting.get(key)?.days;
    const fresh: Partial<Record<MetricName, DatedDays>> = {};
    for (const metric of metricNames) {
      const { value, fetchedAt } = loads[metric] ?? {};
      const days = value && fetchedAt && finishedDays(value, counts, zone, Math.min(now, fetchedAt), fetchedAt);
      if (!days) continue;
      const known = waiting?.[metric] ?? this.written.get(key)?.[metric];
      if (!known || !holdsDays(known, days)) fresh[metric] = days;
    }
    if (Object.keys(fresh).length === 0) return;
    // What waits of a metric is not lost where its newer answer is about other days.
    if (waiting) void this.write();
    this.waiting.set(key, { flow, days: fresh });
    this.cancelTimer ??= this.parts.clock.after(calmMs, () => void this.write());
  }

  private write(): Promise<unknown> {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const waiting = [...this.waiting];
    this.waiting.clear();
    return Promise.all(
      waiting.map(([key, { flow, days }]) =>
        this.inTurn(async () => {
          const account = this.accountOf(flow);
          if (!account || this.days === 0) return;
          const { zone } = this.parts.state.timeOf(flow.accountName);
          const kept = await this.files.add(account, flow.flowId, zone, days, this.from);
          this.written.set(key, mergeKeptDays(this.written.get(key) ?? {}, days, this.from));
          this.hand(flow, kept);
        }),
      ),
    );
  }

  private show(flow: FlowRef): void {
    const key = flowKey(flow);
    if (this.loading.has(key)) return;
    this.loading.add(key);
    void this.inTurn(async () => {
      this.loading.delete(key);
      this.hand(flow, await this.load(flow));
    });
  }

  private async load(flow: FlowRef): Promise<DaysByMetric> {
    const account = this.accountOf(flow);
    if (!account || this.days === 0) return {};
    return this.files.load(account, flow.flowId, this.parts.state.timeOf(flow.accountName).zone);
  }

  private hand(flow: FlowRef, days: DaysByMetric): void {
    this.parts.state.dashboards.setKept(flow, keptDaysOf(days, this.from) ?? 'none');
  }

  private accountOf({ accountName }: FlowRef): Account | undefined {
    return this.parts.state.account(accountName)?.account;
  }

  /** Unless some entry cannot be read: it may be the account of what is kept. */
  private sweep(): void {
    const { accounts, problems } = this.parts.settings.accounts.value;
    if (problems.length > 0) return;
    void this.inTurn(() => this.files.retainOnly(accounts));
  }

  /** A disk that fails costs what was to be kept, and nothing else. */
  private inTurn(act: () => Promise<void>): Promise<unknown> {
    this.last = this.last.then(act).catch((thrown: unknown) => this.parts.log.error(thrown));
    return this.last;
  }
}
