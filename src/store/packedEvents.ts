/** Events in columns: a list of objects would cost more to hand to another thread than to write. */
import { eventOutcomes, type EventOutcome, type MeterEvent } from '../contract/event';

export interface PackedEvents {
  readonly count: number;
  /** Ids, one to a line. */
  readonly ids: string;
  /** Flow ids that occur. */
  readonly flows: readonly string[];
  /** Place of each event's flow in `flows`. */
  readonly flowAt: Uint32Array;
  readonly times: Float64Array;
  /** Place of each event's outcome in `eventOutcomes`. */
  readonly outcomes: Uint8Array;
  readonly milliseconds: Float64Array;
  /** Reasons of failed checks by the event's place. */
  readonly reasons: ReadonlyMap<number, string>;
}

const outcomeAt = new Map<EventOutcome, number>(eventOutcomes.map((outcome, i) => [outcome, i]));

export function packEvents(lists: readonly (readonly MeterEvent[])[]): PackedEvents {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  const flowAt = new Uint32Array(count);
  const times = new Float64Array(count);
  const outcomes = new Uint8Array(count);
  const milliseconds = new Float64Array(count);
  const reasons = new Map<number, string>();
  const places = new Map<string, number>();
  const ids: string[] = [];
  let at = 0;
  for (const events of lists) {
    for (const event of events) {
      let place = places.get(event.flowId);
      if (place === undefined) places.set(event.flowId, (place = places.size));
      ids.push(event.id);
      flowAt[at] = place;
      times[at] = event.time;
      outcomes[at] = outcomeAt.get(event.outcome)!;
      milliseconds[at] = event.milliseconds ?? 0;
      if (event.reason !== undefined) reasons.set(at, event.reason);
      at++;
    }
  }
  return { count, ids: ids.join('\n'), flows: [...places.keys()], flowAt, times, outcomes, milliseconds, reasons };
}
