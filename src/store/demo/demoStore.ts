/** Demo data: made up as they are asked for, the same for the same seed and clock, up to the present minute. */
import {
  addDays,
  dateInZone,
  hourMs,
  intervalBegin,
  intervalEnd,
  startOfDay,
  type CalendarDate,
} from '../../contract/calendar';
import { figureAt, figureCount, seriesOfRows } from '../bucketRow';
import { pageOf, type FlowNode, type MetricStore, type SeriesRequest, type StoreSpan } from '../metricStore';
import type { DemoFlow } from './demoFlow';
import { demoBusinessAccount, demoFlows } from './demoFlows';
import { addHour, flowSeed } from './hourFigures';

interface DemoStoreOptions {
  /** A whole number; other seeds give other noise, never another health. */
  readonly seed: number;
  /** The present, in epoch milliseconds. */
  readonly now: () => number;
  readonly zone: string;
}

const records: readonly FlowNode[] = demoFlows.map(recordOf);

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
    businessAccount: demoBusinessAccount,
    listFlows: (range) => Promise.resolve(pageOf(records, range)),
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
      return Promise.resolve(seriesOfRows(request, rows));
    },
  };
}

function recordOf({ id, fields }: DemoFlow): FlowNode {
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
