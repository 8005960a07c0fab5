/** The Metrics API itself: what a request that has passed the guards is answered. Knows no sockets. */
import { parseFields, type FieldRequest, type PlainField } from '../contract/fieldList';
import { assetShape, businessAccountShape, flowsField } from '../contract/graphNodes';
import type { ServerInfo } from '../contract/client';
import { matchRoute, versionHeader, type BatchResult, type Route } from '../contract/routes';
import { serverInfoBody } from '../contract/serverInfo';
import { partRequest, readBatch } from './batch';
import { checkDateFormat, withDates } from './dateFormat';
import { takeEvents } from './events';
import { listMarks, takeMark } from './marks';
import { pagingOf, flowRangeOf, unknownCursor } from './flowList';
import { FlowReader } from './flowReader';
import { badParameter, failureOf, notFound } from './graphFailure';
import type { MeterStore } from '../store/meterStore';
import type { RateLimit } from './rateLimit';
import { checkField, checkFields, keyOf, pickField } from './selection';
import type { FlowRange, MetricStore } from '../store/metricStore';
import { WorkBudget, workOf } from './workBudget';
import type { ApiRequest, ApiAnswer, App } from './api';
import { defined } from '../util/defined';

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
  /** Called with an exception that is answered with a plain 500. */
  readonly onException?: (error: unknown) => void;
}

/** Meta's answer when no fields are asked for. */
const defaultFlowFields = 'id,name,status,categories,validation_errors';
const defaultAccountFields = 'id,name,timezone_id,message_template_namespace';

/** As long as a request line may be; a part of a batch has none, and shall have no longer one. */
const maxTargetLength = 16 * 1024;

export function createApp(options: AppOptions): App {
  const api = new MetricsApi(options);
  return (request) => api.answer(request, new WorkBudget());
}

/** One request through the API: route, parameters, then what the store holds. */
class MetricsApi {
  private readonly reader: FlowReader;
  private readonly info: ServerInfo;

  constructor(private readonly options: AppOptions) {
    const { store, meter, now, fixedClock, minRequests, version } = options;
    this.reader = new FlowReader({ store, meter, now, minRequests });
    this.info = { version, zone: store.zone, store: store.kind, minRequests, ...(fixedClock ? { clock: now() } : {}) };
  }

  private get store(): MetricStore {
    return this.options.store;
  }

  async answer(request: ApiRequest, work: WorkBudget): Promise<ApiAnswer> {
    const { path, query } = splitTarget(request.target.slice(0, maxTargetLength));
    const route = matchRoute(request.method, path);
    const headers: Record<string, string> = route ? { [versionHeader]: route.version } : {};
    try {
      if (request.target.length > maxTargetLength) {
        throw badParameter(`relative_url is too long: ${maxTargetLength} characters are allowed.`);
      }
      if (!route) throw notFound('this path');
      checkOnce(query);
      // A batch is not a call of its own: each of its parts is counted. What a server is, may always be asked.
      if (route.name === 'node' || route.name === 'flowList' || route.name === 'assetList') {
        Object.assign(headers, this.options.rateLimit?.take());
      }
      const format = query.get('date_format') ?? '';
      checkDateFormat(format);
      const body = await this.bodyOf(route, query, request, work);
      return { status: 200, headers, body: JSON.stringify(format === '' ? body : withDates(body, format)) };
    } catch (error) {
      const failure = failureOf(error, this.options.onException);
      return {
        status: failure.status,
        headers: { ...headers, ...failure.headers },
        body: JSON.stringify({ error: failure.error }),
      };
    }
  }

  private bodyOf(route: Route, query: URLSearchParams, request: ApiRequest, work: WorkBudget): Promise<unknown> {
    switch (route.name) {
      case 'serverInfo':
        return Promise.resolve(serverInfoBody(this.info));
      case 'batch':
        return this.answerBatch(route.version, query, request, work);
      case 'events':
        if (!this.options.meter) throw notFound('a meter that takes events');
        return takeEvents(this.options.meter, request);
      case 'addMark':
        if (!this.options.meter) throw notFound('a meter that takes marks');
        return takeMark(this.options.meter, request, this.options.now());
      case 'markList':
        if (!this.options.meter) throw notFound('a meter that has marks');
        return listMarks(this.options.meter, query);
      case 'flowList':
        return this.readFlowList(route.version, route.businessAccountId, query, request.origin, work);
      case 'assetList':
        return this.readAssets(route.flowId, query);
      case 'node':
        return route.id === this.store.businessAccount.id
          ? this.readAccount(route.version, query, request.origin, work)
          : this.readFlow(route.id, query, work);
    }
  }

