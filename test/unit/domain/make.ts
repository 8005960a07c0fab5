/** Small builders for the tests of core: series, totals, flows, accounts. */
import { hourMs } from '../../../src/contract/calendar';
import type { Account } from '../../../src/domain/account';
import type { Flow } from '../../../src/contract/flow';
import { knownKeys, type Granularity, type MetricName, type MetricSeries } from '../../../src/contract/metric';
import type { AccountFigures, FlowFigures, HealthReport, PeriodTotals, Thresholds } from '../../../src/domain/model';

export const defaultThresholds: Thresholds = {
  errorRatePercent: { attention: 5, warning: 10, critical: 50 },
  p90Seconds: { attention: 1, warning: 5, critical: 7 },
  availabilityPercent: { critical: 90 },
};

export type Point = readonly [begin: number, values: Readonly<Record<string, number>>];

export function seriesOf(metric: MetricName, granularity: Granularity, points: readonly Point[]): MetricSeries {
  const keys = new Set([...knownKeys[metric], ...points.flatMap(([, values]) => Object.keys(values))]);
  return {
    metric,
    granularity,
    begins: Float64Array.from(points, ([begin]) => begin),
    columns: [...keys].map((key) => ({ key, values: Float64Array.from(points, ([, values]) => values[key] ?? 0) })),
  };
}

/** Points of consecutive hours from `begin` on. */
export function hours(begin: number, values: readonly Readonly<Record<string, number>>[]): Point[] {
  return values.map((value, i) => [begin + i * hourMs, value]);
}

export const someSpan = { begin: Date.UTC(2026, 2, 11, 8), end: Date.UTC(2026, 2, 12, 8) };

export function totals(more: Partial<PeriodTotals> = {}): PeriodTotals {
  return { span: someSpan, errorsByKey: [], ...more };
}

/** Figures of the busy flow that the wording's examples speak of. */
export const busyTotals = totals({
  requests: 1612,
  errors: 200,
  errorRate: 0.124,
  measured: 1412,
  p50: 1,
  p90: 6,
  p99: 10,
  succeeded: 986,
  failed: 14,
  availability: 0.986,
});

export const quietTotals = totals({
  requests: 1414,
  errors: 178,
  errorRate: 0.126,
  measured: 1236,
  p50: 1,
  p90: 5,
  p99: 9,
  succeeded: 986,
  failed: 14,
  availability: 0.986,
});

export const goodTotals = totals({
  requests: 1000,
  errors: 4,
  errorRate: 0.004,
  measured: 996,
  p50: 1,
  p90: 1,
  p99: 2,
  succeeded: 992,
  failed: 8,
  availability: 0.992,
});

export function flow(more: Partial<Flow> = {}): Flow {
  return {
    id: '1204588317730952',
    name: 'Table booking',
    status: 'PUBLISHED',
    endpointUri: 'https://example.com/flow',
    dataApiVersion: '3.0',
    ...more,
  };
}

export const unread: HealthReport = {
  level: 'unknown',
  reasons: [{ level: 'unknown', span: '24h', cause: 'notRead' }],
  fine: [],
  missing: [],
};

export function figures(more: Partial<FlowFigures> = {}): FlowFigures {
  const one = more.flow ?? flow();
  return {
    key: `Bistro Nord/${one.id}`,
    accountName: 'Bistro Nord',
    flow: one,
    report: unread,
    late: false,
    failures: {},
    stale: false,
    counted: true,
    ...more,
  };
}

export const metaAccount: Account = { name: 'Bistro Nord', source: 'meta', businessAccountId: '1' };

export function account(flows: readonly FlowFigures[], more: Partial<AccountFigures> = {}): AccountFigures {
  return { account: metaAccount, flows, read: true, busy: false, ...more };
}
