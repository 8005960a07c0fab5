/** What a window knows now. The refresher alone writes; views read one snapshot and hear of one kind of change. */
import type { Account } from '../domain/account';
import type { MeterAlert } from '../contract/alert';
import { elapsedBy, type SchedulingClock } from '../util/clock';
import type { Flow } from '../contract/flow';
import type { FlowListing, MetricAnswer, ServerInfo } from '../contract/client';
import type { MilliSeries } from '../contract/latency';
import type { MetricName, MetricSeries } from '../contract/metric';
import { metricNames } from '../contract/metric';
import { compareFlows } from '../domain/health';
import type {
  AccountFigures,
  AccountStatus,
  AccountStatusKind,
  HealthWindow,
  Snapshot,
  Thresholds,
} from '../domain/model';
import { serverTime, type ServerTime, type WindowPlan } from '../domain/windows';
import { sameAccount } from './accountKey';
import { Emitter, type Listener, type Subscription } from '../util/emitter';
import { answeredAt, summarizeFlow, isAnswered, type FlowRecord, type FlowLoads } from './flowSummary';
import { flowKey, type FlowRef } from './flowRef';
import { cancelled, idle, loading, settled, withoutError, type Loadable } from './loadable';
import type { SavedAccount } from './savedAccount';
import { type PanelView, sameView, type ViewPlan } from '../domain/view';
import { defined } from '../util/defined';

/** By what flows are judged; from the settings. */
export interface Judgement {
  readonly window: HealthWindow;
  readonly thresholds: Thresholds;
}

/** What was read for one view of a dashboard. */
export interface PanelReading {
  readonly view: PanelView;
  readonly plan: ViewPlan;
  readonly loads: Readonly<Record<MetricName, Loadable<MetricSeries>>>;
  /** From a meter alone. */
  readonly milliseconds?: MilliSeries;
}

/** What a dashboard has: the reading of the view it wants, and until that is there the last one that came to its end. */
export interface PanelData {
  readonly flow: FlowRef;
  readonly view: PanelView;
  /** Hidden ones are not read. */
  readonly shown: boolean;
  readonly reading?: PanelReading;
  readonly earlier?: PanelReading;
}

/** What the state knows of an account, for the refresher. */
export interface AccountState {
  readonly account: Account;
  /** In the order of the listing. */
  readonly records: ReadonlyMap<string, FlowRecord>;
  /** When the list of flows was read last. */
  readonly listedAt?: number;
  /** There are more flows than so many, which are all that is known here. */
  readonly limitedTo?: number | undefined;
  /** True once a read ended, whatever came of it. */
  readonly read: boolean;
  readonly busy: boolean;
  /** Milliseconds between two polls; 0 where polling is off. */
  readonly interval: number;
  readonly accountStatus?: AccountStatus;
  /** When the account's last attempt failed. */
  readonly accountFailedAt?: number;
  readonly fetchedAt?: number;
  readonly info?: ServerInfo;
  readonly servedVersion?: string;
}

interface Entry {
  state: AccountState;
  /** Figures by flow id, until something changes that they hang on. */
  figures: Map<string, ReturnType<typeof summarizeFlow>>;
  shown: AccountFigures | undefined;
}

/** Where nothing is polled, figures count as of now for so long, in milliseconds. */
const byHandMs = 60 * 60_000;

/** Views are told of a burst of answers once in this many milliseconds. */
const changePause = 100;
/** No drawing takes longer: more has passed only where the computer slept meanwhile. */
const longestDrawing = 5_000;

export class FlowState {
  private readonly entries = new Map<string, Entry>();
  private readonly panels = new Map<string, PanelData>();
  private readonly changed = new Emitter<Snapshot>();
  private watched: ReadonlySet<string> = new Set();
  private revision = 0;
  private current: Snapshot | undefined;
  private pausing = false;
  private waiting = false;
  private callOff: () => void = () => undefined;

  constructor(
    private readonly clock: SchedulingClock,
    private judgement: Judgement,
  ) {}

