/** The meter itself: what records, for as long as a window watches. */
import { stat } from 'node:fs/promises';
import { version } from '../../package.json';
import { localZone } from '../contract/calendar';
import type { MeterReport } from '../domain/meterState';
import { closeAll } from '../process/closeAll';
import { closeToOthers } from '../process/privateFiles';
import { readStartStamp } from '../process/startStamp';
import type { Recorder } from '../recorder/recorder';
import { RecordingService, storedFlowsOf } from '../recording/recordingService';
import type { MeterStore } from '../store/meterStore';
import { createMeterStore } from '../store/openMeterStore';
import { defined } from '../util/defined';
import { Checks } from './checks';
import { elect } from './election';
import { EventCounts } from './eventCounts';
import { makeToken, meterFiles, removeOwner, writeOwner } from './folder';
import { meterRoutes } from './meterRoutes';
import { MeterStartError } from './startMessage';
import type { EndReason } from './watchLine';
import { MeterSettingsError, readMeterSettings, type MeterSettings } from './settings';
import { Watchers } from './watchers';
import { WebhookAlerts } from './webhookAlerts';

interface MeterOptions {
  readonly folder: string;
  /** The meter ends when nobody has watched for so long. */
  readonly graceMs: number;
  /** How long who has the port may take to prove to be this folder's meter. */
  readonly deadlineMs?: number;
  /** Between two availability checks of a flow. */
  readonly checkMs?: number;
  /** Called with exceptions that are answered or passed over. */
  readonly onException?: (error: unknown) => void;
  /** Notes for windows besides those that the meter finds itself. */
  readonly notes?: () => readonly string[];
}

interface RunningMeter {
  /** Resolves when everything is written and closed. */
  readonly ended: Promise<void>;
  end(): void;
}

