/** The Metrics API itself: what a request that has passed the guards is answered. Knows no sockets. */
import { alertsBody, alertsField } from '../contract/alert';
import { dateInZone, startOfDay } from '../contract/calendar';
import { MetricsError } from '../contract/errors';
import { latencyBody, latencyField } from '../contract/latency';
import {
  oldestSince,
  parseFields,
  readLatencyArguments,
  readMetricArguments,
  type FieldRequest,
  type SpanArguments,
} from '../contract/query';
import {
  defaultPageSize,
  matchRoute,
  maxBatchSize,
  maxPageSize,
  versionHeader,
  type BatchResult,
  type Route,
} from '../contract/routes';
import { serverInfoBody } from '../contract/serverInfo';
import { metricBody } from '../contract/wire';
import { takeEvents } from './events';
import { badParameter, GraphFailure, notEnoughData, notFound } from './graphFailure';
import type { MeterStore } from './meter/meterStore';
import type { RateLimit } from './rateLimit';
import type { FlowRecord, MetricStore } from './store';

export interface ApiRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  /** The `Host` that the guards let through, for links to further pages. */
  readonly host: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface AppOptions {
  readonly store: MetricStore;
  /** Where events go and what only a meter knows comes from; left out, this server takes and tells none of it. */
  readonly meter?: MeterStore;
  /** The present, in epoch milliseconds. */
  readonly now: () => number;
  /** True where `now` stands still. */
  readonly fixedClock: boolean;
  /** Fewer requests than this in the asked period are answered with 139006. */
  readonly minRequests: number;
  /** Version of Flowmeter. */
  readonly version: string;
  readonly rateLimit?: RateLimit;
}

/** Answers a request; never rejects. */
export type App = (request: ApiRequest) => Promise<ApiAnswer>;

/** What Meta tells of a flow when no fields are asked for. */
const defaultFields = 'id,name,status,categories,validation_errors';

