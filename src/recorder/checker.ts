/** Availability checks: each flow's endpoint is pinged again and again, and what was found goes to the store. */
import type { KeyObject } from 'node:crypto';
import { type MeterEvent, type EventSink, createEventIds } from '../contract/event';
import { answerLimitMs } from '../contract/endpoint';
import { pingEndpoint, type PingOptions } from './ping/pingEndpoint';
import type { PingReport } from './ping/pingReport';
import { systemClock, type SchedulingClock } from '../util/clock';
import { defined } from '../util/defined';

export interface CheckedFlow {
  readonly id: string;
  /** The endpoint itself: a check does not go through the recorder and is not counted as a request. */
  readonly upstream: string;
  readonly publicKey: KeyObject;
  readonly appSecret?: string;
}

export interface CheckerOptions {
  readonly flows: readonly CheckedFlow[];
  readonly sink: EventSink;
  /** Milliseconds from one check's begin to the next, give or take a tenth; 60 s unless told otherwise. */
  readonly intervalMs?: number;
  /** Told after every check, for logs and tests. */
  readonly onReport?: (flowId: string, report: PingReport) => void;
  /** Told of what the sink or `onReport` throws, which keeps no check from its turn. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: CheckerClock;
  /** For tests; the real ping unless told otherwise. */
  readonly ping?: (options: PingOptions) => Promise<PingReport>;
  /** From 0 to below 1; chance unless told otherwise. */
  readonly random?: () => number;
}

export type CheckerClock = Required<SchedulingClock>;

const defaultIntervalMs = 60_000;
/** The first checks of many flows are spread over a tenth of the interval, and every further one moves by as much. */
const jitter = 0.1;
/** A ping ends by itself within Meta's ten seconds; one that has not by then is given up, so that the next has its turn. */
const pingLimitMs = answerLimitMs + 5_000;

const checkerClock: CheckerClock = { ...systemClock, elapsed: () => performance.now() };

/** A flow's next check is planned when the last one has ended, so that two never run at once. */
interface Schedule {
  flow: CheckedFlow;
  stop: () => void;
}

export class Checker {
  private readonly schedules = new Map<string, Schedule>();
  private readonly nextId = createEventIds();
  private readonly clock: CheckerClock;
  private readonly intervalMs: number;
  private readonly random: () => number;

  constructor(private readonly options: CheckerOptions) {
    const { intervalMs = defaultIntervalMs, clock = checkerClock, random = Math.random } = options;
    this.intervalMs = intervalMs;
    this.clock = clock;
    this.random = random;
    this.setFlows(options.flows);
  }

  /** Replaces the flows: new ones are checked soon, those that stay keep their rhythm, others are no longer checked. */
  setFlows(flows: readonly CheckedFlow[]): void {
    const wanted = new Set(flows.map(({ id }) => id));
    for (const [id, { stop }] of this.schedules) {
      if (wanted.has(id)) continue;
      stop();
      this.schedules.delete(id);
    }
    for (const flow of flows) {
      const schedule = this.schedules.get(flow.id);
      if (schedule) schedule.flow = flow;
      else this.begin(flow);
    }
  }

  /** Ends all checks; one that is running is cancelled and not counted. */
  close(): void {
    this.setFlows([]);
  }

  private begin(flow: CheckedFlow): void {
    const schedule: Schedule = { flow, stop: () => undefined };
    this.schedules.set(flow.id, schedule);
    this.plan(schedule, this.random() * jitter * this.intervalMs);
  }

  private plan(schedule: Schedule, delay: number): void {
    schedule.stop = this.clock.after(delay, () => void this.check(schedule));
  }

  private async check(schedule: Schedule): Promise<void> {
    const { flow } = schedule;
    const time = this.clock.now();
    const began = this.clock.elapsed();
    const ending = new AbortController();
    schedule.stop = () => ending.abort();
    const report = await this.pingInTime(flow, ending);
    // It was cancelled, and perhaps another schedule of the same flow has begun.
    if (this.schedules.get(flow.id) !== schedule) return;
    // Before anything else that may fail: whatever becomes of this check, there is a next one.
    const period = this.intervalMs * (1 - jitter + 2 * jitter * this.random());
    this.plan(schedule, Math.max(0, began + period - this.clock.elapsed()));
    this.guarded(() => this.options.sink.push(this.eventOf(flow.id, time, report)));
    this.guarded(() => this.options.onReport?.(flow.id, report));
  }

  private eventOf(flowId: string, time: number, { failure }: PingReport): MeterEvent {
    const event = { id: this.nextId(), flowId, time };
    return failure
      ? { ...event, outcome: 'check_failed', reason: failure.text }
      : { ...event, outcome: 'check_succeeded' };
  }

  /** Always comes to an end, and never rejects, whatever the ping does. */
  private pingInTime(flow: CheckedFlow, ending: AbortController): Promise<PingReport> {
    const { upstream: url, publicKey, appSecret } = flow;
    const { ping = pingEndpoint } = this.options;
    return new Promise((resolve) => {
      const cancelTimer = this.clock.after(pingLimitMs, () => {
        resolve(failed(url, `The check did not end within ${pingLimitMs / 1_000} s, and was given up.`));
        ending.abort();
      });
      const settle = (report: PingReport): void => {
        cancelTimer();
        resolve(report);
      };
      // In a promise of its own, so that what is thrown at once is caught too.
      Promise.resolve()
        .then(() => ping({ url, publicKey, ...defined({ appSecret }), signal: ending.signal }))
        .then(settle, (error: unknown) =>
          settle(failed(url, error instanceof Error ? error.message : 'The check could not be made.')),
        );
      ending.signal.addEventListener('abort', () => settle(failed(url, 'The ping was cancelled.')), { once: true });
    });
  }

  private guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      try {
        this.options.onError?.(error);
      } catch {
        // The listener that would report it is the one that fails.
      }
    }
  }
}

/** A ping that could not even be tried counts as failed: the flow cannot be reached as it is set up. */
function failed(url: string, text: string): PingReport {
  return {
    url,
    steps: [],
    totalMilliseconds: 0,
    failure: { reason: 'noAnswer', step: 'request', text: text.slice(0, 200) },
  };
}
