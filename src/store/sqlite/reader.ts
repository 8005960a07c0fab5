/** Reads figures: rows of the longest length that the asked intervals are made of, added up. */
import { dateInZone, type CalendarDate } from '../../contract/calendar';
import type { MilliSeries } from '../../contract/latency';
import { availabilityKeys, errorKeys, latencyKeys, type MetricName, type MetricSeries } from '../../contract/metric';
import { figureAt, figureCount, seriesOfRows } from '../bucketRow';
import type { SeriesRequest, StoreSpan } from '../metricStore';
import type { Connection } from './connection';
import { intervalBounds } from '../intervals';
import { addEncoded, addHistogram, isEncoded, newHistogram, percentilesOf } from '../latencyHistogram';
import { commonRollup, rollupRangesOf, quartersOf, type RollupRange } from '../rollups';
import type { MilliRequest } from '../meterStore';
import { figureColumns } from './schema';

const range = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

/** Places in a row of figures that a metric is made of. */
const placesOf: Readonly<Record<MetricName, readonly number[]>> = {
  ENDPOINT_REQUEST_COUNT: [figureAt.requests],
  ENDPOINT_REQUEST_ERROR: range(figureAt.errors, errorKeys.length),
  ENDPOINT_REQUEST_ERROR_RATE: [figureAt.requests, ...range(figureAt.errors, errorKeys.length)],
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: range(figureAt.latency, latencyKeys.length),
  ENDPOINT_AVAILABILITY: range(figureAt.succeeded, availabilityKeys.length),
};

export function readSeries(connection: Connection, request: SeriesRequest, zone: string): MetricSeries {
  const rows = new Map<number, Float64Array>();
  const { flowId, granularity, metric } = request;
  const flow = findFlow(connection, flowId);
  const first = flow === undefined ? undefined : firstQuarter(connection, flow);
  if (flow === undefined || first === undefined) return seriesOfRows(request, rows);
  const intervals = intervalBounds(request.span, granularity, zone);
  const places = placesOf[metric];
  if (granularity === 'HOUR') addRows(connection, flow, intervals, places, rows);
  else addSums(connection, flow, intervals, first, places, rows);
  addIdleIntervals(connection, intervals, first, rows);
  return seriesOfRows(request, new Map([...rows].sort(([a], [b]) => a - b)));
}

/** Short intervals: all rows at once, added up here. */
function addRows(
  connection: Connection,
  flow: number,
  intervals: readonly number[],
  places: readonly number[],
  rows: Map<number, Float64Array>,
): void {
  if (intervals.length < 2) return;
  const columns = places.map((place) => figureColumns[place]).join(', ');
  const statement = connection.statement(
    `SELECT begin, ${columns} FROM buckets WHERE flow = ? AND level = ? AND begin >= ? AND begin < ? ORDER BY begin`,
  );
  let at = 0;
  const names = places.map((place) => figureColumns[place]!);
  for (const found of statement.iterate(flow, commonRollup(intervals), intervals[0]!, intervals.at(-1)!)) {
    while (intervals[at + 1]! <= (found.begin as number)) at++;
    let row = rows.get(intervals[at]!);
    if (!row) rows.set(intervals[at]!, (row = new Float64Array(figureCount)));
    for (let i = 0; i < names.length; i++) row[places[i]!]! += found[names[i]!] as number;
  }
}

/** Long intervals: SQLite adds up each. */
function addSums(
  connection: Connection,
  flow: number,
  intervals: readonly number[],
  first: number,
  places: readonly number[],
  rows: Map<number, Float64Array>,
): void {
  const sums = places.map((place, i) => `sum(${figureColumns[place]}) AS f${i}`).join(', ');
  const statement = connection.statement(
    `SELECT count(*) AS rows, ${sums} FROM buckets WHERE flow = ? AND level = ? AND begin >= ? AND begin < ?`,
  );
  for (const [begin, piece] of piecesByInterval(intervals, first)) {
    const found = statement.get(flow, piece.level, piece.begin, piece.end)!;
    if (found.rows === 0) continue;
    let row = rows.get(begin);
    if (!row) rows.set(begin, (row = new Float64Array(figureCount)));
    places.forEach((place, i) => (row[place]! += found[`f${i}`] as number));
  }
}

