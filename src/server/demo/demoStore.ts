/** Demo data: made up as they are asked for, the same for the same seed and clock, up to the present minute. */
import { demoBusinessAccountId } from '../../contract/account';
import {
  addDays,
  dateInZone,
  hourMs,
  intervalBegin,
  intervalEnd,
  startOfDay,
  type CalendarDate,
} from '../../contract/calendar';
import {
  availabilityKeys,
  errorKeys,
  latencyKeys,
  type MetricName,
  type MetricSeries,
  type SeriesColumn,
} from '../../contract/metric';
import type { FlowRecord, MetricStore, SeriesRequest, StoreSpan } from '../store';
import type { DemoFlow } from './demoFlow';
import { demoFlows } from './demoFlows';
import { addHour, figureAt, figureCount, flowSeed } from './hourFigures';

export interface DemoStoreOptions {
  /** A whole number; other seeds give other noise, never another health. */
  readonly seed: number;
  /** The present, in epoch milliseconds. */
  readonly now: () => number;
  readonly zone: string;
}

/** How many days back the demo remembers; more than the 90 that can be asked by day. */
const storedDays = 180;

export function createDemoStore({ seed, now, zone }: DemoStoreOptions): MetricStore {
  const flows = new Map(demoFlows.map((flow) => [flow.id, { flow, seed: flowSeed(seed, flow.id) }]));

  function firstDay(): CalendarDate {
    return addDays(dateInZone(now(), zone), -storedDays);
  }

  /** Calls `visit` with each measured hour that begins in the span; figures are added to the row it hands out. */
  function visitHours(flowId: string, span: StoreSpan, rowAt: (begin: number) => Float64Array): void {
    const found = flows.get(flowId);
    if (!found?.flow.traffic) return;
    const present = now();
    const begin = Math.max(span.begin, startOfDay(firstDay(), zone));
    const end = Math.min(span.end, present);
    for (let hour = Math.ceil(begin / hourMs); hour * hourMs < end; hour++) {
      const elapsed = Math.min(1, (present - hour * hourMs) / hourMs);
      addHour(rowAt(hour * hourMs), found.flow.traffic, found.seed, hour, elapsed);
    }
  }

  return {
    kind: 'demo',
    zone,
    listFlows: (businessAccountId) =>
      Promise.resolve(businessAccountId === demoBusinessAccountId ? demoFlows.map(recordOf) : undefined),
    readFlow: (flowId) => {
      const found = flows.get(flowId);
      return Promise.resolve(found && recordOf(found.flow));
    },
    firstStoredDay: (flowId) => Promise.resolve(flows.get(flowId)?.flow.traffic ? firstDay() : undefined),
    countRequests: (flowId, span) => {
      const sum = new Float64Array(figureCount);
      visitHours(flowId, span, () => sum);
      return Promise.resolve(sum[figureAt.requests]!);
    },
    readSeries: (request) => {
      const rows = new Map<number, Float64Array>();
      const rowAt = rowFinder(request, zone, rows);
      visitHours(request.flowId, request.span, rowAt);
      return Promise.resolve(seriesOf(request, rows));
    },
  };
}

function recordOf({ id, fields }: DemoFlow): FlowRecord {
  return { id, fields };
}

/** Finds the row of the interval to which an hour belongs; hours are asked for in ascending order. */
function rowFinder(
  { granularity, span }: SeriesRequest,
  zone: string,
  rows: Map<number, Float64Array>,
): (begin: number) => Float64Array {
  let row = new Float64Array(0);
  let end = -Infinity;
  return (hour) => {
    if (hour >= end) {
      const begin = granularity === 'LIFETIME' ? span.begin : intervalBegin(hour, granularity, zone);
      end = granularity === 'LIFETIME' ? Infinity : intervalEnd(begin, granularity, zone);
      rows.set(begin, (row = new Float64Array(figureCount)));
    }
    return row;
  };
}

function seriesOf({ metric, granularity }: SeriesRequest, rows: ReadonlyMap<number, Float64Array>): MetricSeries {
  const measured = metric === 'ENDPOINT_AVAILABILITY' ? [...rows].filter(([, row]) => checksOf(row) > 0) : [...rows];
  const column = (key: string, figure: (row: Float64Array) => number): SeriesColumn => ({
    key,
    values: Float64Array.from(measured, ([, row]) => figure(row)),
  });
  const columns = (keys: readonly string[], from: number): SeriesColumn[] =>
    keys.map((key, i) => column(key, (row) => row[from + i]!));
  const byMetric: Record<MetricName, () => readonly SeriesColumn[]> = {
    ENDPOINT_REQUEST_COUNT: () => [column('value', (row) => row[figureAt.requests]!)],
    ENDPOINT_REQUEST_ERROR: () => columns(errorKeys, figureAt.errors),
    ENDPOINT_REQUEST_ERROR_RATE: () => [column('value', rateOf)],
    ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: () => columns(latencyKeys, figureAt.latency),
    ENDPOINT_AVAILABILITY: () => columns(availabilityKeys, figureAt.succeeded),
  };
  return { metric, granularity, begins: Float64Array.from(measured, ([begin]) => begin), columns: byMetric[metric]() };
}

function checksOf(row: Float64Array): number {
  return row[figureAt.succeeded]! + row[figureAt.failed]!;
}

/** Errors over requests with the 14 significant digits of Meta's own figures; NaN without requests. */
function rateOf(row: Float64Array): number {
  const errors = errorKeys.reduce((sum, _, i) => sum + row[figureAt.errors + i]!, 0);
  return Number((errors / row[figureAt.requests]!).toPrecision(14));
}