export function createApp({ store, meter, now, fixedClock, minRequests, version, rateLimit }: AppOptions): App {
  const info = {
    version,
    zone: store.zone,
    store: store.kind,
    minRequests,
    ...(fixedClock ? { clock: now() } : {}),
  };

  async function answer(request: ApiRequest): Promise<ApiAnswer> {
    const { path, query } = splitTarget(request.target);
    const route = matchRoute(request.method, path);
    const headers: Record<string, string> = route ? { [versionHeader]: route.version } : {};
    try {
      if (!route) throw notFound('this path');
      // A batch is not a call of its own: each of its parts is counted. What a server is, may always be asked.
      if (route.name === 'flow' || route.name === 'flowList') Object.assign(headers, rateLimit?.take());
      return { status: 200, headers, body: JSON.stringify(await bodyOf(route, query, request)) };
    } catch (error) {
      const failure = failureOf(error);
      return {
        status: failure.status,
        headers: { ...headers, ...failure.headers },
        body: JSON.stringify({ error: failure.error }),
      };
    }
  }

  function bodyOf(route: Route, query: URLSearchParams, request: ApiRequest): Promise<unknown> {
    switch (route.name) {
      case 'serverInfo':
        return Promise.resolve(serverInfoBody(info));
      case 'batch':
        return readBatch(route.version, query, request);
      case 'events':
        if (!meter) throw notFound('a meter that takes events');
        return takeEvents(meter, request);
      case 'flowList':
        return readFlowList(route, query, request.host);
      case 'flow':
        return readFlow(route.flowId, query);
    }
  }

  async function readFlow(flowId: string, query: URLSearchParams): Promise<unknown> {
    const flow = await store.readFlow(flowId);
    if (!flow) throw notFound(`the object with the id '${flowId}'`);
    return readFields(flow, fieldsOf(query));
  }

  async function readFields(flow: FlowRecord, requests: readonly FieldRequest[]): Promise<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    for (const request of requests) {
      if (request.kind === 'metric') {
        if (entries.some(([name]) => name === 'metric')) throw badParameter('fields: metric can be asked for once.');
        entries.push(['metric', await readMetric(flow.id, request.arguments)]);
      } else if (request.kind === 'latency') {
        entries.push([latencyField, await readLatency(flow.id, request.arguments)]);
      } else if (meter && request.name === alertsField) {
        entries.push([alertsField, alertsBody(await meter.readAlerts(flow.id))]);
      } else if (!Object.hasOwn(flow.fields, request.name)) {
        throw unknownField(request.name);
      } else {
        entries.push([request.name, flow.fields[request.name]]);
      }
    }
    // Graph gives the id of an object even where it was not asked for.
    if (!entries.some(([name]) => name === 'id')) entries.unshift(['id', flow.id]);
    return Object.fromEntries(entries);
  }

  async function readMetric(flowId: string, raw: ReadonlyMap<string, string>): Promise<unknown> {
    const present = now();
    const query = readMetricArguments(raw, dateInZone(present, store.zone));
    const span = await spanOf(flowId, query, present);
    const { metric, granularity } = query;
    if (minRequests > 0 && (await store.countRequests(flowId, span)) < minRequests) throw notEnoughData(minRequests);
    const series = await store.readSeries({ flowId, metric, granularity, span });
    return metricBody(flowId, series).metric;
  }

  async function readLatency(flowId: string, raw: ReadonlyMap<string, string>): Promise<unknown> {
    if (!meter) throw unknownField(latencyField);
    const present = now();
    const query = readLatencyArguments(raw, dateInZone(present, store.zone));
    const span = await spanOf(flowId, query, present);
    return latencyBody(await meter.readMilliseconds({ flowId, granularity: query.granularity, span }));
  }

  /** From the first moment of `since` to the first moment of `until`, which is exclusive, or to now. */
  async function spanOf(
    flowId: string,
    { granularity, since, until }: SpanArguments,
    present: number,
  ): Promise<{ begin: number; end: number }> {
    const today = dateInZone(present, store.zone);
    const first = since ?? oldestSince(granularity, today) ?? (await store.firstStoredDay(flowId)) ?? today;
    if (until !== undefined && first >= until) {
      throw new MetricsError('invalidRequest', `until ${until} must come after the first day, which is ${first}.`, {
        parameter: 'until',
      });
    }
    const end = until === undefined ? present : Math.min(startOfDay(until, store.zone), present);
    return { begin: startOfDay(first, store.zone), end };
  }

  async function readFlowList(
    { version, businessAccountId }: Route & { name: 'flowList' },
    query: URLSearchParams,
    host: string,
  ): Promise<unknown> {
    const flows = await store.listFlows(businessAccountId);
    if (!flows) throw notFound(`the object with the id '${businessAccountId}'`);
    const requests = fieldsOf(query);
    const limit = limitOf(query);
    const after = positionOf('after', query, flows);
    const before = positionOf('before', query, flows);
    const begin = after !== undefined ? after + 1 : before !== undefined ? Math.max(0, before - limit) : 0;
    const page = flows.slice(begin, before === undefined ? begin + limit : Math.min(before, begin + limit));
    const data: unknown[] = [];
    for (const flow of page) data.push(await readFields(flow, requests));
    const last = page.at(-1);
    if (!last) return { data };
    const cursors = { before: cursorOf(page[0]!), after: cursorOf(last) };
    if (last === flows.at(-1)) return { data, paging: { cursors } };
    const next = new URLSearchParams({ ...Object.fromEntries(query), limit: String(limit), after: cursors.after });
    next.delete('before');
    return {
      data,
      paging: { cursors, next: `http://${host}/${version}/${businessAccountId}/flows?${next.toString()}` },
    };
  }

  async function readBatch(version: string, query: URLSearchParams, request: ApiRequest): Promise<unknown> {
    const { parts, includeHeaders } = batchOf(query, request);
    const results: BatchResult[] = [];
    for (const part of parts) {
      const { status, headers, body } = await answer({ ...partRequest(part, version), host: request.host });
      results.push({
        code: status,
        ...(includeHeaders ? { headers: Object.entries(headers).map(([name, value]) => ({ name, value })) } : {}),
        body,
      });
    }
    return results;
  }

  return answer;
}

