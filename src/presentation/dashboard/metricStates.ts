import { type MetricName, metricNames } from '../../contract/metric';
import type { SnapshotContext, DashboardInput, MetricState } from './dashboardInput';
import { madeOf } from '../../domain/metrics';
import { slice } from '../../domain/series';
import type { MetricsError } from '../../contract/errors';

/** The error rate is computed, so it stands on requests and errors; its own answer only tells the stated rate. */
export const standsOn: Partial<Readonly<Record<MetricName, readonly MetricName[]>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
};

/** True where the period, or the interval still running after it, holds anything of the metric. */
export function hasPoints(metric: MetricName, { series, resolved }: SnapshotContext): boolean {
  const { period, shownUntil = Infinity } = resolved;
  if (!period) return false;
  const span = { begin: period.begin, end: shownUntil };
  // Once requests were counted, an interval without a point of errors had none.
  return (madeOf[metric] ?? [metric]).some((name) => {
    const one = series[name];
    return one !== undefined && slice(one, span).begins.length > 0;
  });
}

/** True where the metric could not be read when that was tried last, so that what is shown of it is from before. */
export function isOld({ error, fetchedAt = -Infinity }: MetricState, { account }: DashboardInput): boolean {
  if (error) return error.kind !== 'notEnoughData';
  const { kind, askedAt = Infinity } = account.accountStatus ?? {};
  // A pause comes before figures grow old, and an account without flows has none.
  return kind !== undefined && kind !== 'throttled' && kind !== 'noFlows' && fetchedAt < askedAt;
}

export function errorOf(metric: MetricName, input: DashboardInput): MetricsError | undefined {
  for (const name of standsOn[metric] ?? [metric]) {
    const error = input.metrics[name]?.error;
    if (error) return error;
  }
  return undefined;
}

/** When the newest attempt failed. */
export function failedAt(input: DashboardInput): number | undefined {
  const times = metricNames.map((metric) => input.metrics[metric]?.failedAt).filter((at) => at !== undefined);
  return times.length === 0 ? input.account.accountStatus?.since : Math.max(...times);
}

export function retryAt(error: MetricsError | undefined, input: DashboardInput): number | undefined {
  return error?.details.retryAt ?? input.account.accountStatus?.retryAt ?? input.nextRetryAt;
}
