/** The client of the Metrics API as the rest of Flowmeter sees it. */
import type { MeterAlert } from './alert';
import type { MetricsError } from './errors';
import type { MeterMark } from './mark';
import type { Flow } from './flow';
import type { LatencyQuery, MilliSeries } from './latency';
import type { MetricSeries } from './metric';
import type { MetricQuery } from './query';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MetricsError };

/** A server's answer at `/flowmeter`; Meta answers an error there, which means Meta's rules. */
export interface ServerInfo {
  /** Version of the Flowmeter server; absent at Meta. */
  readonly version?: string;
  /** The zone in which days are cut. */
  readonly zone: string;
  /** `demo`, `meter` or `meta`. */
  readonly store: string;
  /** Fewer requests than this in the asked period are answered with 139006. */
  readonly minRequests: number;
  /** The server's clock, where it stands still (demo data with a fixed clock); epoch milliseconds. */
  readonly clock?: number;
}

export interface MetricAnswer {
  readonly query: MetricQuery;
  readonly result: Result<MetricSeries>;
}

export interface FlowListing {
  readonly flows: readonly Flow[];
  /** Flow ids that were asked for one by one and could not be read, with the reason. */
  readonly failures: readonly { readonly id: string; readonly error: MetricsError }[];
  /** The account has more flows than these so many first ones of its list; absent where it has not. */
  readonly limitedTo?: number;
}

export interface MetricsClient {
  /** Never rejects: what the server does not tell is Meta's rule. */
  serverInfo(signal?: AbortSignal): Promise<ServerInfo>;
  /** All flows of the account, following cursors to the end; rejects with a `MetricsError` when the list is refused. */
  listFlows(signal?: AbortSignal): Promise<FlowListing>;
  /**
   * Calls back once for each query, with its answer or its failure, in the order in which they come. Resolves after the
   * last one; never rejects.
   */
  fetch(queries: readonly MetricQuery[], onAnswer: (answer: MetricAnswer) => void, signal?: AbortSignal): Promise<void>;
  /** Percentiles in milliseconds, which only a meter has; rejects with a `MetricsError`. */
  readMilliseconds(query: LatencyQuery, signal?: AbortSignal): Promise<MilliSeries>;
  /** Alerts that a meter received of the flow, newest first; rejects with a `MetricsError`. */
  readAlerts(flowId: string, signal?: AbortSignal): Promise<readonly MeterAlert[]>;
  /** Marks that a meter keeps of the flow and of all flows, newest first; rejects with a `MetricsError`. */
  readMarks(flowId: string, signal?: AbortSignal): Promise<readonly MeterMark[]>;
  /** Resolves where the mark is gone from the meter, whoever removed it; rejects with a `MetricsError`. */
  removeMark(id: string, signal?: AbortSignal): Promise<void>;
  /** Tries the token with one small request; rejects with a `MetricsError`. */
  probe(signal?: AbortSignal): Promise<void>;
  /** The API version that really answered last (`facebook-api-version`), where one was named. */
  readonly servedVersion: string | undefined;
  /** The share of the server's limit that is used up, in percent, where calls go out one by one for that; else undefined. */
  readonly slowedAt?: number | undefined;
  /** Ends kept-alive connections and cancels what is in flight. */
  dispose(): void;
}