  get snapshot(): Snapshot {
    this.current ??= {
      revision: this.revision,
      accounts: [...this.entries.values()].map((entry) => (entry.shown ??= this.show(entry))),
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
    for (const entry of this.entries.values()) this.forget(entry);
    this.touch();
  }

  /** Takes over the list of accounts. What is known of an account stays where nothing but its place changed. */
  setAccounts(accounts: readonly Account[]): void {
    const before = new Map(this.entries);
    this.entries.clear();
    for (const account of accounts) {
      const known = before.get(account.name);
      const entry = known && sameAccount(known.state.account, account) ? known : emptyEntry(account);
      // Whether demo flows count hangs on the other accounts.
      this.forget(entry);
      this.entries.set(account.name, entry);
    }
    for (const [key, { flow, view, shown }] of this.panels) {
      const entry = this.entries.get(flow.accountName);
      if (!entry) this.panels.delete(key);
      // What another server answered is not this one's.
      else if (entry !== before.get(flow.accountName)) this.panels.set(key, { flow, view, shown });
    }
    this.touch();
  }

  account(name: string): AccountState | undefined {
    return this.entries.get(name)?.state;
  }

  /** By what the account's server cuts its intervals. */
  timeOf(accountName: string): ServerTime {
    return serverTime(this.entries.get(accountName)?.state.info, this.clock.now());
  }

  /** The instant by which the account's server goes: demo data may stand still. */
  nowOf(accountName: string): number {
    return this.timeOf(accountName).now;
  }

  zoneOf(accountName: string): string {
    return this.timeOf(accountName).zone;
  }

  /** How often the account is read, in milliseconds; 0: by a person's hand only. */
  polls(accountName: string, interval: number): void {
    if (this.entries.get(accountName)?.state.interval !== interval) this.update(accountName, { interval });
  }

  /** The flows that a person looks at in the tree, as far as the editor tells. */
  watch(flows: readonly FlowRef[]): void {
    this.watched = new Set(flows.map(flowKey));
  }

  /** True where a person looks at the flow: in a dashboard, or opened or selected in the tree. */
  isInView(flow: FlowRef): boolean {
    return this.watched.has(flowKey(flow)) || this.panels.get(flowKey(flow))?.shown === true;
  }

  begin(accountName: string): void {
    this.update(accountName, { busy: true });
  }

  informed(accountName: string, info: ServerInfo): void {
    // A server mostly says what it said before, and a thousand flows would be judged anew for that.
    if (!sameInfo(this.entries.get(accountName)?.state.info, info)) this.update(accountName, { info }, true);
  }

  listed(accountName: string, listing: FlowListing): void {
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
  restored(accountName: string, saved: SavedAccount): void {
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
    // Whoever opens a window waits for its first rows: that reading has begun was told just before.
    if (own.size === 0 && this.waiting) {
      this.waiting = false;
      this.changed.fire(this.snapshot);
    }
  }

  /** Takes over the answers of one flow together, so that its figures always belong to one moment. */
  answered(flow: FlowRef, plan: WindowPlan, answers: readonly MetricAnswer[]): void {
    const entry = this.entries.get(flow.accountName);
    const record = entry?.state.records.get(flow.flowId);
    if (!entry || !record || answers.length === 0) return;
    const reading = nextReading(record.reading, plan, answers, this.clock.now());
    this.replace(entry, { ...record, reading, attemptedAt: this.clock.now() });
  }

  /** What a meter was told of the flow by Meta's webhooks. */
  alerted(flow: FlowRef, alerts: readonly MeterAlert[]): void {
    const entry = this.entries.get(flow.accountName);
    const record = entry?.state.records.get(flow.flowId);
    if (!entry || !record) return;
    this.replace(entry, { ...record, alerts });
  }

  /**
   * Trouble of these kinds is over, although the run that shows it goes on. `begunAt`: what is older says nothing of
   * trouble that was met since.
   */
  recovered(accountName: string, kinds: ReadonlySet<AccountStatusKind>, begunAt: number): void {
    const entry = this.entries.get(accountName);
    if (!entry?.state.accountStatus || !kinds.has(entry.state.accountStatus.kind)) return;
    const { accountStatus, accountFailedAt = -Infinity, ...rest } = entry.state;
    if (accountFailedAt > begunAt) return;
    entry.state = rest;
    if (isTokenStatus(accountStatus)) this.forgetRefusals(entry);
    this.forget(entry);
    this.touch();
  }

  /** The end of a run; without trouble the account is well again. `fetchedAt`: how fresh it is, where not of now. */
  ended(
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
    if (isTokenStatus(previousStatus) && !isTokenStatus(accountStatus)) this.forgetRefusals(entry);
    if (changed || !rest.read) this.forget(entry);
    entry.shown = undefined;
    this.touch();
  }

  /** A run that was called off leaves everything as it was. */
  cancelled(accountName: string): void {
    this.update(accountName, { busy: false });
  }

  panel(flow: FlowRef): PanelData | undefined {
    return this.panels.get(flowKey(flow));
  }

  get openPanels(): readonly PanelData[] {
    return [...this.panels.values()];
  }

  /** A dashboard wants this view; what it showed stays until the new one is there. */
  wantPanel(flow: FlowRef, view: PanelView): void {
    const known = this.panels.get(flowKey(flow));
    if (known && sameView(known.view, view)) return;
    const complete = known?.reading && isComplete(known.reading) ? known.reading : known?.earlier;
    this.panels.set(flowKey(flow), {
      flow,
      view,
      shown: known?.shown ?? true,
      ...defined({ earlier: complete }),
    });
    this.touch();
  }

  dropPanel(flow: FlowRef): void {
    this.panels.delete(flowKey(flow));
  }

  showPanel(flow: FlowRef, shown: boolean): void {
    const panel = this.panels.get(flowKey(flow));
    if (panel) this.panels.set(flowKey(flow), { ...panel, shown });
  }

  /** The question by which the wanted view is read. */
  panelPlanned(flow: FlowRef, plan: ViewPlan): void {
    this.changeLoads(flow, (loads) => loads, plan);
  }

  /** These metrics of the wanted view are being asked. */
  panelAsked(flow: FlowRef, metrics: readonly MetricName[]): void {
    this.changeLoads(flow, (loads) => {
      const asked = { ...loads };
      for (const metric of metrics) asked[metric] = loading(loads[metric]);
      return asked;
    });
  }

  /** An answer that was there already. */
  panelHanded(flow: FlowRef, metric: MetricName, load: Loadable<MetricSeries>): void {
    this.changeLoads(flow, (loads) => ({ ...loads, [metric]: load }));
  }

  /** One answer for a view; one that comes after the view has changed is nobody's. */
  panelAnswered(flow: FlowRef, view: PanelView, { query, result }: MetricAnswer): void {
    const panel = this.panels.get(flowKey(flow));
    if (!panel?.reading || !sameView(panel.view, view)) return;
    const now = this.clock.now();
    this.changeLoads(flow, (loads) => {
      const previous = loads[query.metric];
      const off = !result.ok && result.error.kind === 'cancelled';
      const load = off ? cancelled(previous) : settled(isAnswer(result) ? idle : previous, result, now);
      return { ...loads, [query.metric]: load };
    });
  }

  /** Percentiles in milliseconds for a view; what comes after the view has changed is nobody's. */
  panelMeasured(flow: FlowRef, view: PanelView, milliseconds: MilliSeries): void {
    const panel = this.panels.get(flowKey(flow));
    if (!panel?.reading || !sameView(panel.view, view)) return;
    this.panels.set(flowKey(flow), { ...panel, reading: { ...panel.reading, milliseconds } });
    this.touch();
  }

  /** Whatever a dashboard still waits for was called off. */
  panelCancelled(flow: FlowRef, view: PanelView): void {
    const panel = this.panels.get(flowKey(flow));
    if (!panel?.reading || !sameView(panel.view, view)) return;
    this.changeLoads(flow, (loads) => {
      const rest = { ...loads };
      for (const metric of metricNames) rest[metric] = cancelled(loads[metric]);
      return rest;
    });
  }

  dispose(): void {
    this.callOff();
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
    if (judgeAgain) this.forget(entry);
    entry.shown = undefined;
    this.touch();
  }

  private changeLoads(
    flow: FlowRef,
    change: (loads: PanelReading['loads']) => PanelReading['loads'],
    newPlan?: ViewPlan,
  ): void {
    const panel = this.panels.get(flowKey(flow));
    const plan = newPlan ?? panel?.reading?.plan;
    if (!panel || !plan) return;
    const { milliseconds } = panel.reading ?? {};
    const reading = {
      view: panel.view,
      plan,
      loads: change(panel.reading?.loads ?? noLoads),
      ...defined({ milliseconds }),
    };
    const { earlier, ...rest } = panel;
    const kept = earlier && !isComplete(reading) ? { earlier } : {};
    this.panels.set(flowKey(flow), { ...rest, reading, ...kept });
    this.touch();
  }

  /** Answers under a token that was replaced say nothing of the flows. */
  private forgetRefusals({ state: { account, records } }: Entry): void {
    for (const [id, record] of records) {
      const { reading } = record;
      if (!reading) continue;
      (records as Map<string, FlowRecord>).set(id, {
        ...record,
        reading: { ...reading, loads: withoutRefusals(reading.loads) },
      });
    }
    for (const { flow, reading } of this.panels.values()) {
      if (flow.accountName === account.name && reading) this.changeLoads(flow, withoutRefusals);
    }
  }

  private forget(entry: Entry): void {
    entry.figures.clear();
    entry.shown = undefined;
  }

  private show(entry: Entry): AccountFigures {
    const { account, records, accountStatus, accountFailedAt, read, busy, interval, fetchedAt, info, servedVersion } =
      entry.state;
    const { limitedTo } = entry.state;
    const others = [...this.entries.values()];
    const context = {
      accountName: account.name,
      counted: account.source !== 'demo' || others.every(({ state }) => state.account.source === 'demo'),
      thresholds: this.judgement.thresholds,
      time: this.timeOf(account.name),
      noToken: accountStatus?.kind === 'tokenMissing' || accountStatus?.kind === 'tokenRefused',
      ...defined({ accountFailedAt }),
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
      ...defined({ fetchedAt, limitedTo, info, servedVersion }),
    };
  }

  private touch(): void {
    this.revision++;
    this.current = undefined;
    if (this.pausing) {
      this.waiting = true;
      return;
    }
    this.pausing = true;
    const begun = elapsedBy(this.clock);
    this.changed.fire(this.snapshot);
    // Views of thousands of flows take their time; they get a third of it at most.
    const took = Math.min(elapsedBy(this.clock) - begun, longestDrawing);
    const pause = Math.max(changePause, 2 * took);
    this.callOff = this.clock.after(pause, () => {
      this.pausing = false;
      if (!this.waiting) return;
      this.waiting = false;
      this.touch();
    });
  }
}

const noLoads: PanelReading['loads'] = {
  ENDPOINT_REQUEST_COUNT: idle,
  ENDPOINT_REQUEST_ERROR: idle,
  ENDPOINT_REQUEST_ERROR_RATE: idle,
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: idle,
  ENDPOINT_AVAILABILITY: idle,
};

function isTokenStatus(accountStatus: AccountStatus | undefined): boolean {
  return accountStatus?.kind === 'tokenMissing' || accountStatus?.kind === 'tokenRefused';
}

function withoutRefusals<L extends FlowLoads['loads']>(loads: L): L {
  const entries = Object.entries(loads).map(([metric, load]) => {
    return [metric, load.error?.kind === 'auth' ? withoutError(load) : load] as const;
  });
  return Object.fromEntries(entries) as L;
}

function sameInfo(a: ServerInfo | undefined, b: ServerInfo): boolean {
  return (
    a?.zone === b.zone &&
    a.store === b.store &&
    a.minRequests === b.minRequests &&
    a.version === b.version &&
    a.clock === b.clock
  );
}

function emptyEntry(account: Account): Entry {
  return {
    state: { account, records: new Map(), read: false, busy: false, interval: 0 },
    figures: new Map(),
    shown: undefined,
  };
}

/** The flow as it was listed last, with the reading that was answered last. */
function newerRecord(a: FlowRecord | undefined, b: FlowRecord | undefined, flow: Flow): FlowRecord {
  const newer = a && b ? (answeredAt(b) > answeredAt(a) ? b : a) : (a ?? b);
  return { ...newer, flow };
}

/** Every metric has come to its end, or was never asked. */
function isComplete(reading: PanelReading): boolean {
  const loads = Object.values(reading.loads);
  return loads.every(({ state }) => state !== 'loading') && loads.some(({ state }) => state !== 'idle');
}

/** Too little data is an answer: older figures would contradict it. */
export function isAnswer(result: MetricAnswer['result']): boolean {
  return result.ok || result.error.kind === 'notEnoughData';
}

function nextReading(
  previous: FlowLoads | undefined,
  plan: WindowPlan,
  answers: readonly MetricAnswer[],
  at: number,
): FlowLoads {
  const lastGood = previous !== undefined && Object.values(previous.loads).some(isAnswered);
  // A run that brought nothing leaves the figures of another window in place rather than an empty row.
  const kept = lastGood && !answers.some(({ result }) => isAnswer(result)) ? previous.plan : plan;
  const base = previous?.plan.window === kept.window ? previous.loads : {};
  const loads: Partial<Record<MetricName, Loadable<MetricSeries>>> = {};
  for (const { query, result } of answers) {
    const last = base[query.metric] ?? idle;
    loads[query.metric] = settled(isAnswer(result) ? idle : last, result, at);
  }
  return { plan: kept, loads };
}