/** The pieces of each interval, by its begin. */
function* piecesByInterval(
  intervals: readonly number[],
  first: number,
): Iterable<readonly [begin: number, piece: RollupRange]> {
  for (let i = 0; i + 1 < intervals.length; i++) {
    for (const piece of storedPieces({ begin: intervals[i]!, end: intervals[i + 1]! }, first)) {
      yield [intervals[i]!, piece];
    }
  }
}

/** The stored rows of a span. Long rows that began before `first` also hold figures that are deleted otherwise. */
function storedPieces(span: StoreSpan, first: number): readonly RollupRange[] {
  const { begin, end } = quartersOf(span);
  return rollupRangesOf(Math.max(begin, first), end);
}

/** Adds zeros for intervals after the flow's first figures in which a meter ran: there were no requests, and that is known. */
function addIdleIntervals(
  connection: Connection,
  intervals: readonly number[],
  first: number,
  rows: Map<number, Float64Array>,
): void {
  const statement = connection.statement('SELECT 1 FROM presence WHERE begin >= ? AND begin < ? LIMIT 1');
  for (let i = 0; i + 1 < intervals.length; i++) {
    const begin = intervals[i]!;
    const end = intervals[i + 1]!;
    if (end <= first || rows.has(begin)) continue;
    if (statement.get(Math.max(begin, first), end)) rows.set(begin, new Float64Array(figureCount));
  }
}

export function countRequests(connection: Connection, flowId: string, span: StoreSpan): number {
  const flow = findFlow(connection, flowId);
  const first = flow === undefined ? undefined : firstQuarter(connection, flow);
  if (flow === undefined || first === undefined) return 0;
  const statement = connection.statement(
    'SELECT total(requests) AS requests FROM buckets WHERE flow = ? AND level = ? AND begin >= ? AND begin < ?',
  );
  return storedPieces(span, first).reduce(
    (sum, piece) => sum + (statement.get(flow, piece.level, piece.begin, piece.end)!.requests as number),
    0,
  );
}

export function firstStoredDay(connection: Connection, flowId: string, zone: string): CalendarDate | undefined {
  const flow = findFlow(connection, flowId);
  const first = flow === undefined ? undefined : firstQuarter(connection, flow);
  return first === undefined ? undefined : dateInZone(first, zone);
}

export function readMilliseconds(
  connection: Connection,
  { flowId, granularity, span }: MilliRequest,
  zone: string,
): MilliSeries {
  const flow = findFlow(connection, flowId);
  const intervals = intervalBounds(span, granularity, zone);
  const statement = connection.statement(
    'SELECT histogram FROM latencies WHERE flow = ? AND level = ? AND begin >= ? AND begin < ?',
  );
  const points: { begin: number; p50: number; p90: number; p99: number }[] = [];
  const all = newHistogram();
  const one = newHistogram();
  const first = flow === undefined ? undefined : firstQuarter(connection, flow);
  for (let i = 0; i + 1 < intervals.length && flow !== undefined && first !== undefined; i++) {
    const begin = intervals[i]!;
    for (const piece of storedPieces({ begin, end: intervals[i + 1]! }, first)) {
      for (const { histogram } of statement.iterate(flow, piece.level, piece.begin, piece.end)) {
        if (isEncoded(histogram as Uint8Array)) addEncoded(one, histogram as Uint8Array);
      }
    }
    const percentiles = percentilesOf(one);
    if (!percentiles) continue;
    points.push({ begin, ...percentiles });
    addHistogram(all, one);
    one.reset();
  }
  const column = (key: 'begin' | 'p50' | 'p90' | 'p99'): Float64Array => Float64Array.from(points, (p) => p[key]);
  const period = percentilesOf(all);
  return {
    granularity,
    begins: column('begin'),
    p50: column('p50'),
    p90: column('p90'),
    p99: column('p99'),
    ...(period ? { period } : {}),
  };
}

function findFlow(connection: Connection, id: string): number | undefined {
  return connection.statement('SELECT key FROM flows WHERE id = ?').get(id)?.key as number | undefined;
}

/** Begin of the flow's oldest figures. */
function firstQuarter(connection: Connection, flow: number): number | undefined {
  const found = connection
    .statement('SELECT begin FROM buckets WHERE flow = ? AND level = 0 ORDER BY begin LIMIT 1')
    .get(flow);
  return found?.begin as number | undefined;
}
