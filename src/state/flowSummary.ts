/** From the loads of a flow to the figures that views show. */
import type { ServerInfo } from '../contract/client';
import type { MetricsError } from '../contract/errors';
import { metricNames, type MetricName } from '../contract/metric';
import { judge, type UnknownCause } from '../domain/health';
import type { FlowFigures, HealthWindow, Thresholds } from '../domain/model';
import { comparableTotals, totalsOf } from '../domain/totals';
import { readUpTo, recentSpan, resolveWindow, type ServerTime } from '../domain/windows';
import { flowKey } from './flowRef';
import { defined } from '../util/defined';
import { type FlowLoads, type FlowRecord, isAnswered, knownSeriesOf } from './flowLoads';

interface SummaryContext {
  readonly accountName: string;
  readonly counted: boolean;
  /** Keys of hidden flows. */
  readonly hidden: ReadonlySet<string>;
  readonly thresholds: Thresholds;
  readonly time: ServerTime;
  readonly info?: ServerInfo;
  /** When the account's last attempt began, where that failed. */
  readonly accountAskedAt?: number;
  /** True where no token is there or the server refused it. */
  readonly noToken: boolean;
}

export function summarizeFlow(record: FlowRecord, context: SummaryContext): FlowFigures {
  const { flow, reading } = record;
  const alerts = record.alerts ? { alerts: record.alerts } : {};
  const { accountName, thresholds, time, info, accountAskedAt } = context;
  const loads = Object.values(reading?.loads ?? {});
  const series = knownSeriesOf(reading);
  const known = Object.keys(series).length > 0;
  const unread = unreadOf(reading);
  const readAt = loads.map(({ fetchedAt, tooLittleAt }) => fetchedAt ?? tooLittleAt).filter((at) => at !== undefined);
  const fetchedAt = readAt.length > 0 ? Math.min(...readAt) : undefined;
  const key = flowKey({ accountName, flowId: flow.id });
  const hidden = context.hidden.has(key);
  const common = {
    key,
    accountName,
    flow,
    failures: failuresOf(record),
    stale:
      loads.some((load) => isAnswered(load) && load.error !== undefined && load.error.kind !== 'notEnoughData') ||
      (accountAskedAt !== undefined && fetchedAt !== undefined && fetchedAt < accountAskedAt),
    counted: context.counted && !hidden,
    hidden,
    ...(unread.length > 0 ? { unread } : {}),
    ...alerts,
    ...defined({ fetchedAt }),
  };
  if (!reading || !known) {
    const report = judge({ flow, thresholds, ...alerts, ...windowOf(reading), cause: causeOf(record, context) });
    return { ...common, report, late: false };
  }
  const resolved = resolveWindow(reading.plan, series, time);
  const totals = totalsOf(series, resolved.span);
  const recent = reading.plan.granularity === 'HOUR' ? recentSpan(series, time) : undefined;
  const report = judge({
    flow,
    thresholds,
    ...alerts,
    window: reading.plan.window,
    totals,
    unread,
    ...(recent ? { recent: totalsOf(series, recent) } : {}),
  });
  return {
    ...common,
    report,
    totals,
    late: resolved.late,
    basis: { series, thresholds, zone: time.zone },
    // Rows do without it, and a person opens one of a thousand.
    get before() {
      return comparableTotals(series, resolved.before, time.zone);
    },
    ...defined({ dataUpTo: readUpTo(resolved.dataUpTo, fetchedAt, info) }),
  };
}

function windowOf(reading: FlowLoads | undefined): { readonly window?: HealthWindow } {
  return reading ? { window: reading.plan.window } : {};
}

function failuresOf(record: FlowRecord): FlowFigures['failures'] {
  const failures: Partial<Record<MetricName, MetricsError>> = {};
  // A flow that could not be read at all has no metric to blame; the first one stands for all.
  if (record.listingError) failures.ENDPOINT_REQUEST_COUNT = record.listingError;
  for (const metric of metricNames) {
    const error = record.reading?.loads[metric]?.error;
    // Too little data is an answer, not a failure.
    if (error && error.kind !== 'notEnoughData') failures[metric] = error;
  }
  return failures;
}

/** Metrics of which nothing is known because their answers could not be read. */
function unreadOf(reading: FlowLoads | undefined): readonly MetricName[] {
  return metricNames.filter((metric) => {
    const load = reading?.loads[metric];
    return load?.error !== undefined && load.error.kind !== 'notEnoughData' && load.value === undefined;
  });
}

function causeOf(record: FlowRecord, context: SummaryContext): UnknownCause {
  const loads = Object.values(record.reading?.loads ?? {});
  // An earlier answer stays known, whatever keeps it from being read again.
  if (loads.some(({ tooLittleAt }) => tooLittleAt !== undefined)) return 'notEnoughData';
  if (context.noToken) return 'auth';
  const errors = loads.map(({ error }) => error?.kind);
  if (errors.length > 0 && errors.every((kind) => kind === 'withdrawn')) return 'withdrawn';
  return record.listingError || errors.some((kind) => kind !== undefined) ? 'failed' : 'notRead';
}
