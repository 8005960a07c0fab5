/**
 * The store, with an eye on what it takes in: recorder, checks and events of others all come by here. It may still be
 * opening; whatever is asked then waits for that.
 */
import type { MeterEvent } from '../contract/event';
import type { AlertNotice, MeterAlert } from '../contract/alert';
import type { MilliSeries } from '../contract/latency';
import type { MetricSeries } from '../contract/metric';
import { meterBusinessAccount } from '../store/businessAccount';
import type { StoredFlow, StoreStats, MeterStore, MilliRequest, Recorded, RecordedAlerts } from '../store/meterStore';
import type {
  BusinessAccountRecord,
  FlowRange,
  FlowNode,
  FlowStretch,
  SeriesRequest,
  StoreSpan,
} from '../store/metricStore';
import type { EventCounts } from './eventCounts';

export class TalliedStore implements MeterStore {
  readonly kind = 'meter';
  readonly businessAccount: BusinessAccountRecord;
  private opened: MeterStore | undefined;

  constructor(
    private readonly store: Promise<MeterStore>,
    readonly zone: string,
    private readonly file: string,
    private readonly counts: EventCounts,
  ) {
    this.businessAccount = meterBusinessAccount(zone);
    store.then(
      (opened) => (this.opened = opened),
      () => undefined,
    );
  }

  async record(events: readonly MeterEvent[]): Promise<Recorded> {
    const recorded = await (await this.store).record(events);
    // Who sends the same again has not seen the first answer; what is new among it cannot be told, nor does it matter.
    if (recorded.accepted > 0) this.counts.take(events);
    return recorded;
  }

  async declareFlows(flows: readonly StoredFlow[]): Promise<void> {
    return (await this.store).declareFlows(flows);
  }

  async putFlow(flow: StoredFlow): Promise<void> {
    // Windows are told of what Meta says, not of names and addresses, which come from this computer's settings.
    await (await this.store).putFlow(flow);
  }

  async recordAlerts(notices: readonly AlertNotice[]): Promise<RecordedAlerts> {
    const recorded = await (await this.store).recordAlerts(notices);
    for (const flowId of recorded.changedFlows) this.counts.notified(flowId);
    return recorded;
  }

  async readMilliseconds(request: MilliRequest): Promise<MilliSeries> {
    return (await this.store).readMilliseconds(request);
  }

  async readAlerts(flowId: string): Promise<readonly MeterAlert[]> {
    return (await this.store).readAlerts(flowId);
  }

  state(): StoreStats {
    return this.opened?.state() ?? { file: this.file, recorded: 0, duplicates: 0, setAside: [], notices: [] };
  }

  async close(): Promise<void> {
    return (await this.store).close();
  }

  async listFlows(range: FlowRange): Promise<FlowStretch | undefined> {
    return (await this.store).listFlows(range);
  }

  async readFlow(flowId: string): Promise<FlowNode | undefined> {
    return (await this.store).readFlow(flowId);
  }

  async firstStoredDay(flowId: string): Promise<string | undefined> {
    return (await this.store).firstStoredDay(flowId);
  }

  async countRequests(flowId: string, span: StoreSpan): Promise<number> {
    return (await this.store).countRequests(flowId, span);
  }

  async readSeries(request: SeriesRequest): Promise<MetricSeries> {
    return (await this.store).readSeries(request);
  }
}
