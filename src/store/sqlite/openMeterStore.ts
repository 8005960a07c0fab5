/** Opens a store of measurements: events that come together are written together, in a thread of their own. */
import { performance } from 'node:perf_hooks';
import { dayMs, metaZone } from '../../contract/calendar';
import type { MeterEvent } from '../../contract/event';
import { meterBusinessAccount } from '../businessAccount';
import {
  defaultMaxFlows,
  defaultRetentionDays,
  MeterError,
  type MeterStore,
  type MeterStoreOptions,
  type Recorded,
} from '../meterStore';
import { checkNode } from './nodeVersion';
import { packEvents } from '../packedEvents';
import { trustedClock } from '../trustedClock';
import { openWorker, type WorkerClient } from './workerClient';
import { defined } from '../../util/defined';

/** Events may be as much ahead of the meter's clock: those of other computers come by their own. */
export const aheadMs = dayMs;
/** The most events of one transaction, so that none waits long for others. */
const maxCommit = 20_000;
/** More waiting events than these are refused: the memory must not grow without end where the disk does not keep up. */
const maxWaiting = 200_000;
const houseEveryMs = 60_000;
/** Between two looks whether the file is still there: whoever moves it away finds in it what was acknowledged before. */
const lookEveryMs = 1_000;
/** The newest of what became of the file that a state holds. */
const maxNotices = 5;