  private async readFlow(flowId: string, query: URLSearchParams, work: WorkBudget): Promise<unknown> {
    const flow = await this.store.readFlow(flowId);
    if (!flow) throw notFound(`the object with the id '${flowId}'`);
    const requests = fieldsOf(query, defaultFlowFields);
    this.reader.check(requests);
    work.take(workOf(requests));
    return this.reader.read(flow, requests);
  }

  /** A store holds no assets, but whoever lists those of a flow gets a list. */
  private async readAssets(flowId: string, query: URLSearchParams): Promise<unknown> {
    checkFields(fieldsOf(query, 'name'), assetShape);
    flowRangeOf(new URLSearchParams({ limit: query.get('limit') ?? '1' }));
    if (!(await this.store.readFlow(flowId))) throw notFound(`the object with the id '${flowId}'`);
    return { data: [] };
  }

  private async readAccount(
    version: string,
    query: URLSearchParams,
    origin: string,
    work: WorkBudget,
  ): Promise<unknown> {
    const { id, fields } = this.store.businessAccount;
    const requests = fieldsOf(query, defaultAccountFields);
    const entries: [string, unknown][] = [['id', id]];
    for (const request of requests) {
      if (request.kind === 'field') {
        checkField(request, businessAccountShape);
        if (request.name === flowsField) this.checkPage(edgeQuery(request));
      } else checkFields([request], businessAccountShape);
    }
    for (const request of requests) {
      if (request.kind !== 'field') continue;
      const value =
        request.name === flowsField
          ? await this.readFlows(version, edgeQuery(request), origin, work)
          : pickField(fields, request, businessAccountShape);
      entries.push([keyOf(request), value]);
    }
    return Object.fromEntries(entries);
  }

  private async readFlowList(
    version: string,
    id: string,
    query: URLSearchParams,
    origin: string,
    work: WorkBudget,
  ): Promise<unknown> {
    if (id !== this.store.businessAccount.id) throw notFound(`the object with the id '${id}'`);
    return this.readFlows(version, query, origin, work);
  }

  /** Refuses what can be wrong with the request for a page of the flows, before a flow is read. */
  private checkPage(query: URLSearchParams): {
    readonly requests: readonly FieldRequest[];
    readonly range: FlowRange;
  } {
    const requests = fieldsOf(query, defaultFlowFields);
    this.reader.check(requests);
    return { requests, range: flowRangeOf(query) };
  }

  private async readFlows(version: string, query: URLSearchParams, origin: string, work: WorkBudget): Promise<unknown> {
    const { requests, range } = this.checkPage(query);
    const page = await this.store.listFlows(range);
    if (!page) throw unknownCursor(query);
    work.take(page.flows.length * workOf(requests));
    const data: unknown[] = [];
    for (const flow of page.flows) data.push(await this.reader.read(flow, requests));
    const path = `/${version}/${this.store.businessAccount.id}/flows`;
    const paging = pagingOf(query, range, page, { origin, path });
    return { data, ...defined({ paging }) };
  }

  private async answerBatch(
    version: string,
    query: URLSearchParams,
    request: ApiRequest,
    work: WorkBudget,
  ): Promise<unknown> {
    const { parts, includeHeaders } = await readBatch(query, request);
    const results: BatchResult[] = [];
    for (const part of parts) {
      const { status, headers, body } = await this.answer(
        { ...partRequest(part, version), origin: request.origin },
        work,
      );
      results.push({
        code: status,
        ...(includeHeaders ? { headers: Object.entries(headers).map(([name, value]) => ({ name, value })) } : {}),
        body,
      });
    }
    return results;
  }
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}

/** Programs read a parameter that stands there twice in different ways. */
function checkOnce(query: URLSearchParams): void {
  const names = new Set<string>();
  for (const name of query.keys()) {
    if (names.has(name)) throw badParameter(`${name.slice(0, 40)} is given twice.`);
    names.add(name);
  }
}

function fieldsOf(query: URLSearchParams, usual: string): readonly FieldRequest[] {
  return parseFields(query.get('fields') || usual);
}

/** The parameters of an edge that is asked for as a field: `flows.limit(5){id}`. */
function edgeQuery({ modifiers = new Map<string, string>(), fieldsText }: PlainField): URLSearchParams {
  const query = new URLSearchParams([...modifiers]);
  query.delete('as');
  if (fieldsText !== undefined) query.set('fields', fieldsText);
  return query;
}