function failureOf(error: unknown): GraphFailure {
  if (error instanceof GraphFailure) return error;
  // The contract's own readers refuse arguments with this kind; their messages name argument and allowed values.
  if (error instanceof MetricsError && error.kind === 'invalidRequest') return badParameter(error.message);
  return new GraphFailure(500, {
    message: 'The server failed unexpectedly.',
    type: 'OAuthException',
    code: 1,
    is_transient: true,
  });
}

function unknownField(name: string): GraphFailure {
  return badParameter(`Tried accessing nonexisting field (${name}) on node type (Flow).`);
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}

function fieldsOf(query: URLSearchParams): readonly FieldRequest[] {
  return parseFields(query.get('fields') || defaultFields);
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return defaultPageSize;
  const limit = Number(text);
  if (!/^\d{1,9}$/.test(text) || limit < 1 || limit > maxPageSize) {
    throw badParameter(`limit must be a whole number from 1 to ${maxPageSize}.`);
  }
  return limit;
}

/** Where the flow that a cursor names stands in the list; undefined where there is no cursor. */
function positionOf(
  name: 'after' | 'before',
  query: URLSearchParams,
  flows: readonly FlowRecord[],
): number | undefined {
  const cursor = query.get(name);
  if (!cursor) return undefined;
  const position = flows.findIndex((flow) => cursorOf(flow) === cursor);
  if (position < 0) throw badParameter(`${name} is not a cursor of this list: take it from paging.cursors.`);
  return position;
}

function cursorOf(flow: FlowRecord): string {
  return Buffer.from(`flow:${flow.id}`).toString('base64url');
}

interface Batch {
  readonly parts: readonly unknown[];
  readonly includeHeaders: boolean;
}

/** The parts of a batch: from the query, a form, or a JSON body, where `batch` may also be a list. */
function batchOf(query: URLSearchParams, { body = '', contentType = '' }: ApiRequest): Batch {
  let sent: Record<string, unknown> = Object.fromEntries(query);
  if (/^application\/json\b/i.test(contentType)) {
    const json = parseJson(body, 'The body');
    sent = Array.isArray(json) ? { ...sent, batch: json } : { ...sent, ...(json as Record<string, unknown> | null) };
  } else if (body) {
    if (!/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
      throw badParameter('batch must be sent as application/x-www-form-urlencoded or application/json.');
    }
    sent = { ...sent, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  const parts = typeof sent.batch === 'string' ? parseJson(sent.batch, 'batch') : sent.batch;
  if (!Array.isArray(parts) || parts.length === 0) throw badParameter('batch must be a JSON list of requests.');
  if (parts.length > maxBatchSize) {
    throw badParameter(`batch holds ${parts.length} requests: the most that is allowed is ${maxBatchSize}.`);
  }
  const { include_headers: wanted = true } = sent;
  if (!['boolean', 'number', 'string'].includes(typeof wanted)) {
    throw badParameter('include_headers must be true or false.');
  }
  return { parts, includeHeaders: !['false', '0'].includes(String(wanted)) };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badParameter(`${name} is not JSON.`);
  }
}

/** A part as a request of its own; what cannot be one becomes a path that no route has, and fails alone. */
function partRequest(part: unknown, version: string): { method: string; target: string } {
  const { method, relative_url: url } = (part ?? {}) as { method?: unknown; relative_url?: unknown };
  const target = typeof url === 'string' ? url.replace(/^\//, '') : '';
  const readable = typeof method === 'string' && method.toUpperCase() === 'GET';
  // Only reading: a batch within a batch would multiply the limit.
  return {
    method: readable ? 'GET' : 'UNSUPPORTED',
    target: /^v\d/.test(target) ? `/${target}` : `/${version}/${target}`,
  };
}
