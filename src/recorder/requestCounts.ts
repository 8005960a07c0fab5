/** The outcomes of the requests that a recorder took: events for the sink, and sums since the start. */
import { answerLimitMs, callerPatienceMs, classifyAnswer } from '../contract/endpoint';
import { type EventOutcome, type EventSink, createEventIds } from '../contract/event';
import { errorKeys, type ErrorKey } from '../contract/metric';
import type { ForwardResult } from './forwardResult';
import type { UncountedLog } from './uncountedLog';

export class RequestCounts {
  private served = 0;
  private callersGone = 0;
  private readonly errors = Object.fromEntries(errorKeys.map((key) => [key, 0])) as Record<ErrorKey, number>;
  private readonly nextId = createEventIds();

  constructor(
    private readonly sink: EventSink,
    private readonly uncounted: UncountedLog,
  ) {}

  /** `time` is when the request came, in epoch milliseconds. */
  count(flowId: string, time: number, milliseconds: number, result: ForwardResult): void {
    const outcome = outcomeOf(result, milliseconds);
    if (outcome === undefined) return this.countNoRequest(result);
    if (outcome === 'success') this.served++;
    else this.errors[outcome as ErrorKey]++;
    this.sink.push({ id: this.nextId(), flowId, time, outcome, ...(outcome === 'success' ? { milliseconds } : {}) });
  }

  state(): {
    readonly requests: number;
    readonly served: number;
    readonly errors: Readonly<Record<ErrorKey, number>>;
    readonly callersGone: number;
  } {
    const { served, callersGone, errors } = this;
    const requests = served + errorKeys.reduce((sum, key) => sum + errors[key], 0);
    return { requests, served, errors: { ...errors }, callersGone };
  }

  private countNoRequest(result: ForwardResult): void {
    if (result.kind === 'callerGone') this.callersGone++;
    else if (result.kind === 'refused') this.uncounted.add('unusable', result.why);
    else if (result.kind === 'outOfResources') this.uncounted.add('outOfResources', result.reason);
    else if (result.kind === 'crossed') this.uncounted.add('crossed');
    // One that went in a circle was counted where it was refused.
  }
}

/** How a request counts; undefined where it does not. */
function outcomeOf(result: ForwardResult, milliseconds: number): EventOutcome | undefined {
  switch (result.kind) {
    case 'answered':
      return classifyAnswer(result.status, milliseconds);
    case 'noAnswer':
      // Meta had stopped waiting by then.
      return milliseconds > answerLimitMs ? 'timeout_error' : 'no_http_response_error';
    case 'timedOut':
      return 'timeout_error';
    case 'callerGone':
      return result.isEndpointsTurn && milliseconds >= callerPatienceMs ? 'timeout_error' : undefined;
    case 'refused':
    case 'circular':
    case 'crossed':
    case 'outOfResources':
      return undefined;
  }
}