/** Undefined where another process is this folder's meter; rejects with a `MeterStartError`. */
export async function runMeter(options: MeterOptions): Promise<RunningMeter | undefined> {
  const { folder, deadlineMs, onException = (): void => undefined } = options;
  // The window that starts a meter makes its folder: one that was deleted since then stays deleted.
  if (!(await isThere(folder))) throw new MeterStartError('settings', `${folder} was deleted.`);
  // A folder that the editor made may be readable for everybody.
  const closing = closeToOthers(folder);
  const settings = await settingsOf(folder);
  const { port, flows } = settings;
  const counts = new EventCounts();
  const store = createMeterStore({
    file: meterFiles(folder).database,
    zone: settings.zone ?? localZone(),
    onRecorded: (events) => counts.takeEvents(events),
    onAlerts: (flowIds) => counts.takeAlerts(flowIds),
  });
  const recording = new RecordingService({ store, onException });
  const recorder = await elect({
    folder,
    port,
    version,
    bind: () => recording.startRecorder({ flows, port }),
    ...defined({ patienceMs: deadlineMs }),
  });
  if (!recorder) return undefined;
  // From here on this process is the meter, and takes requests: what they bring waits until the store is open. That knows
  // the flows from the beginning, since alerts of unknown flows are passed over.
  const opened = store.open(storedFlowsOf(flows));
  const isFolderOpen = closing === 'open' || closing === 'foreign';
  const meter = new Meter({ ...options, onException, settings, counts, recorder, recording, store, isFolderOpen });
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

/** The record is looked for so often, in milliseconds: without it no window finds the meter, which ends. */
const recordMs = 1_000;

interface MeterParts extends MeterOptions {
  readonly onException: (error: unknown) => void;
  readonly settings: MeterSettings;
  readonly counts: EventCounts;
  readonly recorder: Recorder;
  readonly recording: RecordingService;
  readonly store: MeterStore;
  /** Other users may look into the folder, and its mode cannot be changed. */
  readonly isFolderOpen: boolean;
}

class Meter implements RunningMeter {
  readonly ended: Promise<void>;
  private readonly startedAt = Date.now();
  private readonly watchers: Watchers;
  private readonly checks: Checks;
  private readonly alerts: WebhookAlerts;
  private settings: MeterSettings;
  /** Resolves when the record names the start of this process, or never will. */
  private stamped: Promise<void> | undefined;
  private recordTimer: NodeJS.Timeout | undefined;
  private ending = false;
  private resolveEnded: () => void = () => undefined;

  constructor(private readonly parts: MeterParts) {
    const { settings, recording, counts, checkMs: intervalMs, graceMs } = parts;
    this.settings = settings;
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.checks = new Checks((options) => recording.startChecks({ ...options, ...defined({ intervalMs }) }));
    this.watchers = new Watchers({ report: () => this.report(), graceMs, onAbandoned: () => this.end() });
    this.alerts = new WebhookAlerts({ recording, onChange: () => this.watchers.change() });
    counts.onChange = () => this.watchers.change();
  }

  /** From then on windows find it, and other processes know that there is one. */
  async announce(): Promise<void> {
    const { folder, recorder, recording, onException } = this.parts;
    // Of this process alone, and made once it has won: until then the token of another one may be in use.
    const token = await makeToken(folder);
    let apiPort = 0;
    const extraRoutes = meterRoutes({
      token,
      version,
      apiPort: () => apiPort,
      watchers: this.watchers,
      reload: () => this.reload(),
      takeSecrets: ({ appSecrets, alerts }) => {
        this.checks.takeSecrets(appSecrets);
        if (alerts !== undefined) this.alerts.take(alerts);
      },
      stop: () => this.end('stopped'),
      replace: () => this.end('replaced'),
    });
    apiPort = (await recording.startApi({ port: 0, token, extraRoutes })).port;
    const record = { pid: process.pid, apiPort, recorderPort: recorder.port };
    await writeOwner(folder, record);
    // Windows need not wait for the stamp, which takes some systems seconds.
    this.stamped = readStartStamp(process.pid)
      .then((startStamp) => {
        if (startStamp !== undefined && !this.ending) return writeOwner(folder, { ...record, startStamp });
      })
      .catch(onException);
    this.recordTimer = setInterval(() => void this.checkRecord(), recordMs);
  }

  /** All data of Flowmeter may be deleted while a meter starts, before it can be asked to stop. */
  private async checkRecord(): Promise<void> {
    if (!(await isThere(meterFiles(this.parts.folder).owner))) this.end();
  }

  /** Checks the flows, once the store is open. */
  begin(): Promise<void> {
    return this.measure(this.settings.flows);
  }

  end(endReason?: EndReason): void {
    if (this.ending) return;
    this.ending = true;
    clearInterval(this.recordTimer);
    const parts = [
      (): unknown => this.watchers.end(endReason),
      (): unknown => this.checks.close(),
      (): unknown => this.parts.recording.close(),
      (): unknown => this.stamped,
      (): unknown => removeOwner(this.parts.folder, process.pid),
    ];
    void closeAll(parts, this.parts.onException).then(this.resolveEnded);
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
    await this.parts.store.declareFlows(storedFlowsOf(settings.flows));
    await this.measure(settings.flows);
  }

  private async measure(flows: MeterSettings['flows']): Promise<void> {
    for (const { id } of flows) this.parts.counts.add(id);
    await this.checks.setFlows(flows);
    this.watchers.change();
  }

  private report(): Omit<MeterReport, 'successionRank'> {
    const { counts, recorder, recording } = this.parts;
    return {
      pid: process.pid,
      recorderPort: recorder.port,
      startedAt: this.startedAt,
      requests: counts.requests,
      losses: recording.queue.losses,
      uncounted: recorder.state().uncounted,
      notes: this.notes(),
      takesAlerts: this.alerts.isOpen,
      flows: counts.flows,
    };
  }

  private notes(): readonly string[] {
    const { recorder, store, folder, isFolderOpen, notes } = this.parts;
    const { quarantined, notices, writeError } = store.state();
    const openFolder = `Other users of this computer can look into ${folder}: its mode cannot be changed.`;
    return [
      ...recorder.state().problems,
      ...quarantined.map((file) => `A damaged store was set aside: ${file}`),
      ...notices,
      ...(writeError === undefined ? [] : [writeError]),
      ...(isFolderOpen ? [openFolder] : []),
      ...this.checks.problems,
      ...this.alerts.notes,
      ...(notes?.() ?? []),
    ];
  }
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
