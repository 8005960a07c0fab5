/** A window's accounts and flows. The refresher alone writes; views read one snapshot, and one event tells of changes. */
import type { Account } from '../domain/account';
import type { MeterAlert } from '../contract/alert';
import type { SchedulingClock } from '../util/clock';
import type { FlowListing, MetricAnswer, ServerInfo } from '../contract/client';
import { compareFlows } from '../domain/health';
import {
  isTokenStatus,
  type AccountFigures,
  type AccountStatus,
  type AccountStatusKind,
  type HealthWindow,
  type NextRead,
  type Snapshot,
  type Thresholds,
} from '../domain/model';
import { serverTime, type ServerTime, type WindowPlan } from '../domain/windows';
import { sameAccount } from './accountKey';
import { DashboardState } from './dashboardState';
import { SnapshotThrottle } from './snapshotThrottle';
import { Emitter, type Listener, type Subscription } from '../util/emitter';
import { summarizeFlow } from './flowSummary';
import { flowKey, type FlowRef } from './flowRef';
import type { SavedAccount } from './savedAccount';
import { defined } from '../util/defined';
import { type FlowRecord, nextReading, withoutRefusals, newerRecord } from './flowLoads';
import { type AccountState, sameInfo, emptyEntry, renamedEntry, type Entry } from './accountState';

/** Window and thresholds of the settings, by which flows are judged. */
export interface Judgement {
  readonly window: HealthWindow;
  readonly thresholds: Thresholds;
}

/** Where nothing is polled, figures count as of now for so long, in milliseconds. */
const byHandMs = 60 * 60_000;

export class FlowState {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new Emitter<Snapshot>();
  private readonly throttle: SnapshotThrottle;
  readonly dashboards: DashboardState;
  private watched: ReadonlySet<string> = new Set();
  private hidden: ReadonlySet<string> = new Set();
  private revision = 0;
  private current: Snapshot | undefined;

  constructor(
    private readonly clock: SchedulingClock,
    private judgement: Judgement,
  ) {
    this.throttle = new SnapshotThrottle(clock, () => this.changed.fire(this.snapshot));
    this.dashboards = new DashboardState(
      () => clock.now(),
      () => this.touch(),
    );
  }

  get snapshot(): Snapshot {
    this.current ??= {
      revision: this.revision,
      accounts: [...this.entries.values()].map((entry) => (entry.cached ??= this.figuresOf(entry))),
    };
    return this.current;
  }

  /** Fires at once for the first change, then at most ten times a second. */
  onDidChange(listener: Listener<Snapshot>): Subscription {
    return this.changed.event(listener);
  }

  get window(): HealthWindow {
    return this.judgement.window;
  }

  judgeBy(judgement: Judgement): void {
    this.judgement = judgement;
    for (const entry of this.entries.values()) this.invalidate(entry);
    this.touch();
  }

  /** Takes over the list of accounts. What is known of an account stays where nothing but its place changed. */
  setAccounts(accounts: readonly Account[]): void {
    const before = new Map(this.entries);
    this.entries.clear();
    for (const account of accounts) {
      const known = before.get(account.name);
      const entry =
        known && sameAccount(known.state.account, account)
          ? known
          : (renamedEntry(account, [...before.values()], accounts) ?? emptyEntry(account));
      // Whether demo flows count hangs on the other accounts.
      this.invalidate(entry);
      this.entries.set(account.name, entry);
    }
    this.dashboards.retain(new Set(this.entries.keys()));
    // Answers of another server are not those of this one.
    for (const [name, entry] of this.entries) if (entry !== before.get(name)) this.dashboards.clear(name);
    this.touch();
  }

  account(name: string): AccountState | undefined {
    return this.entries.get(name)?.state;
  }

  /** The clock of the account's server: demo data may stand still. */
  timeOf(accountName: string): ServerTime {
    return serverTime(this.entries.get(accountName)?.state.info, this.clock.now());
  }

  /** How often the account is read, in milliseconds; 0: by a person's hand only. */
  setPollInterval(accountName: string, interval: number): void {
    if (this.entries.get(accountName)?.state.interval !== interval) this.update(accountName, { interval });
  }

  /** When the account is read next by itself, as far as that is planned. */
  setNextRead(accountName: string, nextRead: NextRead | undefined): void {
    const known = this.entries.get(accountName)?.state.nextRead;
    // Clocks are read at slightly different moments.
    const isSame = typeof known === 'number' && typeof nextRead === 'number' && Math.abs(known - nextRead) < 1_000;
    if (known !== nextRead && !isSame) this.update(accountName, { nextRead });
  }

