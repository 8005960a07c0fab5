/** Series on a grid of intervals: an interval without a point is a gap. */
import { hourMs, intervalEnd } from '../contract/calendar';
import type { Granularity, MetricSeries, SeriesColumn } from '../contract/metric';
import type { Span } from './model';

/** Parallel arrays of interval begins and ends, in epoch milliseconds. */
export interface IntervalGrid {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/**
 * The intervals that begin in the span. Hours are aligned to the points of the series, because in a zone of half or
 * quarter hours neither midnight nor UTC tells where a server cuts them. LIFETIME has one interval, the span itself.
 */
export function intervalGrid(
  span: Span,
  granularity: Granularity,
  zone: string,
  series: readonly MetricSeries[] = [],
): IntervalGrid {
  if (granularity === 'LIFETIME') return { begins: [span.begin], ends: [span.end] };
  return granularity === 'DAY' ? dayGrid(span, zone) : hourGrid(span, series);
}

const dayGrids = new Map<string, IntervalGrid>();
/** More spans than a window shows at once. */
const mostDayGrids = 64;

/** A thousand flows are summed over the same days, and each midnight has to be asked of the calendar. */
function dayGrid(span: Span, zone: string): IntervalGrid {
  const key = `${span.begin} ${span.end} ${zone}`;
  let grid = dayGrids.get(key);
  if (!grid) {
    const begins: number[] = [];
    const ends: number[] = [];
    for (let begin = span.begin; begin < span.end; begin = ends.at(-1)!) {
      begins.push(begin);
      ends.push(intervalEnd(begin, 'DAY', zone));
    }
    if (dayGrids.size >= mostDayGrids) dayGrids.clear();
    dayGrids.set(key, (grid = { begins, ends }));
  }
  return grid;
}

function hourGrid(span: Span, series: readonly MetricSeries[]): IntervalGrid {
  const begins: number[] = [];
  const ends: number[] = [];
  const first = firstBegin(series, span);
  for (let begin = span.begin + ((first - span.begin) % hourMs); begin < span.end; begin += hourMs) {
    begins.push(begin);
    ends.push(begin + hourMs);
  }
  return { begins, ends };
}

/** The earliest begin in the span; the span's own where none is. */
function firstBegin(series: readonly MetricSeries[], span: Span): number {
  const first = Math.min(...series.map((one) => one.begins[indexFrom(one, span.begin)] ?? Infinity));
  return first < span.end ? first : span.begin;
}

/** Index of the first point that begins at or after the instant; the number of points where there is none. */
export function indexFrom({ begins }: Pick<MetricSeries, 'begins'>, instant: number): number {
  let low = 0;
  let high = begins.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (begins[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Indexes of the points that begin in the span, `to` exclusive. */
export function indexRangeOf(series: MetricSeries, span: Span): { readonly from: number; readonly to: number } {
  const from = indexFrom(series, span.begin);
  return { from, to: Math.max(from, indexFrom(series, span.end)) };
}

/** The points that begin in the span, as views on the same memory. */
export function slice(series: MetricSeries, span: Span): MetricSeries {
  const { from, to } = indexRangeOf(series, span);
  return {
    ...series,
    begins: series.begins.subarray(from, to),
    columns: series.columns.map(({ key, values }) => ({ key, values: values.subarray(from, to) })),
  };
}

export function columnOf(series: MetricSeries, key: string): SeriesColumn | undefined {
  return series.columns.find((column) => column.key === key);
}

interface TimelineEntry {
  readonly begin: number;
  readonly end: number;
  /** Index into the series; undefined where the interval was not measured. */
  readonly index: number | undefined;
  /** True for the interval that is still running. */
  readonly unfinished: boolean;
}

/** One entry for each interval of the span, in order. Series that are shown side by side, `beside`, share the intervals. */
export function timeline(
  series: MetricSeries,
  span: Span,
  now: number,
  zone: string,
  beside: readonly MetricSeries[] = [series],
): readonly TimelineEntry[] {
  const { begins, ends } = intervalGrid(span, series.granularity, zone, beside);
  let next = indexFrom(series, span.begin);
  return begins.map((begin, i) => {
    const end = ends[i]!;
    let index: number | undefined;
    while (next < series.begins.length && series.begins[next]! < end) index = next++;
    return { begin, end, index, unfinished: series.granularity !== 'LIFETIME' && end > now };
  });
}

/** The span of charts, tables and files: the period, then the intervals up to the newest with data before `until`. */
export function drawnSpan(period: Span, all: readonly MetricSeries[], zone: string, until = Infinity): Span {
  let end = period.end;
  for (const { begins, granularity } of all) {
    const newest = begins[indexFrom({ begins }, until) - 1];
    if (newest === undefined || granularity === 'LIFETIME' || newest < end) continue;
    end = Math.max(end, intervalEnd(newest, granularity, zone));
  }
  return { begin: period.begin, end };
}
