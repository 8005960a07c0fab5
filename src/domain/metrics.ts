/** The numeric side of each metric: unit, direction, limits, figure, sample. Its words: presentation/metricTable. */
import type { MetricName } from '../contract/metric';
import type { LevelLimits, PeriodTotals, Thresholds } from './model';

export interface MetricRules {
  readonly name: MetricName;
  /** The unit of `value`. */
  readonly unit: 'requests' | 'ratio' | 'bucket';
  readonly direction: 'lowerIsBetter' | 'higherIsBetter' | 'neutral';
  /** The limits that judge it; undefined for counts, which are never judged. */
  limits(thresholds: Thresholds): LevelLimits | undefined;
  /** A limit (percent or seconds) in the unit of `value`. */
  limitValue(limit: number): number;
  /** The period's figure; undefined where it is unknown. */
  value(totals: PeriodTotals): number | undefined;
  /** On how many requests or checks the figure stands. */
  sample(totals: PeriodTotals): number;
  /** From how many on it is judged. */
  readonly minimum: number;
}

const counted = {
  unit: 'requests',
  limits: () => undefined,
  limitValue: (limit) => limit,
  sample: (totals) => totals.requests ?? 0,
  minimum: 0,
} satisfies Partial<MetricRules>;

const ratio = {
  unit: 'ratio',
  // Dividing both sides the same way keeps 7 of 100 from being above 7 %.
  limitValue: (limit) => limit / 100,
} satisfies Partial<MetricRules>;

export const metricRules: Readonly<Record<MetricName, MetricRules>> = {
  ENDPOINT_REQUEST_COUNT: {
    ...counted,
    name: 'ENDPOINT_REQUEST_COUNT',
    direction: 'neutral',
    value: (totals) => totals.requests,
  },
  ENDPOINT_REQUEST_ERROR: {
    ...counted,
    name: 'ENDPOINT_REQUEST_ERROR',
    direction: 'lowerIsBetter',
    value: (totals) => totals.errors,
  },
  ENDPOINT_REQUEST_ERROR_RATE: {
    ...ratio,
    name: 'ENDPOINT_REQUEST_ERROR_RATE',
    direction: 'lowerIsBetter',
    limits: (thresholds) => thresholds.errorRatePercent,
    value: (totals) => totals.errorRate,
    sample: (totals) => totals.requests ?? 0,
    minimum: 20,
  },
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: {
    name: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    unit: 'bucket',
    direction: 'lowerIsBetter',
    limits: (thresholds) => thresholds.p90Seconds,
    limitValue: (limit) => limit,
    value: (totals) => totals.p90,
    sample: (totals) => totals.measured ?? 0,
    minimum: 20,
  },
  ENDPOINT_AVAILABILITY: {
    ...ratio,
    name: 'ENDPOINT_AVAILABILITY',
    direction: 'higherIsBetter',
    limits: (thresholds) => thresholds.availabilityPercent,
    value: (totals) => totals.availability,
    sample: (totals) => (totals.succeeded ?? 0) + (totals.failed ?? 0),
    minimum: 10,
  },
};

/** The metrics that have limits, in the order in which sentences name them. */
export const judgedMetrics = [
  'ENDPOINT_REQUEST_ERROR_RATE',
  'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
  'ENDPOINT_AVAILABILITY',
] as const satisfies readonly MetricName[];

/** The error rate is computed of both; and where no requests are known, no point of errors does not mean none. */
export const madeOf: Partial<Readonly<Record<MetricName, readonly MetricName[]>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
  ENDPOINT_REQUEST_ERROR: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
};

/** True where the metric's figure, if it is unknown, is so because an answer could not be read. */
export function isUnread(metric: MetricName, unread: readonly MetricName[] = []): boolean {
  return (madeOf[metric] ?? [metric]).some((one) => unread.includes(one));
}

/** True where at least one metric has a figure. */
export function hasFigures(totals: PeriodTotals | undefined): boolean {
  return totals !== undefined && Object.values(metricRules).some(({ value }) => value(totals) !== undefined);
}
