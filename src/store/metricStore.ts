/** The interface of every store, of demo data and of measurements. */
import type { CalendarDate } from '../contract/calendar';
import type { Granularity, MetricName, MetricSeries } from '../contract/metric';

/** A flow as the Flows API shows it. */
export interface FlowNode {
  readonly id: string;
  /** Its documented fields as far as they are known, by their name on the wire; `metric` is none of them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The business account that owns all flows of a store. */
export interface BusinessAccountRecord {
  readonly id: string;
  /** As of a flow. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A stretch of the list of flows: those after a flow or, backwards, those right before it. */
export interface FlowRange {
  readonly limit: number;
  readonly backwards?: boolean;
  /** The flow, which is not in the stretch itself; left out, the list's begin or, backwards, its end. */
  readonly from?: string;
}

/** The flows of a range in the order of the list, also where it was read backwards. */
export interface StoredFlowPage {
  readonly flows: readonly FlowNode[];
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

/** Intervals that begin at `begin` or later and before `end`, in epoch milliseconds. */
export interface StoreSpan {
  readonly begin: number;
  readonly end: number;
}

export interface SeriesRequest {
  readonly flowId: string;
  readonly metric: MetricName;
  readonly granularity: Granularity;
  readonly span: StoreSpan;
}

export interface MetricStore {
  /** The store's name at `/flowmeter`: `demo`, `meter`. */
  readonly kind: string;
  /** Where days are cut. An hour belongs to the day in which it begins. */
  readonly zone: string;
  readonly businessAccount: BusinessAccountRecord;
  /** A stretch of the flows, which have a stable order; undefined where there is no flow `from`. Costs what it holds. */
  listFlows(range: FlowRange): Promise<StoredFlowPage | undefined>;
  readFlow(flowId: string): Promise<FlowNode | undefined>;
  /** The first day with stored figures, or undefined where there are none. */
  firstStoredDay(flowId: string): Promise<CalendarDate | undefined>;
  /** Requests in the span: what the rule of too little data counts. */
  countRequests(flowId: string, span: StoreSpan): Promise<number>;
  /**
   * The figures of the span, the running interval included. An interval that was not measured is absent; one in which
   * nothing happened is there with zeros (a rate: NaN). LIFETIME is at most one point, stamped with the span's begin.
   */
  readSeries(request: SeriesRequest): Promise<MetricSeries>;
}

/** A range of a list that is in memory. */
export function pageOf(
  list: readonly FlowNode[],
  { limit, backwards = false, from }: FlowRange,
): StoredFlowPage | undefined {
  const at = from === undefined ? undefined : list.findIndex(({ id }) => id === from);
  if (at === -1) return undefined;
  const end = backwards ? (at ?? list.length) : Math.min(list.length, (at ?? -1) + 1 + limit);
  const begin = backwards ? Math.max(0, end - limit) : (at ?? -1) + 1;
  return { flows: list.slice(begin, end), hasEarlier: begin > 0, hasLater: end < list.length };
}
