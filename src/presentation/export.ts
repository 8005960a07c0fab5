/** Figures of flows for other programs: a CSV or JSON file, and the request as a line of shell. */
import { milliKeys, type MilliSeries } from '../contract/latency';
import {
  errorKeys,
  latencyKeys,
  metricNames,
  type Granularity,
  type MetricName,
  type MetricSeries,
} from '../contract/metric';
import { metricPath } from '../contract/routes';
import type { MetricQuery } from '../contract/query';
import { visibleText } from './escape';
import type { SeriesByMetric, Span } from '../domain/model';
import { columnOf, drawnSpan, indexFrom, timeline } from '../domain/series';
import { totalsOf } from '../domain/totals';
import { formatTimestamp } from '../contract/timestamp';

export interface CsvInput {
  readonly flow: { readonly id: string; readonly name: string };
  readonly granularity: Granularity;
  readonly series: SeriesByMetric;
  /** Three more columns, which only a meter has. */
  readonly milliseconds?: MilliSeries;
  /** The period shown; the interval still running is added and marked as unfinished. */
  readonly period: Span;
  /** Where chosen days end. */
  readonly shownUntil?: number;
  /** Days before this are kept ones: one more column says so. */
  readonly keptUntil?: number;
  readonly zone: string;
  readonly now: number;
}

/** One interval's points, as index into each series. */
interface Row {
  readonly begin: number;
  readonly end: number;
  readonly complete: boolean;
  readonly points: Partial<Readonly<Record<MetricName, number>>>;
}

/** A flow in a file of several. */
export interface ExportedFlow {
  readonly flow: CsvInput['flow'];
  /** Absent where nothing is known of it. */
  readonly figures?: CsvInput;
  /** What could not be read, and why. */
  readonly notes: readonly string[];
}

type Cell = string | number | undefined;

/** The columns of figures; which error types and buckets there are, the flows tell. */
interface Columns {
  readonly errors: readonly string[];
  readonly buckets: readonly string[];
  readonly milliseconds: boolean;
  /** Whether each day is a kept one. */
  readonly kept: boolean;
}

/**
 * CSV by RFC 4180 with a header, one line per interval of the period, oldest first, all five metrics side by side.
 * Times are UTC. An empty cell is unknown, never zero; ratios are 0 to 1, p50 to p99 are seconds rounded up
 * (11: over 10 s); a meter's file ends with p50 to p99 in milliseconds, and one that
 * reaches beyond the server with whether a day is a kept one. Text that a spreadsheet would take for a formula
 * is preceded by an apostrophe.
 */
export function toCsv(input: CsvInput): string {
  const columns = columnsOf([input]);
  const { flow, granularity } = input;
  const lines = cellsOf(input, columns).map((cells) => [flow.id, flow.name, granularity, ...cells]);
  return csvText([[...flowHeads, ...headsOf(columns)], ...lines]);
}

/** Likewise of several flows, one after the other; a last column, `note`, has lines of its own for what could not be read. */
export function toCsvOfAll(flows: readonly ExportedFlow[], granularity: Granularity): string {
  const columns = columnsOf(flows.flatMap(({ figures }) => figures ?? []));
  const heads = headsOf(columns);
  const none = heads.map(() => undefined);
  const lines = flows.flatMap(({ flow, figures, notes }) => {
    const cells = figures ? cellsOf(figures, columns).map((row) => [...row, undefined]) : [];
    const told = notes.map((note) => [...none, note]);
    return [...cells, ...told].map((row) => [flow.id, flow.name, granularity, ...row]);
  });
  return csvText([[...flowHeads, ...heads, 'note'], ...lines]);
}

/** The same figures as JSON: intervals have the columns of the CSV as keys, and null for what is unknown. */
export function toJson(
  flows: readonly ExportedFlow[],
  about: { readonly account: string; readonly granularity: Granularity; readonly zone: string; readonly now: number },
): string {
  const { account, granularity, zone, now } = about;
  const text = {
    ...{ format: 'flowmeter-export', version: 1, exported: formatTimestamp(now), account, granularity, zone },
    flows: flows.map(({ flow, figures, notes }) => {
      const columns = columnsOf(figures ? [figures] : []);
      const heads = headsOf(columns);
      const intervals = (figures ? cellsOf(figures, columns) : []).map((cells) => ({
        // A server may name an error type like a column of ours, which then stays ours.
        ...Object.fromEntries(heads.map((head) => [head, cells[heads.indexOf(head)] ?? null])),
        complete: cells[heads.indexOf('complete')] === 'yes',
        ...(columns.kept ? { kept: cells[heads.indexOf('kept')] === 'yes' } : {}),
      }));
      return { id: flow.id, name: visibleText(flow.name, maxCellLength), notes, intervals };
    }),
  };
  return `${JSON.stringify(text, undefined, 2)}\n`;
}

const flowHeads = ['flow_id', 'flow_name', 'granularity'] as const;