  /** The share of the server's limit that is used up where it is read slowly for that. */
  setSlowedAt(accountName: string, percent: number | undefined): void {
    if (this.entries.get(accountName)?.state.slowedAt !== percent) this.update(accountName, { slowedAt: percent });
  }

  /** The flows that a person looks at in the tree, as far as the editor tells. */
  setWatched(flows: readonly FlowRef[]): void {
    this.watched = new Set(flows.map(flowKey));
  }

  /** True where a person looks at the flow: in a dashboard, or opened or selected in the tree. */
  isInView(flow: FlowRef): boolean {
    return this.watched.has(flowKey(flow)) || this.dashboards.get(flow)?.shown === true;
  }

  /** Takes over the keys of the flows that a person does not want to see. */
  setHidden(keys: ReadonlySet<string>): void {
    if (keys.size === this.hidden.size && [...keys].every((key) => this.hidden.has(key))) return;
    this.hidden = keys;
    for (const entry of this.entries.values()) this.invalidate(entry);
    this.touch();
  }

  setBusy(accountName: string): void {
    this.update(accountName, { busy: true });
  }

  setServerInfo(accountName: string, info: ServerInfo): void {
    // A server mostly says what it said before, and a thousand flows would be judged anew for that.
    if (!sameInfo(this.entries.get(accountName)?.state.info, info)) this.update(accountName, { info }, true);
  }

  setFlows(accountName: string, listing: FlowListing): void {
    const entry = this.entries.get(accountName);
    if (!entry) return;
    const records = new Map<string, FlowRecord>();
    for (const flow of listing.flows) {
      const { reading, attemptedAt, alerts } = entry.state.records.get(flow.id) ?? {};
      records.set(flow.id, {
        flow,
        ...defined({ reading, attemptedAt, alerts }),
      });
    }
    for (const { id, error } of listing.failures) {
      const known = entry.state.records.get(id);
      records.set(id, { ...(known ?? { flow: { id, name: id } }), listingError: error });
    }
    this.update(accountName, { records, listedAt: this.clock.now(), limitedTo: listing.limitedTo }, true);
  }

  /** Takes over what an earlier window or another one has read, as far as it is newer than what is here. */
  mergeSaved(accountName: string, saved: SavedAccount): void {
    const entry = this.entries.get(accountName);
    if (!entry) return;
    const { records: own, listedAt = -Infinity, fetchedAt = -Infinity } = entry.state;
    const newerList = saved.listedAt > listedAt;
    const savedRecords = new Map(saved.records.map((record) => [record.flow.id, record]));
    const records = new Map<string, FlowRecord>();
    for (const [id, record] of newerList ? savedRecords : own) {
      records.set(id, newerRecord(own.get(id), savedRecords.get(id), record.flow));
    }
    const { info, servedVersion } = saved;
    this.update(
      accountName,
      {
        records,
        listedAt: Math.max(listedAt, saved.listedAt),
        ...(newerList ? { limitedTo: saved.limitedTo } : {}),
        ...(saved.fetchedAt !== undefined && saved.fetchedAt > fetchedAt ? { fetchedAt: saved.fetchedAt } : {}),
        ...(info && newerList ? { info } : {}),
        ...(servedVersion !== undefined && newerList ? { servedVersion } : {}),
      },
      true,
    );
    // The first rows of a new window are not held back, though the start of the read was fired just before.
    if (own.size === 0) this.throttle.flush();
  }

  /** Takes over the answers of one flow together, so that its figures always belong to one moment. */
  setAnswers(flow: FlowRef, plan: WindowPlan, answers: readonly MetricAnswer[]): void {
    const entry = this.entries.get(flow.accountName);
    const record = entry?.state.records.get(flow.flowId);
    if (!entry || !record || answers.length === 0) return;
    const reading = nextReading(record.reading, plan, answers, this.clock.now());
    this.replace(entry, { ...record, reading, attemptedAt: this.clock.now() });
  }

  /** Alerts of Meta's webhooks, from a meter. */
  setAlerts(flow: FlowRef, alerts: readonly MeterAlert[]): void {
    const entry = this.entries.get(flow.accountName);
    const record = entry?.state.records.get(flow.flowId);
    if (!entry || !record) return;
    this.replace(entry, { ...record, alerts });
  }

