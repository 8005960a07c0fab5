/** From JSON to contract types and back. One pass per answer: this is the hot path of a refresh. */
import { MetricsError, type ReadGraphError } from './errors';
import { graphIdOf, type Flow, type FlowHealthStatus, type HealthEntity } from './flow';
import { isCount, listOf, objectOf, type JsonObject } from './json';
import { capped, longest, maxListed } from './longest';
import { granularityOf, knownKeys, metricNameOf, type MetricSeries } from './metric';
import type { MetricQuery } from './query';

/** The day that a timestamp named last: the hours of an answer come day by day. */
let lastDay = { year: 1970, month: 1, day: 1, begin: 0 };

/** Epoch milliseconds of `YYYY-MM-DDTHH:MM:SS±HHMM`, or undefined for any other text or an impossible date or time. */
export function parseTimestamp(text: unknown): number | undefined {
  if (typeof text !== 'string' || text.length !== 24) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const offsetHour = twoDigits(text, 20);
  const offsetMinute = twoDigits(text, 22);
  const sign = text.charCodeAt(19) === plus ? 1 : text.charCodeAt(19) === minus ? -1 : 0;
  const separated =
    sign !== 0 &&
    text.charCodeAt(4) === minus &&
    text.charCodeAt(7) === minus &&
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon;
  if (!separated || hour > 23 || minute > 59 || second > 59 || offsetHour > 14 || offsetMinute > 59) return undefined;
  if (day !== lastDay.day || month !== lastDay.month || year !== lastDay.year) {
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) {
      return undefined;
    }
    lastDay = { year, month, day, begin: Date.UTC(year, month - 1, day) };
  }
  const minutes = (hour - sign * offsetHour) * 60 + minute - sign * offsetMinute;
  return lastDay.begin + (minutes * 60 + second) * 1000;
}

const [plus, minus, colon, letterT] = ['+', '-', ':', 'T'].map((char) => char.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];

