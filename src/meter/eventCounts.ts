import type { MeterEvent } from '../contract/event';
import type { FlowReport } from '../domain/meterState';
import { defined } from '../util/defined';

interface FlowCounts {
  requests: number;
  revision: number;
  check?: NonNullable<FlowReport['check']>;
}

/** Counts of the meter's recordings since it started, for the windows that watch it. */
export class EventCounts {
  private readonly byFlow = new Map<string, FlowCounts>();
  private sum = 0;
  /** Called after each change. */
  onChange: () => void = () => undefined;

  /** Requests of all flows. */
  get requests(): number {
    return this.sum;
  }

  get flows(): readonly FlowReport[] {
    return [...this.byFlow].map(([id, flow]) => ({ id, ...flow }));
  }

  /** Lists the flow before anything is recorded of it. */
  add(flowId: string): void {
    this.of(flowId);
  }

  takeEvents(events: readonly MeterEvent[]): void {
    const now = Date.now();
    for (const { flowId, outcome, time, reason } of events) {
      const flow = this.of(flowId);
      flow.revision++;
      if (outcome === 'check_succeeded' || outcome === 'check_failed') {
        // A later one that lies ahead is of the time before the computer's clock was set back.
        if (flow.check && flow.check.at > time && flow.check.at <= now) continue;
        flow.check = { at: time, ok: outcome === 'check_succeeded', ...defined({ reason }) };
      } else {
        flow.requests++;
        this.sum++;
      }
    }
    this.onChange();
  }

  /** Takes the flows of which an alert or a status is new. */
  takeAlerts(flowIds: readonly string[]): void {
    for (const flowId of flowIds) this.of(flowId).revision++;
    this.onChange();
  }

  private of(flowId: string): FlowCounts {
    let flow = this.byFlow.get(flowId);
    if (!flow) this.byFlow.set(flowId, (flow = { requests: 0, revision: 0 }));
    return flow;
  }
}
