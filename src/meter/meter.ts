/** The meter itself: recorder, store, checks and API in one process, for as long as a window watches. */
import { stat } from 'node:fs/promises';
import { version } from '../../package.json';
import { closeAll } from '../process/closeAll';
import { closeToOthers } from '../process/privateFiles';
import { readStartStamp } from '../process/startStamp';
import { startRecorder, type Recorder } from '../recorder/recorder';
import { createStoreQueue, type StoreQueue } from '../recorder/storeQueue';
import { createApp } from '../server/app';
import { startHttpServer, type RunningServer } from '../server/httpServer';
import type { StoredFlow, MeterStore } from '../store/meterStore';
import { openMeterStore } from '../store/sqlite/openMeterStore';
import { WebhookAlerts } from './webhookAlerts';
import { Checks } from './checks';
import { elect } from './election';
import { makeToken, meterFiles, removeOwner, writeOwner } from './folder';
import { ownRoutes } from './ownRoutes';
import { MeterStartError } from './problem';
import type { EndReason } from './report';
import type { MeterReport } from '../domain/meterState';
import { MeterSettingsError, readMeterSettings, type MeterSettings } from './settings';
import { EventCounts } from './eventCounts';
import { TalliedStore } from './talliedStore';
import { Watchers } from './watchers';
import { defined } from '../util/defined';

export interface MeterOptions {
  readonly folder: string;
  /** The meter ends when nobody has watched for so long. */
  readonly graceMs: number;
  /** How long who has the port may take to prove to be this folder's meter. */
  readonly patienceMs?: number;
  /** Between two availability checks of a flow. */
  readonly checkMs?: number;
  /** Told of exceptions that are answered or passed over. */
  readonly onException?: (error: unknown) => void;
  /** What windows are told besides what the meter finds itself. */
  readonly notes?: () => readonly string[];
}

export interface RunningMeter {
  /** Resolves when everything is written and closed. */
  readonly ended: Promise<void>;
  end(): void;
}

/** Undefined where another process is this folder's meter; rejects with a `MeterStartError`. */
export async function runMeter(options: MeterOptions): Promise<RunningMeter | undefined> {
  const { folder, patienceMs } = options;
  // The window that starts a meter makes its folder: one that was deleted since then stays deleted.
  if (!(await isThere(folder))) throw new MeterStartError('settings', `${folder} was deleted.`);
  // A folder that the editor made may be readable for everybody.
  const closing = closeToOthers(folder);
  const isOpen = closing === 'open' || closing === 'foreign';
  const settings = await settingsOf(folder);
  const { port } = settings;
  const counts = new EventCounts();
  const file = meterFiles(folder).database;
  let beginOpening: () => void = () => undefined;
  const elected = new Promise<void>((resolve) => (beginOpening = resolve));
  const opened = elected.then(() => openStore(file, settings));
  const store = new TalliedStore(opened, settings.zone, file, counts);
  const sink = createStoreQueue({ record: (events) => store.record(events) });
  const recorder = await elect({
    folder,
    port,
    version,
    bind: () => startRecorder({ flows: settings.flows, port, sink }),
    ...defined({ patienceMs }),
  });
  if (!recorder) return undefined;
  // From here on this process is the meter: requests pass already, and whoever asks is told so at once.
  beginOpening();
  const meter = new Meter({ ...options, settings, counts, recorder, sink, store, isOpen });
  try {
    await meter.announce();
    await opened.catch((error: unknown) => {
      throw new MeterStartError('store', error instanceof Error ? error.message : 'The store cannot be opened.', port);
    });
    await meter.begin();
    return meter;
  } catch (error) {
    meter.end();
    await meter.ended;
    throw error;
  }
}

/** Nobody finds a meter whose record is gone: it is looked for so often, in milliseconds, and without it the meter ends. */
const recordMs = 1_000;

interface MeterParts extends MeterOptions {
  readonly settings: MeterSettings;
  readonly counts: EventCounts;
  readonly recorder: Recorder;
  readonly sink: StoreQueue;
  readonly store: MeterStore;
  /** Other users may look into its folder, and nothing can be done about it. */
  readonly isOpen: boolean;
}

class Meter implements RunningMeter {
  readonly ended: Promise<void>;
  private readonly startedAt = Date.now();
  private readonly watchers: Watchers;
  private readonly checks: Checks;
  private readonly alerts: WebhookAlerts;
  private settings: MeterSettings;
  private api: RunningServer | undefined;
  /** Resolves when the record names the start of this process, or never will. */
  private stamped: Promise<void> | undefined;
  private recordWatch: NodeJS.Timeout | undefined;
  private ending = false;
  private resolveEnded: () => void = () => undefined;

  constructor(private readonly parts: MeterParts) {
    this.settings = parts.settings;
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.checks = new Checks({
      sink: parts.sink,
      ...defined({ intervalMs: parts.checkMs }),
    });
    this.alerts = new WebhookAlerts({
      store: parts.store,
      serve: (webhook) => parts.recorder.setWebhook(webhook),
      onChange: () => this.watchers.change(),
    });
    this.watchers = new Watchers({
      report: () => this.report(),
      graceMs: parts.graceMs,
      onAbandoned: () => this.end(),
    });
    parts.counts.onChange = () => this.watchers.change();
  }

