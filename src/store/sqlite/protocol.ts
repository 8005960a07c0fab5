/** What the two sides of the store say to each other: requests are numbered, each is answered once. */
import type { AlertNotice, MeterAlert } from '../../contract/alert';
import type { CalendarDate } from '../../contract/calendar';
import type { MilliSeries } from '../../contract/latency';
import type { MetricSeries } from '../../contract/metric';
import type { FlowRange, FlowNode, FlowStretch, SeriesRequest, StoreSpan } from '../metricStore';
import type { RetentionTimes } from './retention';
import type { MeterErrorKind, StoredFlow, MilliRequest, RecordedAlerts } from '../meterStore';
import type { PackedEvents } from '../packedEvents';

/** What the worker is started with. */
export interface WorkerStart {
  readonly file: string;
  readonly zone: string;
  readonly maxFlows: number;
}

/** Every operation: what it takes and what it gives. */
export interface Operations {
  /** Opens the file, or makes it; begins it anew where it was moved away. */
  open: { readonly takes: undefined; readonly gives: undefined };
  /** Gives for each event whether it counts (1) or is known (0). `seen` is the present by which ids grow old. */
  commit: { readonly takes: { readonly events: PackedEvents; readonly seen: number }; readonly gives: Uint8Array };
  declareFlows: { readonly takes: readonly StoredFlow[]; readonly gives: undefined };
  putFlow: { readonly takes: StoredFlow; readonly gives: undefined };
  recordAlerts: { readonly takes: readonly AlertNotice[]; readonly gives: RecordedAlerts };
  listFlows: { readonly takes: FlowRange; readonly gives: FlowStretch | undefined };
  readFlow: { readonly takes: string; readonly gives: FlowNode | undefined };
  firstStoredDay: { readonly takes: string; readonly gives: CalendarDate | undefined };
  countRequests: { readonly takes: { readonly flowId: string; readonly span: StoreSpan }; readonly gives: number };
  readSeries: { readonly takes: SeriesRequest; readonly gives: MetricSeries };
  readMilliseconds: { readonly takes: MilliRequest; readonly gives: MilliSeries };
  readAlerts: { readonly takes: string; readonly gives: readonly MeterAlert[] };
  /** Gives whether there is more to do at once. */
  keepHouse: { readonly takes: RetentionTimes; readonly gives: boolean };
  /** Writes a whole copy of the file, which others may be using, to `to` by way of `draft`; gives its size in bytes. */
  backUp: { readonly takes: { readonly to: string; readonly draft: string }; readonly gives: number };
  close: { readonly takes: undefined; readonly gives: undefined };
}

export type OperationName = keyof Operations;

export interface WorkerRequest {
  readonly id: number;
  readonly name: OperationName;
  readonly input: unknown;
}

export type WorkerMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly kind: MeterErrorKind;
      readonly message: string;
      readonly index: number | undefined;
    }
  /** A damaged file was moved to that place. */
  | { readonly setAside: string }
  /** What a person should know of the file. */
  | { readonly notice: string };
