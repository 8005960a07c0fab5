/** Availability checks: each flow's endpoint is pinged again and again, and what was found goes to the store. */
import type { KeyObject } from 'node:crypto';
import { eventIds } from '../contract/eventIds';
import type { EventSink } from '../contract/eventSink';
import { pingEndpoint, type PingOptions } from './ping/pingEndpoint';
import type { PingReport } from './ping/pingReport';

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
  readonly clock?: CheckerClock;
  /** For tests; the real ping unless told otherwise. */
  readonly ping?: (options: PingOptions) => Promise<PingReport>;
  /** From 0 to below 1; chance unless told otherwise. */
  readonly random?: () => number;
}

export interface CheckerClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once; the function that is returned calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export interface Checker {
  /** Replaces the flows: new ones are checked soon, those that stay keep their rhythm, others are no longer checked. */
  setFlows(flows: readonly CheckedFlow[]): void;
  /** Ends all checks; one that is running is called off and not counted. */
  close(): void;
}

const defaultIntervalMs = 60_000;
/** The first checks of many flows are spread over a tenth of the interval, and every further one moves by as much. */
const jitter = 0.1;

const systemClock: CheckerClock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** One flow's rhythm: its next check is planned when the last one has ended, so that two never run at once. */
interface Rhythm {
  flow: CheckedFlow;
  stop: () => void;
}

export function startChecker(options: CheckerOptions): Checker {
  const { sink, intervalMs = defaultIntervalMs, clock = systemClock, onReport, random = Math.random } = options;
  const ping = options.ping ?? pingEndpoint;
  const nextId = eventIds();
  const rhythms = new Map<string, Rhythm>();

  const begin = (flow: CheckedFlow): void => {
    const rhythm: Rhythm = { flow, stop: () => undefined };
    rhythms.set(flow.id, rhythm);
    plan(rhythm, random() * jitter * intervalMs);
  };

  const plan = (rhythm: Rhythm, delay: number): void => {
    rhythm.stop = clock.after(delay, () => void check(rhythm));
  };

  const check = async (rhythm: Rhythm): Promise<void> => {
    const { flow } = rhythm;
    const time = clock.now();
    const calledOff = new AbortController();
    rhythm.stop = () => calledOff.abort();
    const report = await ping({
      url: flow.upstream,
      publicKey: flow.publicKey,
      ...(flow.appSecret === undefined ? {} : { appSecret: flow.appSecret }),
      signal: calledOff.signal,
    }).catch((error: unknown) => unexpected(flow.upstream, error));
    if (calledOff.signal.aborted) return;
    const { failure } = report;
    const event = { id: nextId(), flowId: flow.id, time };
    sink.push(
      failure ? { ...event, outcome: 'check_failed', reason: failure.text } : { ...event, outcome: 'check_succeeded' },
    );
    onReport?.(flow.id, report);
    const period = intervalMs * (1 - jitter + 2 * jitter * random());
    plan(rhythm, Math.max(0, time + period - clock.now()));
  };

  const setFlows = (flows: readonly CheckedFlow[]): void => {
    const wanted = new Set(flows.map(({ id }) => id));
    for (const [id, { stop }] of rhythms) {
      if (wanted.has(id)) continue;
      stop();
      rhythms.delete(id);
    }
    for (const flow of flows) {
      const rhythm = rhythms.get(flow.id);
      if (rhythm) rhythm.flow = flow;
      else begin(flow);
    }
  };

  setFlows(options.flows);
  return { setFlows, close: () => setFlows([]) };
}

/** A ping that could not even be tried counts as failed: the flow cannot be reached as it is set up. */
function unexpected(url: string, error: unknown): PingReport {
  const text = (error as Error).message.slice(0, 200);
  return { url, steps: [], totalMilliseconds: 0, failure: { reason: 'noAnswer', step: 'request', text } };
}
