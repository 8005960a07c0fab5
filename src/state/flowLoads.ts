import type { WindowPlan } from '../domain/windows';
import { type MetricName, type MetricSeries, metricNames } from '../contract/metric';
import { type Loadable, idle, settled, withoutError } from './loadable';
import type { Flow } from '../contract/flow';
import type { MetricsError } from '../contract/errors';
import type { MeterAlert } from '../contract/alert';
import type { SeriesByMetric } from '../domain/model';
import type { MetricAnswer } from '../contract/client';

/** The loads of a flow's row: one plan, one loadable for each metric that was read. */
export interface FlowLoads {
  readonly plan: WindowPlan;
  readonly loads: Partial<Readonly<Record<MetricName, Loadable<MetricSeries>>>>;
}

/** All that is known of a flow. */
export interface FlowRecord {
  readonly flow: Flow;
  readonly reading?: FlowLoads;
  /** Why the flow itself could not be read, where it is known by its id only. */
  readonly listingError?: MetricsError;
  /** Alerts of Meta's webhooks, newest first; from a meter. */
  readonly alerts?: readonly MeterAlert[];
  /** When it was read last, whatever the outcome. */
  readonly attemptedAt?: number;
}

/** True where something is known: a value, or that there are too few data for one. */
export function isAnswered({ value, tooLittleAt }: Loadable<unknown>): boolean {
  return value !== undefined || tooLittleAt !== undefined;
}

/** When the record's newest answer came; never is -Infinity. */
export function answeredAt({ reading }: FlowRecord): number {
  const times = Object.values(reading?.loads ?? {}).map((load) => load.fetchedAt ?? load.tooLittleAt ?? -Infinity);
  return Math.max(...times);
}

/** The good values of a reading. */
export function knownSeriesOf(reading: Pick<FlowLoads, 'loads'> | undefined): SeriesByMetric {
  const series: Partial<Record<MetricName, MetricSeries>> = {};
  for (const metric of metricNames) {
    const value = reading?.loads[metric]?.value;
    if (value) series[metric] = value;
  }
  return series;
}

/** Too little data is an answer: older figures would contradict it. */
export function isAnswer(result: MetricAnswer['result']): boolean {
  return result.ok || result.error.kind === 'notEnoughData';
}

export function nextReading(
  previous: FlowLoads | undefined,
  plan: WindowPlan,
  answers: readonly MetricAnswer[],
  at: number,
): FlowLoads {
  const lastGood = previous !== undefined && Object.values(previous.loads).some(isAnswered);
  // A run that brought nothing leaves the figures of another window in place rather than an empty row.
  const kept = lastGood && !answers.some(({ result }) => isAnswer(result)) ? previous.plan : plan;
  const base = previous?.plan.window === kept.window ? previous.loads : {};
  const loads: Partial<Record<MetricName, Loadable<MetricSeries>>> = {};
  for (const { query, result } of answers) {
    const last = base[query.metric] ?? idle;
    loads[query.metric] = settled(isAnswer(result) ? idle : last, result, at);
  }
  return { plan: kept, loads };
}

export function withoutRefusals<L extends FlowLoads['loads']>(loads: L): L {
  const entries = Object.entries(loads).map(([metric, load]) => {
    return [metric, load.error?.kind === 'auth' ? withoutError(load) : load] as const;
  });
  return Object.fromEntries(entries) as L;
}

/** The flow as it was listed last, with the reading that was answered last. */
export function newerRecord(a: FlowRecord | undefined, b: FlowRecord | undefined, flow: Flow): FlowRecord {
  const newer = a && b ? (answeredAt(b) > answeredAt(a) ? b : a) : (a ?? b);
  return { ...newer, flow };
}
