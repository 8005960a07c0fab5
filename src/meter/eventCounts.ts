/** What the meter has taken in since it started, for the windows that watch it. */
import type { MeterEvent } from '../contract/event';
import type { FlowReport } from '../domain/meterState';
import { defined } from '../util/defined';

interface FlowCounts {
  requests: number;
  lastEventAt?: number;
  check?: NonNullable<FlowReport['check']>;
}

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

  /** Makes the flow known before anything came for it. */
  add(flowId: string): void {
    this.of(flowId);
  }

  take(events: readonly MeterEvent[]): void {
    const at = Date.now();
    for (const { flowId, outcome, time, reason } of events) {
      const flow = this.of(flowId);
      flow.lastEventAt = at;
      if (outcome === 'check_succeeded' || outcome === 'check_failed') {
        // A later one that lies ahead is of the time before the computer's clock was set back.
        if (flow.check && flow.check.at > time && flow.check.at <= at) continue;
        flow.check = { at: time, ok: outcome === 'check_succeeded', ...defined({ reason }) };
      } else {
        flow.requests++;
        this.sum++;
      }
    }
    this.onChange();
  }

  /** An alert about the flow, or its new status, is stored. */
  notified(flowId: string): void {
    const flow = this.of(flowId);
    // Alert and status often come within one millisecond; windows know news by another time.
    flow.lastEventAt = Math.max(Date.now(), (flow.lastEventAt ?? 0) + 1);
    this.onChange();
  }

  private of(flowId: string): FlowCounts {
    const known = this.byFlow.get(flowId);
    if (known) return known;
    const flow: FlowCounts = { requests: 0 };
    this.byFlow.set(flowId, flow);
    return flow;
  }
}
