/** The store of measurements as the rest of Flowmeter sees it: events go in, and the API's series come out. */
import type { AlertNotice, MeterAlert } from '../contract/alert';
import type { MeterEvent } from '../contract/event';
import type { MilliSeries } from '../contract/latency';
import type { MeterMark, NewMark } from '../contract/mark';
import type { Granularity } from '../contract/metric';
import type { MetricStore, StoreSpan } from './metricStore';

export const defaultRetentionDays = 400;
/** Events make no further flow known once there are so many. */
export const defaultMaxFlows = 10_000;

export interface MeterStoreOptions {
  /** Made where there is none; its folder must exist. Several processes may share it. */
  readonly file: string;
  /** Where days are cut; the zone of Meta's figures unless told otherwise. */
  readonly zone?: string;
  /** Figures older than this are deleted in the background; 400 unless told otherwise. */
  readonly retentionDays?: number;
  /** Events of a new flow are refused where there are so many flows already; 10 000 unless told otherwise. */
  readonly maxFlows?: number;
  /** The present in epoch milliseconds; the system's clock unless told otherwise. */
  readonly now?: () => number;
  /** Called with a line for a person about what the store had to do by itself: a file was set aside or begun anew. */
  readonly report?: (message: string) => void;
  /** Called with the events of one `record` once they are on disk, where any of them is new. */
  readonly onRecorded?: (events: readonly MeterEvent[]) => void;
  /** Called with the flows of which an alert or a status is new, once it is on disk. */
  readonly onAlerts?: (flowIds: readonly string[]) => void;
}

export interface Recorded {
  /** Events that count from now on. */
  readonly accepted: number;
  /** Events whose id came before within 24 hours for the same flow; they were counted then. */
  readonly duplicates: number;
}

export interface StoredFlow {
  readonly id: string;
  /** The id where there is none. */
  readonly name?: string;
  /** Address of the endpoint; `endpoint_uri` of the API. */
  readonly upstream?: string;
}

export interface RecordedAlerts {
  /** Flows of which nothing is kept, since the store does not know them. */
  readonly unknownFlows: readonly string[];
  /** Flows of which something is new. */
  readonly changedFlows: readonly string[];
  /** Those that are not kept, since their time lies too far from the present; absent where there are none. */
  readonly untimely?: readonly AlertNotice[];
}

export interface AddedMark extends MeterMark {
  /** False where the same mark was there before. */
  readonly added: boolean;
}

export interface MilliRequest {
  readonly flowId: string;
  readonly granularity: Granularity;
  readonly span: StoreSpan;
}

interface StoreStats {
  readonly file: string;
  /** Events of this store object that are on disk. */
  readonly recorded: number;
  readonly duplicates: number;
  /** Where damaged files were set aside to, oldest first. */
  readonly quarantined: readonly string[];
  /** Other events of the file while it was open, such as that it was begun anew; the newest few, oldest first. */
  readonly notices: readonly string[];
  /** Why the last write failed; absent after one that did not. */
  readonly writeError?: string;
}

export interface MeterStore extends MetricStore {
  /**
   * Resolves when the events are on disk; then they are counted, each id once for each flow. Rejects with a `MeterError`: with
   * `refused` or anything else, none of them is. Flows that are not known yet come to be, with their id as name.
   */
  record(events: readonly MeterEvent[]): Promise<Recorded>;
  /**
   * Makes these flows known, as `putFlow` does, at once and in every file that is begun while this store is open: it may be
   * moved away, deleted, or set aside as damaged. Replaces those that were declared before.
   */
  declareFlows(flows: readonly StoredFlow[]): Promise<void>;
  /** Makes the flow known, or changes what is told here and leaves the rest. */
  putFlow(flow: StoredFlow): Promise<void>;
  /**
   * Keeps Meta's notices of flows that are known, all or none, and resolves when they are on disk. A known id is the same
   * again. In whatever order they come, the newest by its own time decides what holds, and which status a flow has; one of a
   * day that is not yet, or longer ago than figures are kept, would decide that for ever and is not kept.
   */
  recordAlerts(notices: readonly AlertNotice[]): Promise<RecordedAlerts>;
  readMilliseconds(request: MilliRequest): Promise<MilliSeries>;
  /** Newest first, at most 100. */
  readAlerts(flowId: string): Promise<readonly MeterAlert[]>;
  /** Resolves when it is on disk; the same text at the same time of the same flow is the same mark. Refuses unknown flows. */
  addMark(mark: NewMark): Promise<AddedMark>;
  /** Newest first; those of a flow and those of all flows, or without a flow every one. */
  readMarks(flowId?: string): Promise<readonly MeterMark[]>;
  /** False where there is none of that id. */
  removeMark(id: string): Promise<boolean>;
  state(): StoreStats;
  /** Waits for what was handed over, then lets go of the file. What comes later is rejected with `closed`. */
  close(): Promise<void>;
}

export type MeterErrorKind =
  /** This Node has no SQLite. */
  | 'node'
  /** The file was written by a newer Flowmeter. */
  | 'newer'
  /** The file is another program's database, or none at all. */
  | 'foreign'
  /** The file cannot be opened or made: no such folder, no permission. */
  | 'unusable'
  /** The disk is full, or the folder cannot be written to. */
  | 'notWritable'
  /** Another process holds the file, or more events wait than may. */
  | 'busy'
  /** An event or a mark cannot be taken; `index` tells which event. */
  | 'refused'
  /** A counter has grown beyond what a number tells exactly, or beyond what the file can hold. */
  | 'tooLarge'
  | 'closed'
  | 'failed';

/** Why the store did not do something; the message is for a person and names the file where it is about one. */
export class MeterError extends Error {
  override readonly name = 'MeterError';

  constructor(
    readonly kind: MeterErrorKind,
    message: string,
    /** Position of the refused event in what was handed over. */
    readonly index?: number,
  ) {
    super(message);
  }
}