interface Group {
  readonly events: readonly MeterEvent[];
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/** Rejects with a `MeterError` where the file cannot be used, or this Node has no SQLite. */
export async function openMeterStore(options: MeterStoreOptions): Promise<MeterStore> {
  checkNode(process.versions.node);
  const { file, zone = metaZone, maxFlows = defaultMaxFlows } = options;
  const told: Told = { setAside: [], notices: [] };
  const door = openWorker({
    start: { file, zone, maxFlows },
    onSetAside: (place) => {
      told.setAside.push(place);
      options.report?.(`${file} was damaged: it was set aside as ${place}, and a new file was begun.`);
    },
    onNotice: (text) => {
      told.notices.push(text);
      if (told.notices.length > maxNotices) told.notices.shift();
      options.report?.(text);
    },
  });
  try {
    await door.ask('open', undefined);
  } catch (error) {
    await door.ask('close', undefined);
    throw error;
  }
  return storeOf(door, options, told);
}

/**
 * Writes a whole copy of a meter's file to `to`, by way of `draft`, and resolves with its size; others may go on using the
 * file. Rejects with a `MeterError`, also where there is something under the name `to`.
 */
export async function backUpMeterStore(file: string, to: string, draft: string): Promise<number> {
  checkNode(process.versions.node);
  const nothing = (): void => undefined;
  const door = openWorker({
    start: { file, zone: metaZone, maxFlows: 0 },
    onSetAside: nothing,
    onNotice: nothing,
  });
  try {
    return await door.ask('backUp', { to, draft });
  } finally {
    await door.ask('close', undefined);
  }
}

/** What became of the file. */
interface Told {
  readonly setAside: string[];
  readonly notices: string[];
}

function storeOf(door: WorkerClient, options: MeterStoreOptions, told: Told): MeterStore {
  const { file, zone = metaZone, retentionDays = defaultRetentionDays, now = Date.now } = options;
  const trusted = trustedClock({ now, elapsed: () => performance.now() });
  const groups: Group[] = [];
  let waiting = 0;
  let writing: Promise<void> | undefined;
  let closed: Promise<void> | undefined;
  let recorded = 0;
  let duplicates = 0;
  let trouble: string | undefined;

  async function writeTogether(together: readonly Group[]): Promise<void> {
    try {
      const events = packEvents(together.map((group) => group.events));
      const fresh = await door.ask('commit', { events, seen: trusted() });
      trouble = undefined;
      let from = 0;
      for (const { events: own, resolve } of together) {
        const accepted = fresh.subarray(from, (from += own.length)).reduce((sum, one) => sum + one, 0);
        recorded += accepted;
        duplicates += own.length - accepted;
        resolve({ accepted, duplicates: own.length - accepted });
      }
    } catch (error) {
      const { kind, message } = error as MeterError;
      const isTheirOwn = kind === 'refused' || kind === 'tooLarge';
      if (isTheirOwn && together.length > 1) {
        // What is wrong with one of them is not the others' fault.
        for (const group of together) await writeTogether([group]);
        return;
      }
      if (!isTheirOwn) trouble = message;
      for (const { reject } of together) reject(error);
    }
  }

  async function writeAll(): Promise<void> {
    while (groups.length > 0) {
      // What else comes in this turn, and from those who were just answered, goes into the same transaction.
      await new Promise((resolve) => setImmediate(resolve));
      const together = takeGroups(groups);
      const count = together.reduce((sum, { events }) => sum + events.length, 0);
      await writeTogether(together);
      waiting -= count;
    }
    writing = undefined;
  }

  let houseTimer: NodeJS.Timeout | undefined;
  async function keepHouse(): Promise<void> {
    // What cannot be tidied now is tidied later: whoever writes is told of a file that cannot be written.
    const more = await door.ask('keepHouse', { now: now(), trusted: trusted(), retentionDays }).catch(() => false);
    if (closed) return;
    houseTimer = setTimeout(() => void keepHouse(), more ? 20 : houseEveryMs).unref();
  }
  void keepHouse();

  // Where it cannot be opened now, whoever asks something is told.
  const look = setInterval(() => void door.ask('open', undefined).catch(() => undefined), lookEveryMs).unref();

  /** True for what can have happened: not before figures are kept, and not after what other clocks may be ahead. */
  function isTimely({ time }: { readonly time: number }): boolean {
    return time >= now() - retentionDays * dayMs && time <= now() + aheadMs;
  }

  /** The first event that cannot be counted, as an error. */
  function refusalOf(events: readonly MeterEvent[]): MeterError | undefined {
    const index = events.findIndex((event) => !isTimely(event));
    if (index < 0) return undefined;
    const present = now();
    const oldest = present - retentionDays * dayMs;
    const { time } = events[index]!;
    return new MeterError(
      'refused',
      time > present
        ? `"time" lies in the future (${isoOf(time)}): at most 24 hours after the meter's clock, now ${isoOf(present)}, are allowed.`
        : `"time" is too old (${isoOf(time)}): figures are kept for ${retentionDays} days, so nothing before ${isoOf(oldest)} is counted.`,
      index,
    );
  }

  const ask: WorkerClient['ask'] = (name, input) =>
    closed ? Promise.reject(new MeterError('closed', 'The store is closed.')) : door.ask(name, input);

  return {
    kind: 'meter',
    zone,
    record: (events) => {
      if (closed) return Promise.reject(new MeterError('closed', 'The store is closed.'));
      if (events.length === 0) return Promise.resolve({ accepted: 0, duplicates: 0 });
      const refusal = refusalOf(events);
      if (refusal) return Promise.reject(refusal);
      if (waiting > 0 && waiting + events.length > maxWaiting) {
        return Promise.reject(new MeterError('busy', `More than ${maxWaiting} events wait to be written.`));
      }
      waiting += events.length;
      return new Promise((resolve, reject) => {
        groups.push({ events, resolve, reject });
        writing ??= writeAll();
      });
    },
    declareFlows: (flows) => ask('declareFlows', flows),
    putFlow: (flow) => ask('putFlow', flow),
    recordAlerts: async (notices) => {
      const untimely = notices.filter((notice) => !isTimely(notice));
      const recorded = await ask('recordAlerts', notices.filter(isTimely));
      return untimely.length > 0 ? { ...recorded, untimely } : recorded;
    },
    businessAccount: meterBusinessAccount(zone),
    listFlows: (range) => ask('listFlows', range),
    readFlow: (flowId) => ask('readFlow', flowId),
    firstStoredDay: (flowId) => ask('firstStoredDay', flowId),
    countRequests: (flowId, span) => ask('countRequests', { flowId, span }),
    readSeries: (request) => ask('readSeries', request),
    readMilliseconds: (request) => ask('readMilliseconds', request),
    // A file may hold older ones, and such as an earlier version took.
    readAlerts: async (flowId) => (await ask('readAlerts', flowId)).filter(isTimely),
    state: () => ({
      file,
      recorded,
      duplicates,
      setAside: [...told.setAside],
      notices: [...told.notices],
      ...defined({ trouble }),
    }),
    close: () =>
      (closed ??= (async () => {
        clearTimeout(houseTimer);
        clearInterval(look);
        await writing;
        await door.ask('close', undefined);
      })()),
  };
}

/** Takes those that come first, at least one, as many as one transaction may hold. */
function takeGroups(groups: Group[]): readonly Group[] {
  let count = 0;
  let taken = 0;
  while (taken < groups.length && (taken === 0 || count + groups[taken]!.events.length <= maxCommit)) {
    count += groups[taken++]!.events.length;
  }
  return groups.splice(0, taken);
}

function isoOf(instant: number): string {
  return Number.isFinite(instant) && Math.abs(instant) <= 8.64e15 ? new Date(instant).toISOString() : String(instant);
}
