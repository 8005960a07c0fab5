/** The part of a store that depends on the database behind it: one folder for each engine. */
import type { MeterStore } from './meterStore';
import type { PackedEvents } from './packedEvents';

export interface EngineOptions {
  readonly file: string;
  /** Where days are cut. */
  readonly zone: string;
  readonly maxFlows: number;
  /** A damaged file is set aside and begun anew; false for whoever only looks in, who gets an error. */
  readonly setsAside: boolean;
  /** Called after a damaged file was moved to that place. */
  readonly onQuarantine: (place: string) => void;
  /** Called with a sentence for a person about the file or the engine. */
  readonly onNotice: (text: string) => void;
}

export interface SweepTimes {
  /** The present by the system's clock. */
  readonly now: number;
  /** The present by which figures grow old (`retentionClock`). */
  readonly retentionNow: number;
  readonly retentionDays: number;
}

/** The operations of a store but `record`, which the commit queue does; all of them reject with a `MeterError`. */
type PassedOn = Omit<MeterStore, 'kind' | 'zone' | 'businessAccount' | 'record' | 'state'>;

export interface StoreEngine extends PassedOn {
  /** Opens the file, or makes it; begins it anew where it was moved away. */
  open(): Promise<void>;
  /** One transaction; resolves to a byte for each event: 1 where it counts, 0 where its id is known. Ids age from `seen`. */
  commit(events: PackedEvents, seen: number): Promise<Uint8Array>;
  /** Deletes some of what is old; resolves to whether there is more to delete at once. */
  sweep(times: SweepTimes): Promise<boolean>;
  /** Writes a whole copy of the file, which others may be using, to `to` by way of `draft`; resolves to its size in bytes. */
  backUp(to: string, draft: string): Promise<number>;
}
