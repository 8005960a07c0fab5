/** Where those who measure leave their events: never waits, never throws, and tells what it had to drop. */
import type { MeterEvent } from './event';

export interface EventSink {
  /** Takes the event for writing; where there is no room left it counts as lost. */
  push(event: MeterEvent): void;
  /** Events that were dropped since the start. */
  readonly losses: number;
}