/** `2024-01-28T08:00:00+0000` */
export function formatTimestamp(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}+0000`;
}

/** A number above every bound of a date or time where the text has anything but digits there. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000_000;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Each key costs a number for every point, so a hostile answer could fill the memory with keys. */
export const maxKeys = 100;
/** The longest answer has the hours of 31 days; a server may send points twice. */
export const maxPoints = 2000;

/**
 * Reads the answer to `query`. Tolerates arrays sent as objects with keys "0", "1", …, numbers sent as text, unknown
 * keys, points out of order, and points sent twice (the later one wins). Throws `invalidResponse`, naming metric and
 * point, for values that cannot be counts or ratios and for impossible timestamps.
 */
export function parseMetricAnswer(json: unknown, query: MetricQuery): MetricSeries {
  const answer = objectOf(json);
  const metric = objectOf(answer?.metric);
  if (!metric) {
    // Graph leaves out a field that it no longer has, or sends null: the flow answers, but not about metrics.
    const isFlow = graphIdOf(answer?.id) === query.flowId;
    if (answer?.metric === null || (isFlow && answer?.metric === undefined)) throw withdrawn(query);
    throw refuse(query, 'it holds no "metric" object');
  }
  if (typeof metric.name === 'string' && metricNameOf(metric.name) !== query.metric) {
    throw refuse(query, `it is about the metric "${clip(metric.name)}"`);
  }
  if (typeof metric.granularity === 'string' && granularityOf(metric.granularity) !== query.granularity) {
    throw refuse(query, `it has the granularity "${clip(metric.granularity)}"`);
  }
  const points = metric.data_points === undefined ? [] : listOf(metric.data_points);
  if (!points) throw refuse(query, 'its "data_points" is not a list');
  if (points.length > maxPoints) throw refuse(query, `it has more than ${maxPoints} points`);

  const isRate = query.metric === 'ENDPOINT_REQUEST_ERROR_RATE';
  const count = points.length;
  const begins = new Float64Array(count);
  const keys: string[] = [...knownKeys[query.metric]];
  const columns: (Float64Array | undefined)[] = [];
  let ordered = true;
  for (let i = 0; i < count; i++) {
    const point = objectOf(points[i]);
    const begin = parseTimestamp(point?.timestamp);
    if (begin === undefined)
      throw refuse(query, `point ${i + 1} has the impossible timestamp "${clip(point?.timestamp)}"`);
    begins[i] = begin;
    if (i > 0 && begin <= begins[i - 1]!) ordered = false;
    const data = point!.data === undefined ? [] : listOf(point!.data);
    if (!data) throw refuse(query, `point ${i + 1} has no list of data`);
    // Keys mostly come in their documented order, so each is looked for right behind the one before.
    let at = -1;
    for (let j = 0; j < data.length; j++) {
      const pair = objectOf(data[j]);
      const key = pair?.key;
      if (!pair || typeof key !== 'string') throw refuse(query, `point ${i + 1} has an entry without a key`);
      const value = valueOf(pair.value, isRate);
      if (value === undefined) {
        throw refuse(
          query,
          `point ${i + 1} (${clip(point!.timestamp)}) has the impossible value "${clip(pair.value)}" for "${clip(key)}"`,
        );
      }
      at = keys[at + 1] === key ? at + 1 : keys.indexOf(key);
      if (at < 0) {
        const kept = capped(key, longest.word);
        at = kept === key ? -1 : keys.indexOf(kept);
        if (at < 0 && keys.length >= maxKeys) throw refuse(query, `it has more than ${maxKeys} keys`);
        if (at < 0) at = keys.push(kept) - 1;
      }
      (columns[at] ??= new Float64Array(count))[i] = value;
    }
  }
  const order = ordered ? undefined : orderOf(begins);
  const shape = (values: Float64Array): Float64Array => (order ? pick(values, order) : values);
  const intervals = sharedBegins(shape(begins));
  return {
    metric: query.metric,
    granularity: query.granularity,
    begins: intervals,
    columns: keys.map((key, i) => ({ key, values: columns[i] ? shape(columns[i]) : sharedZeros(intervals.length) })),
  };
}

/** What the answers of a refresh have in common is kept once; nobody writes into a series. */
let lastBegins: Float64Array = new Float64Array(0);
let lastZeros: Float64Array = new Float64Array(0);

/** The same intervals as those of the answer before, where they are equal. */
function sharedBegins(begins: Float64Array): Float64Array {
  let equal = begins.length === lastBegins.length;
  for (let i = 0; equal && i < begins.length; i++) equal = begins[i] === lastBegins[i];
  if (!equal) lastBegins = begins;
  return lastBegins;
}

/** The column of a key that no interval named. */
function sharedZeros(count: number): Float64Array {
  return lastZeros.length === count ? lastZeros : (lastZeros = new Float64Array(count));
}

/** Indices of the points in ascending time; of points with one timestamp only the last in the answer. */
function orderOf(begins: Float64Array): number[] {
  const last = new Map<number, number>();
  begins.forEach((begin, i) => last.set(begin, i));
  return [...last.keys()].sort((a, b) => a - b).map((begin) => last.get(begin)!);
}

function pick(values: Float64Array, order: readonly number[]): Float64Array {
  return Float64Array.from(order, (i) => values[i]!);
}

/** A ratio, or a count, which is whole and exact; also from decimal text; else undefined. */
function valueOf(value: unknown, isRate: boolean): number | undefined {
  if (typeof value === 'string' && /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return valueOf(Number(value), isRate);
  const fits = isRate ? typeof value === 'number' && value >= 0 && value <= 1 : isCount(value);
  return fits ? (value as number) : undefined;
}

function refuse(query: MetricQuery, why: string): MetricsError {
  return new MetricsError('invalidResponse', `The answer for ${query.metric} cannot be used: ${why}.`);
}

function withdrawn(query: MetricQuery): MetricsError {
  return new MetricsError('withdrawn', `The answer about ${query.metric} tells of the flow, but of no metric.`);
}

function clip(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  // The message is kept for as long as the failure is.
  const clean = capped(text, longest.word).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
  return clean.length > 40 ? `${clean.slice(0, 40)}…` : clean;
}

/** The answer of a server for a series: only the keys above zero, as at Meta; a rate of zero is said, NaN (no requests) is not. */
export function metricBody(flowId: string, series: MetricSeries): { readonly id: string; readonly metric: unknown } {
  const data_points = Array.from(series.begins, (begin, i) => ({
    timestamp: formatTimestamp(begin),
    data: series.columns
      .filter(({ values }) => values[i]! > 0 || (series.metric === 'ENDPOINT_REQUEST_ERROR_RATE' && values[i] === 0))
      .map(({ key, values }) => ({ key, value: values[i]! })),
  }));
  return { id: flowId, metric: { granularity: series.granularity, name: series.metric, data_points } };
}

/** Reads one flow; throws `invalidResponse` where the id is missing or not a Graph id. */
export function parseFlow(json: unknown): Flow {
  const object = objectOf(json);
  const id = graphIdOf(object?.id);
  if (!object || id === undefined)
    throw new MetricsError('invalidResponse', 'The answer holds a flow without a valid id.');
  const {
    name,
    status,
    endpoint_uri: uri,
    data_api_version: version,
    health_status: health,
    whatsapp_business_account: owner,
  } = object;
  const account = objectOf(owner);
  const accountId = graphIdOf(account?.id);
  return {
    id,
    name: typeof name === 'string' && name.trim() ? capped(name, longest.name) : id,
    ...(typeof status === 'string' && status ? { status: wordOf(status) } : {}),
    ...endpointOf(uri),
    ...(typeof version === 'string' || typeof version === 'number'
      ? { dataApiVersion: capped(String(version), longest.word) }
      : {}),
    ...(objectOf(health) ? { health: parseHealth(objectOf(health)!) } : {}),
    ...(accountId === undefined
      ? {}
      : {
          businessAccount: {
            id: accountId,
            ...(typeof account!.name === 'string' ? { name: capped(account!.name, longest.name) } : {}),
          },
        }),
  };
}

/** The beginning of an address would be another one, so one that is too long is not known. */
function endpointOf(uri: unknown): Pick<Flow, 'endpointUri'> {
  if (uri === null || uri === '') return { endpointUri: null };
  return typeof uri === 'string' && uri.length <= longest.url ? { endpointUri: uri } : {};
}

function wordOf(text: string): string {
  return capped(text, longest.word).toUpperCase();
}

function parseHealth(json: JsonObject): FlowHealthStatus {
  const entities = listOf(json.entities) ?? [];
  return {
    ...(typeof json.can_send_message === 'string' ? { canSendMessage: wordOf(json.can_send_message) } : {}),
    entities: entities
      .slice(0, maxListed)
      .map(objectOf)
      .filter((entity) => entity !== undefined)
      .map(parseEntity),
  };
}

function parseEntity(json: JsonObject): HealthEntity {
  const notes: string[] = [];
  for (const error of (listOf(json.errors) ?? []).slice(0, maxListed)) {
    const { error_description: description, possible_solution: solution } = objectOf(error) ?? {};
    const texts = [description, solution].filter((text) => typeof text === 'string' && text !== '') as string[];
    if (texts.length > 0) notes.push(texts.map((text) => capped(text, longest.text)).join(' '));
  }
  for (const info of (listOf(json.additional_info) ?? []).slice(0, maxListed)) {
    // Kept answers hold the notes of errors here as well.
    if (typeof info === 'string') notes.push(capped(info, 2 * longest.text + 1));
  }
  const id = typeof json.id === 'number' ? graphIdOf(json.id) : json.id;
  return {
    entityType: typeof json.entity_type === 'string' ? capped(json.entity_type, longest.word) : 'UNKNOWN',
    ...(typeof id === 'string' ? { id: capped(id, longest.word) } : {}),
    ...(typeof json.can_send_message === 'string' ? { canSendMessage: wordOf(json.can_send_message) } : {}),
    notes: notes.slice(0, maxListed),
  };
}

export interface FlowPage {
  readonly flows: readonly Flow[];
  /** The cursor of the next page; absent on the last one. */
  readonly after?: string;
  /** True where the page held more flows than were wanted. */
  readonly isCut?: boolean;
}

/**
 * Reads a page of flows, as many as are wanted. The list ends where `paging.next` is absent; of `next` only the cursor is
 * used, never the address.
 */
export function parseFlowPage(json: unknown, wanted = Infinity): FlowPage {
  const object = objectOf(json);
  const data = object && listOf(object.data);
  if (!data) throw new MetricsError('invalidResponse', 'The list of flows cannot be read: it holds no "data" list.');
  const paging = objectOf(object.paging);
  const flows = data.slice(0, wanted).map(parseFlow);
  if (data.length > wanted) return { flows, isCut: true };
  if (!paging || typeof paging.next !== 'string') return { flows };
  const cursor = objectOf(paging.cursors)?.after ?? cursorOf(paging.next);
  if (typeof cursor !== 'string' || cursor === '') {
    throw new MetricsError('invalidResponse', 'The list of flows goes on, but names no cursor for its next page.');
  }
  if (cursor.length > longest.cursor) {
    throw new MetricsError(
      'invalidResponse',
      `The list of flows names a cursor of more than ${longest.cursor} characters.`,
    );
  }
  return { flows, after: cursor };
}

/** The type that an object tells of itself; undefined where it tells none. */
export function parseObjectType(json: unknown): string | undefined {
  const type = objectOf(objectOf(json)?.metadata)?.type;
  return typeof type === 'string' && /^[A-Za-z_]{1,40}$/.test(type) ? type : undefined;
}

function cursorOf(next: string): string | undefined {
  try {
    return new URL(next).searchParams.get('after') ?? undefined;
  } catch {
    return undefined;
  }
}

/** The error that an answer holds, or undefined where it holds none. Some servers send a mere text or number. */
export function parseErrorBody(json: unknown): { readonly error: ReadGraphError } | undefined {
  const value = objectOf(json)?.error;
  if (value === undefined || value === null || value === false || value === '') return undefined;
  const error = objectOf(value) ?? { message: value };
  const text = (field: unknown): string => (typeof field === 'string' ? capped(field, longest.message) : '');
  const code = codeOf(error.code);
  return {
    error: {
      message: text(error.message),
      type: text(error.type),
      ...(code === undefined ? {} : { code }),
      ...(typeof error.error_subcode === 'number' ? { error_subcode: error.error_subcode } : {}),
      ...(typeof error.is_transient === 'boolean' ? { is_transient: error.is_transient } : {}),
      ...(typeof error.error_user_title === 'string' ? { error_user_title: text(error.error_user_title) } : {}),
      ...(typeof error.error_user_msg === 'string' ? { error_user_msg: text(error.error_user_msg) } : {}),
      ...(typeof error.fbtrace_id === 'string' ? { fbtrace_id: text(error.fbtrace_id) } : {}),
    },
  };
}

/** A whole number, also as text; undefined for everything else, which names no code. */
function codeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^-?\d{1,9}$/.test(value)) return Number(value);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
