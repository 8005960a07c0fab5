/** A store of measurements, whatever engine keeps them. */
import { metaZone } from '../contract/calendar';
import { defined } from '../util/defined';
import { meterBusinessAccount } from './businessAccount';
import { CommitQueue } from './commitQueue';
import { createEngine } from './createEngine';
import { forwardCalls } from './forwardCalls';
import { Maintenance } from './maintenance';
import {
  defaultMaxFlows,
  defaultRetentionDays,
  MeterError,
  type MeterStore,
  type MeterStoreOptions,
  type StoredFlow,
} from './meterStore';
import { retentionClock } from './retentionClock';
import type { EngineOptions, StoreEngine } from './storeEngine';
import { TimeLimits } from './timeLimits';

/** The newest notices that `state` holds. */
const maxNotices = 5;

/** A store whose file is not open yet; calls wait until it is. */
interface UnopenedStore extends MeterStore {
  /**
   * Opens the file, and declares these flows before any call that waits; rejects with a `MeterError` where the file cannot be
   * used, or this Node has no SQLite.
   */
  open(flows?: readonly StoredFlow[]): Promise<void>;
}

/** Rejects as `open` does. */
export async function openMeterStore(options: MeterStoreOptions): Promise<MeterStore> {
  const store = createMeterStore(options);
  await store.open();
  return store;
}

// Long, since its calls share one engine and one queue.
// eslint-disable-next-line max-lines-per-function
export function createMeterStore(options: MeterStoreOptions): UnopenedStore {
  const { file, zone = metaZone, retentionDays = defaultRetentionDays, now = Date.now } = options;
  const { engine, notes } = watchedEngine(options);
  const limits = new TimeLimits(retentionDays, now);
  const retentionNow = retentionClock({ now, elapsed: () => performance.now() });
  let maintenance: Maintenance | undefined;
  let closed: Promise<void> | undefined;
  let beginOpening: ((flows: readonly StoredFlow[]) => void) | undefined;
  const opened = new Promise<readonly StoredFlow[]>((resolve) => (beginOpening = resolve)).then(async (flows) => {
    try {
      await engine.open();
      if (flows.length > 0) await engine.declareFlows(flows);
    } catch (error) {
      await engine.close();
      throw error;
    }
    maintenance = new Maintenance(engine, () => ({ now: now(), retentionNow: retentionNow(), retentionDays }));
  });
  // Each caller gets the error.
  opened.catch(() => undefined);
  const queue = new CommitQueue({
    commit: (events) => opened.then(() => engine.commit(events, retentionNow())),
    onRecorded: (events) => options.onRecorded?.(events),
  });

  const checkOpen = (): void => {
    if (closed) throw new MeterError('closed', 'The store is closed.');
  };
  const passedOn = forwardCalls<StoreEngine>(async (name, args) => {
    checkOpen();
    await opened;
    return (engine[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
  });

  const close = async (): Promise<void> => {
    const isOpen = await opened.then(
      () => true,
      () => false,
    );
    maintenance?.stop();
    await queue.drain();
    if (isOpen) await engine.close();
  };

  const own = {
    kind: 'meter',
    zone,
    businessAccount: meterBusinessAccount(zone),
    open: (flows = []) => {
      beginOpening?.(flows);
      beginOpening = undefined;
      return opened;
    },
    record: async (events) => {
      checkOpen();
      limits.check(events);
      return queue.record(events);
    },
    recordAlerts: async (received) => {
      const untimely = received.filter((notice) => !limits.includes(notice));
      const recorded = await passedOn.recordAlerts(received.filter(limits.includes));
      if (recorded.changedFlows.length > 0) options.onAlerts?.(recorded.changedFlows);
      return untimely.length > 0 ? { ...recorded, untimely } : recorded;
    },
    // A file may hold older ones, and such as an earlier version took.
    readAlerts: async (flowId) => (await passedOn.readAlerts(flowId)).filter(limits.includes),
    addMark: async (mark) => {
      limits.check([mark]);
      return passedOn.addMark(mark);
    },
    state: () => ({
      file,
      ...queue.counts,
      quarantined: [...notes.quarantined],
      notices: [...notes.notices],
      ...defined({ writeError: queue.writeError }),
    }),
    close: () => (closed ??= beginOpening ? Promise.resolve() : close()),
  } satisfies Partial<UnopenedStore>;
  // The other calls go to the engine as they are.
  return Object.setPrototypeOf(own, passedOn) as typeof own & StoreEngine;
}

/** An engine, and what became of its file. */
function watchedEngine(options: MeterStoreOptions): { engine: StoreEngine; notes: FileNotes } {
  const { file, report } = options;
  const notes: FileNotes = { quarantined: [], notices: [] };
  const engine = createEngine({
    ...engineOptions(options),
    setsAside: true,
    onQuarantine: (place) => {
      notes.quarantined.push(place);
      report?.(`${file} was damaged: it was set aside as ${place}, and a new file was begun.`);
    },
    onNotice: (text) => {
      notes.notices.push(text);
      if (notes.notices.length > maxNotices) notes.notices.shift();
      report?.(text);
    },
  });
  return { engine, notes };
}

interface FileNotes {
  readonly quarantined: string[];
  readonly notices: string[];
}

/**
 * Writes a whole copy of a meter's file to `to`, by way of `draft`, and resolves with its size; others may go on using the
 * file. Rejects with a `MeterError`, also where there is something under the name `to`.
 */
export function backUpMeterStore(file: string, to: string, draft: string): Promise<number> {
  return withEngine(file, (engine) => engine.backUp(to, draft));
}

/**
 * Runs `action` on the marks of a meter's file, which others may be using; nothing else of it changes, and nothing grows old.
 * Rejects with a `MeterError`, also where the file is damaged, which stays where it is.
 */
export function withMarks<T>(
  file: string,
  action: (marks: Pick<MeterStore, 'addMark' | 'readMarks' | 'removeMark'>) => Promise<T>,
): Promise<T> {
  return withEngine(file, action);
}

async function withEngine<T>(file: string, action: (engine: StoreEngine) => Promise<T>): Promise<T> {
  const ignore = (): void => undefined;
  const engine = createEngine({ ...engineOptions({ file }), setsAside: false, onQuarantine: ignore, onNotice: ignore });
  try {
    return await action(engine);
  } finally {
    await engine.close();
  }
}

function engineOptions({
  file,
  zone = metaZone,
  maxFlows = defaultMaxFlows,
}: MeterStoreOptions): Pick<EngineOptions, 'file' | 'zone' | 'maxFlows'> {
  return { file, zone, maxFlows };
}