  /**
   * Trouble of these kinds is over, although the run that shows it goes on. `begunAt`: what is older says nothing of
   * trouble that was met since.
   */
  clearStatus(accountName: string, kinds: ReadonlySet<AccountStatusKind>, begunAt: number): void {
    const entry = this.entries.get(accountName);
    if (!entry?.state.accountStatus || !kinds.has(entry.state.accountStatus.kind)) return;
    const { accountStatus, accountFailedAt = -Infinity, ...rest } = entry.state;
    if (accountFailedAt > begunAt) return;
    entry.state = rest;
    if (isTokenStatus(accountStatus)) this.clearRefusals(entry);
    this.invalidate(entry);
    this.touch();
  }

  /** The end of a run; without trouble the account is well again. `fetchedAt`: how fresh it is, where not of now. */
  setOutcome(
    accountName: string,
    outcome: { readonly accountStatus?: AccountStatus; readonly servedVersion?: string; readonly fetchedAt?: number },
  ): void {
    const entry = this.entries.get(accountName);
    if (!entry) return;
    const { accountStatus: previousStatus, accountFailedAt: previousFailedAt, ...rest } = entry.state;
    const now = this.clock.now();
    const { accountStatus, servedVersion, fetchedAt = now } = outcome;
    const changed = previousStatus !== undefined || previousFailedAt !== undefined || accountStatus !== undefined;
    entry.state = {
      ...rest,
      read: true,
      busy: false,
      ...(accountStatus ? { accountStatus, accountFailedAt: now } : { fetchedAt }),
      ...defined({ servedVersion }),
    };
    if (isTokenStatus(previousStatus) && !isTokenStatus(accountStatus)) this.clearRefusals(entry);
    if (changed || !rest.read) this.invalidate(entry);
    entry.cached = undefined;
    this.touch();
  }

  /** A run that was called off leaves everything as it was. */
  clearBusy(accountName: string): void {
    this.update(accountName, { busy: false });
  }

  dispose(): void {
    this.throttle.dispose();
    this.changed.dispose();
  }

  /** In the map that is there: a copy of a thousand records for each of a thousand answers would be felt. */
  private replace(entry: Entry, record: FlowRecord): void {
    (entry.state.records as Map<string, FlowRecord>).set(record.flow.id, record);
    entry.figures.delete(record.flow.id);
    this.update(entry.state.account.name, {});
  }

  private update(accountName: string, change: Partial<AccountState>, judgeAgain = false): void {
    const entry = this.entries.get(accountName);
    if (!entry) return;
    entry.state = { ...entry.state, ...change };
    if (judgeAgain) this.invalidate(entry);
    entry.cached = undefined;
    this.touch();
  }

  /** Answers under a token that was replaced say nothing of the flows. */
  private clearRefusals({ state: { account, records } }: Entry): void {
    for (const [id, record] of records) {
      const { reading } = record;
      if (!reading) continue;
      (records as Map<string, FlowRecord>).set(id, {
        ...record,
        reading: { ...reading, loads: withoutRefusals(reading.loads) },
      });
    }
    this.dashboards.clearRefusals(account.name);
  }

  private invalidate(entry: Entry): void {
    entry.figures.clear();
    entry.cached = undefined;
  }

  private figuresOf(entry: Entry): AccountFigures {
    const { account, records, accountStatus, accountFailedAt, read, busy, interval, fetchedAt, info, servedVersion } =
      entry.state;
    const { limitedTo, nextRead, slowedAt } = entry.state;
    const others = [...this.entries.values()];
    const context = {
      accountName: account.name,
      counted: account.source !== 'demo' || others.every(({ state }) => state.account.source === 'demo'),
      hidden: this.hidden,
      thresholds: this.judgement.thresholds,
      time: this.timeOf(account.name),
      noToken: isTokenStatus(accountStatus),
      ...defined({ info, accountAskedAt: accountStatus?.askedAt ?? accountFailedAt }),
    };
    const flows = [...records.values()].map((record) => {
      const known = entry.figures.get(record.flow.id) ?? summarizeFlow(record, context);
      entry.figures.set(record.flow.id, known);
      return known;
    });
    const shownStatus =
      accountStatus ??
      (entry.state.listedAt !== undefined && flows.length === 0 ? { kind: 'noFlows' as const } : undefined);
    return {
      account,
      flows: flows.sort(compareFlows),
      read,
      busy,
      byHand: interval === 0,
      freshFor: 1.5 * (interval || byHandMs),
      ...(shownStatus ? { accountStatus: { ...shownStatus, ...defined({ since: accountFailedAt }) } } : {}),
      ...defined({ fetchedAt, limitedTo, nextRead, slowedAt, info, servedVersion }),
    };
  }

  private touch(): void {
    this.revision++;
    this.current = undefined;
    this.throttle.schedule();
  }
}
