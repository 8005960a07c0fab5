/** Events that come together are written together: a commit costs the same for one event as for thousands. */
import type { MeterEvent } from '../contract/event';
import { MeterError, type Recorded } from './meterStore';
import { packEvents, type PackedEvents } from './packedEvents';

interface CommitQueueOptions {
  /** See `StoreEngine.commit`. */
  readonly commit: (events: PackedEvents) => Promise<Uint8Array>;
  /** Called with what one caller recorded, once it is on disk, where any of it is new. */
  readonly onRecorded: (events: readonly MeterEvent[]) => void;
}

interface Group {
  readonly events: readonly MeterEvent[];
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/** The most events of one transaction, so that none waits long for others. */
const maxCommit = 20_000;
/** More waiting events than these are refused: the memory must not grow without end where the disk does not keep up. */
const maxWaiting = 200_000;

export class CommitQueue {
  private readonly groups: Group[] = [];
  private waiting = 0;
  private writing: Promise<void> | undefined;
  private readonly sums = { recorded: 0, duplicates: 0 };
  private lastError: string | undefined;

  constructor(private readonly options: CommitQueueOptions) {}

  /** Events that were written, and those whose ids were known. */
  get counts(): { readonly recorded: number; readonly duplicates: number } {
    return { ...this.sums };
  }

  /** Why the last write failed; undefined after one that did not. */
  get writeError(): string | undefined {
    return this.lastError;
  }

  /** Resolves once the events are on disk; rejects with a `MeterError` where none of them is. */
  record(events: readonly MeterEvent[]): Promise<Recorded> {
    if (events.length === 0) return Promise.resolve({ accepted: 0, duplicates: 0 });
    if (this.waiting > 0 && this.waiting + events.length > maxWaiting) {
      return Promise.reject(new MeterError('busy', `More than ${maxWaiting} events wait to be written.`));
    }
    this.waiting += events.length;
    return new Promise((resolve, reject) => {
      this.groups.push({ events, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** Resolves once nothing waits any more. */
  async drain(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.groups.length > 0) {
      // Events that come in this turn, and from callers that were just answered, go into the same transaction.
      await new Promise((resolve) => setImmediate(resolve));
      const groups = this.takeGroups();
      await this.write(groups);
      this.waiting -= groups.reduce((sum, { events }) => sum + events.length, 0);
    }
    this.writing = undefined;
  }

  private async write(groups: readonly Group[]): Promise<void> {
    try {
      const isNew = await this.options.commit(packEvents(groups.map(({ events }) => events)));
      this.lastError = undefined;
      let from = 0;
      for (const { events, resolve } of groups) {
        const accepted = isNew.subarray(from, (from += events.length)).reduce((sum, one) => sum + one, 0);
        const duplicates = events.length - accepted;
        this.sums.recorded += accepted;
        this.sums.duplicates += duplicates;
        if (accepted > 0) this.options.onRecorded(events);
        resolve({ accepted, duplicates });
      }
    } catch (error) {
      const { kind, message } = error as MeterError;
      const isOfOneEvent = kind === 'refused' || kind === 'tooLarge';
      if (isOfOneEvent && groups.length > 1) {
        // The events of other callers are written without those of the one that is at fault.
        for (const group of groups) await this.write([group]);
        return;
      }
      if (!isOfOneEvent) this.lastError = message;
      for (const { reject } of groups) reject(error);
    }
  }

  /** Takes those that came first, at least one, as many as one transaction may hold. */
  private takeGroups(): readonly Group[] {
    let count = 0;
    let taken = 0;
    while (taken < this.groups.length && (taken === 0 || count + this.groups[taken]!.events.length <= maxCommit)) {
      count += this.groups[taken++]!.events.length;
    }
    return this.groups.splice(0, taken);
  }
}
