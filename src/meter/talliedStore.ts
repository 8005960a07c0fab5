/** The store, with an eye on what it takes in: recorder, checks and events of others all come by here. */
import type { MeterEvent } from '../contract/event';
import type { MeterAlert } from '../contract/alert';
import type { MilliSeries } from '../contract/latency';
import type { MetricSeries } from '../contract/metric';
import type { MeterFlow, MeterState, MeterStore, MilliRequest, Recorded } from '../server/meter/meterStore';
import type { FlowRecord, SeriesRequest, StoreSpan } from '../server/store';
import type { Tally } from './tally';

export class TalliedStore implements MeterStore {
  constructor(
    private readonly store: MeterStore,
    private readonly tally: Tally,
  ) {}

  get kind(): string {
    return this.store.kind;
  }

  get zone(): string {
    return this.store.zone;
  }

  async record(events: readonly MeterEvent[]): Promise<Recorded> {
    const recorded = await this.store.record(events);
    // Who sends the same again has not seen the first answer; what is new among it cannot be told, nor does it matter.
    if (recorded.accepted > 0) this.tally.take(events);
    return recorded;
  }

  putFlow(flow: MeterFlow): Promise<void> {
    return this.store.putFlow(flow);
  }

  recordAlert(alert: MeterAlert): Promise<void> {
    return this.store.recordAlert(alert);
  }

  readMilliseconds(request: MilliRequest): Promise<MilliSeries> {
    return this.store.readMilliseconds(request);
  }

  readAlerts(flowId: string): Promise<readonly MeterAlert[]> {
    return this.store.readAlerts(flowId);
  }

  state(): MeterState {
    return this.store.state();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  listFlows(businessAccountId: string): Promise<readonly FlowRecord[] | undefined> {
    return this.store.listFlows(businessAccountId);
  }

  readFlow(flowId: string): Promise<FlowRecord | undefined> {
    return this.store.readFlow(flowId);
  }

  firstStoredDay(flowId: string): Promise<string | undefined> {
    return this.store.firstStoredDay(flowId);
  }

  countRequests(flowId: string, span: StoreSpan): Promise<number> {
    return this.store.countRequests(flowId, span);
  }

  readSeries(request: SeriesRequest): Promise<MetricSeries> {
    return this.store.readSeries(request);
  }
}