function columnsOf(inputs: readonly CsvInput[]): Columns {
  const columns = (metric: MetricName, known: readonly string[]): readonly string[] => {
    const all = inputs.flatMap(({ series }) => series[metric]?.columns.map(({ key }) => key) ?? []);
    return [...new Set([...known, ...all])];
  };
  return {
    errors: columns('ENDPOINT_REQUEST_ERROR', errorKeys),
    buckets: columns('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', latencyKeys),
    milliseconds: inputs.some(({ milliseconds }) => milliseconds !== undefined),
    kept: inputs.some(({ keptUntil }) => keptUntil !== undefined),
  };
}

function headsOf({ errors, buckets, milliseconds, kept }: Columns): readonly string[] {
  return [
    ...['begin', 'end', 'complete', 'requests', 'errors', 'error_rate'],
    ...errors,
    ...buckets.map((key) => `latency_${key}`),
    ...['p50_seconds', 'p90_seconds', 'p99_seconds', 'checks_succeeded', 'checks_failed', 'availability'],
    ...(milliseconds ? milliKeys.map((key) => `${key}_milliseconds`) : []),
    ...(kept ? ['kept'] : []),
  ];
}

function cellsOf(input: CsvInput, { errors, buckets, milliseconds, kept }: Columns): readonly (readonly Cell[])[] {
  const { series } = input;
  return rowsOf(input).map(({ begin, end, complete, points }) => {
    const totals = totalsOf(series, { begin, end: Math.max(end, begin + 1) });
    const errorCells = errors.map((key) =>
      totals.errors === undefined ? undefined : (valueAt(series, 'ENDPOINT_REQUEST_ERROR', key, points) ?? 0),
    );
    const bucketCells = buckets.map((key) => valueAt(series, 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', key, points));
    return [
      ...[formatTimestamp(begin), formatTimestamp(end), complete ? 'yes' : 'no'],
      ...[totals.requests, totals.errors, roundedRatio(totals.errorRate)],
      ...errorCells,
      ...bucketCells,
      ...[totals.p50, totals.p90, totals.p99],
      ...[totals.succeeded, totals.failed, roundedRatio(totals.availability)],
      ...(milliseconds ? millisecondsIn(input.milliseconds, begin, end) : []),
      ...(kept ? [input.keptUntil !== undefined && begin < input.keptUntil ? 'yes' : 'no'] : []),
    ];
  });
}

function csvText(lines: readonly (readonly Cell[])[]): string {
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function rowsOf({ series, period, shownUntil, zone, now }: CsvInput): readonly Row[] {
  const known = metricNames.map((metric) => series[metric]).filter((one) => one !== undefined);
  const span = drawnSpan(period, known, zone, shownUntil);
  const lines = known.map((one) => ({ metric: one.metric, entries: timeline(one, span, now, zone, known) }));
  const [first] = lines;
  if (!first) return [];
  return first.entries.map(({ begin, end, unfinished }, i) => ({
    begin,
    end,
    complete: !unfinished,
    points: Object.fromEntries(
      lines.flatMap(({ metric, entries }) => {
        const index = entries[i]?.index;
        return index === undefined ? [] : [[metric, index]];
      }),
    ),
  }));
}

function valueAt(series: SeriesByMetric, metric: MetricName, key: string, points: Row['points']): number | undefined {
  const index = points[metric];
  const one: MetricSeries | undefined = series[metric];
  return index === undefined || !one ? undefined : columnOf(one, key)?.values[index];
}

function millisecondsIn(series: MilliSeries | undefined, begin: number, end: number): readonly (number | undefined)[] {
  if (!series) return milliKeys.map(() => undefined);
  const index = indexFrom(series, begin);
  const measured = index < series.begins.length && series.begins[index]! < end;
  return milliKeys.map((key) => (measured ? series[key][index] : undefined));
}

/** Six digits say more than the figures are worth, and keep binary fractions out of the file. */
function roundedRatio(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : Math.round(ratio * 1e6) / 1e6;
}

/** No name at Meta is longer; each row repeats it. */
const maxCellLength = 200;

/**
 * One cell by RFC 4180. Numbers go as they are; of text only what can be seen. What a spreadsheet would take for a formula
 * becomes text for good, also behind characters at which one may split the line, as it does by the language of its user.
 */
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const harmless = visibleText(value, maxCellLength).replace(/(^|[,;|"])( *)(?=[=+\-@＝＋－﹣﹢＠])/g, `$1'$2`);
  return /[",;|]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * The query as curl sends it, for a POSIX shell. The token comes from the environment, and goes to curl by its standard
 * input: what stands in a command's arguments, every user of the computer can read.
 */
export function curlCommand(baseUrl: string, version: string, query: MetricQuery): string {
  const url = `${baseUrl.replace(/\/+$/, '')}${metricPath(version, query)}`;
  const header = `printf 'header = "Authorization: Bearer %s"' "$WHATSAPP_TOKEN"`;
  return `${header} | curl -K - '${url.replaceAll("'", `'\\''`)}'`;
}