  /** From then on windows find it, and other processes know that there is one. */
  async announce(): Promise<void> {
    const { folder, store, recorder } = this.parts;
    const { onException = (): void => undefined } = this.parts;
    // Of this process alone, and made once it has won: until then another one may be in use.
    const token = await makeToken(folder);
    const app = createApp({
      store,
      meter: store,
      now: Date.now,
      fixedClock: false,
      minRequests: 0,
      version,
      onException,
    });
    this.api = await startHttpServer({
      app,
      port: 0,
      token,
      onException,
      extras: ownRoutes({
        token,
        version,
        apiPort: () => this.api!.port,
        watchers: this.watchers,
        reload: () => this.reload(),
        takeSecrets: ({ appSecrets, alerts }) => {
          this.checks.takeSecrets(appSecrets);
          if (alerts !== undefined) this.alerts.take(alerts);
        },
        stop: () => this.end('stopped'),
        replace: () => this.end('replaced'),
      }),
    });
    const record = { pid: process.pid, apiPort: this.api.port, recorderPort: recorder.port };
    await writeOwner(folder, record);
    // Windows need not wait for the stamp, which takes some systems seconds.
    this.stamped = readStartStamp(process.pid)
      .then((startStamp) => {
        if (startStamp !== undefined && !this.ending) return writeOwner(folder, { ...record, startStamp });
      })
      .catch(onException);
    this.recordWatch = setInterval(() => void this.checkRecord(), recordMs);
  }

  /** All data of Flowmeter may be deleted while a meter starts, before it can be asked to stop. */
  private async checkRecord(): Promise<void> {
    if (!(await isThere(meterFiles(this.parts.folder).owner))) this.end();
  }

  /** The store is open. */
  async begin(): Promise<void> {
    await this.follow(this.settings.flows);
  }

  end(endReason?: EndReason): void {
    if (this.ending) return;
    this.ending = true;
    clearInterval(this.recordWatch);
    const { folder, recorder, sink, store, onException = (): void => undefined } = this.parts;
    const parts = [
      (): unknown => this.watchers.end(endReason),
      (): unknown => this.checks.close(),
      // Both ports are free at once, so that the next meter can begin while requests that are under way still end here.
      (): unknown => Promise.all([recorder.close(), this.api?.close(), this.alerts.close()]),
      (): unknown => sink.close(),
      // One that never opened has nothing to close.
      (): unknown => store.close().catch(() => undefined),
      (): unknown => this.stamped,
      (): unknown => removeOwner(folder, process.pid),
    ];
    void closeAll(parts, onException).then(this.resolveEnded);
  }

  private async reload(): Promise<void> {
    const settings = await readMeterSettings(this.parts.folder);
    // Port and zone are settled at the start: whoever still watches starts a meter with the new ones.
    if (settings.port !== this.settings.port || settings.zone !== this.settings.zone) {
      setImmediate(() => this.end('moved'));
      return;
    }
    this.settings = settings;
    this.parts.recorder.setFlows(settings.flows);
    await this.parts.store.declareFlows(knownFlows(settings.flows));
    await this.follow(settings.flows);
  }

  /** The store has them already. */
  private async follow(flows: MeterSettings['flows']): Promise<void> {
    for (const { id } of flows) this.parts.counts.add(id);
    await this.checks.setFlows(flows);
    this.watchers.change();
  }

  private report(): Omit<MeterReport, 'successionRank'> {
    const { counts, recorder, sink, store } = this.parts;
    const { setAside, notices, trouble } = store.state();
    const { uncounted, problems: recorderProblems } = recorder.state();
    return {
      pid: process.pid,
      recorderPort: recorder.port,
      startedAt: this.startedAt,
      requests: counts.requests,
      losses: sink.losses,
      uncounted,
      notes: [
        ...recorderProblems,
        ...setAside.map((file) => `A damaged store was set aside: ${file}`),
        ...notices,
        ...(trouble === undefined ? [] : [trouble]),
        ...(this.parts.isOpen
          ? [`Other users of this computer can look into ${this.parts.folder}: its mode cannot be changed.`]
          : []),
        ...this.checks.problems,
        ...this.alerts.notes,
        ...(this.parts.notes?.() ?? []),
      ],
      takesAlerts: this.alerts.isOpen,
      flows: counts.flows,
    };
  }
}

/** A store that knows the flows: whoever waits for it may bring an alert, and those of unknown flows are passed over. */
async function openStore(file: string, { zone, flows }: MeterSettings): Promise<MeterStore> {
  const store = await openMeterStore({ file, zone });
  await store.declareFlows(knownFlows(flows));
  return store;
}

/** What the store keeps of each flow. */
function knownFlows(flows: MeterSettings['flows']): readonly StoredFlow[] {
  return flows.map(({ id, name, upstream }) => ({ id, upstream, ...defined({ name }) }));
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

async function settingsOf(folder: string): Promise<MeterSettings> {
  try {
    return await readMeterSettings(folder);
  } catch (error) {
    throw error instanceof MeterSettingsError ? new MeterStartError('settings', error.message) : error;
  }
}
