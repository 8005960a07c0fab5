/** The one door behind which figures lie: demo data now, measurements later. */
import type { CalendarDate } from '../contract/calendar';
import type { Granularity, MetricName, MetricSeries } from '../contract/metric';

/** A flow as the Flows API shows it. */
export interface FlowRecord {
  readonly id: string;
  /** Every field that may be asked, by its name on the wire; `metric` is none of them. */
  readonly fields: Readonly<Record<string, unknown>>;
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
  /** What `/flowmeter` calls it: `demo`, `meter`. */
  readonly kind: string;
  /** Where days are cut. An hour belongs to the day in which it begins. */
  readonly zone: string;
  /** The flows of a business account in a stable order, or undefined where there is no such account. */
  listFlows(businessAccountId: string): Promise<readonly FlowRecord[] | undefined>;
  readFlow(flowId: string): Promise<FlowRecord | undefined>;
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
