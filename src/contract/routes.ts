/** Every route of the API, once: the client builds its requests here, the server matches them here. */
import { flowFields, isGraphId } from './flow';
import { metricField, type MetricQuery } from './query';

export const maxPageSize = 100;
export const defaultPageSize = 25;
export const maxBatchSize = 50;

/** Header in which a server names the API version that really answered. */
export const versionHeader = 'facebook-api-version';
export const usageHeader = 'x-business-use-case-usage';
export const appUsageHeader = 'x-app-usage';

/** Paths begin with `/vN.N`; they are relative to an account's base URL. */
export function metricPath(version: string, query: MetricQuery): string {
  return `/${version}/${query.flowId}?fields=${metricField(query)}`;
}

export function flowPath(version: string, flowId: string, fields: readonly string[] = flowFields): string {
  return `/${version}/${flowId}?fields=${fields.join(',')}`;
}

/** Asks what kind of object an id stands for. */
export function objectTypePath(version: string, id: string): string {
  return `/${version}/${id}?fields=id,metadata{type}&metadata=1`;
}

interface FlowPageRequest {
  readonly fields?: readonly string[];
  readonly limit?: number;
  readonly after?: string;
}

export function flowListPath(version: string, businessAccountId: string, page: FlowPageRequest = {}): string {
  const parameters = new URLSearchParams();
  if (page.fields) parameters.set('fields', page.fields.join(','));
  if (page.limit !== undefined) parameters.set('limit', String(page.limit));
  if (page.after !== undefined) parameters.set('after', page.after);
  // Graph reads commas either way; left bare, the address is the one a person would write.
  const search = parameters.toString().replaceAll('%2C', ',');
  return `/${version}/${businessAccountId}/flows${search ? `?${search}` : ''}`;
}

export function serverInfoPath(version: string): string {
  return `/${version}/flowmeter`;
}

/** Where a meter takes events. */
export function eventsPath(version: string): string {
  return `/${version}/events`;
}

/** Where a meter takes marks, and tells them: those of a flow and of all flows, or every one. */
export function marksPath(version: string, flowId?: string): string {
  return `/${version}/marks${flowId === undefined ? '' : `?flow=${flowId}`}`;
}

export function batchPath(version: string): string {
  return `/${version}/`;
}

export type Route =
  | { readonly name: 'serverInfo'; readonly version: string }
  | { readonly name: 'batch'; readonly version: string }
  | { readonly name: 'events'; readonly version: string }
  | { readonly name: 'addMark'; readonly version: string }
  | { readonly name: 'markList'; readonly version: string }
  | { readonly name: 'flowList'; readonly version: string; readonly businessAccountId: string }
  | { readonly name: 'assetList'; readonly version: string; readonly flowId: string }
  /** A flow or a business account: its id does not tell which. */
  | { readonly name: 'node'; readonly version: string; readonly id: string };

/** The route of a request, or undefined. `pathname` carries no query; any `vN.N` is taken. */
export function matchRoute(method: string, pathname: string): Route | undefined {
  const match = /^\/(v\d{1,3}\.\d{1,2})(?:\/([^/]*))?(?:\/([^/]+))?\/?$/.exec(pathname);
  if (!match) return undefined;
  const [, version, id, edge] = match as unknown as [string, string, string | undefined, string | undefined];
  if (!id) return method === 'POST' && edge === undefined ? { name: 'batch', version } : undefined;
  if (method === 'POST' && id === 'events' && edge === undefined) return { name: 'events', version };
  if (method === 'POST' && id === 'marks' && edge === undefined) return { name: 'addMark', version };
  if (method !== 'GET') return undefined;
  if (id === 'flowmeter' && edge === undefined) return { name: 'serverInfo', version };
  if (id === 'marks' && edge === undefined) return { name: 'markList', version };
  if (!isGraphId(id)) return undefined;
  if (edge === 'flows') return { name: 'flowList', version, businessAccountId: id };
  if (edge === 'assets') return { name: 'assetList', version, flowId: id };
  return edge === undefined ? { name: 'node', version, id } : undefined;
}

/** One part of a batch request. */
export interface BatchPart {
  readonly method: string;
  /** Without a leading slash: `v26.0/ID?fields=…`. */
  readonly relative_url: string;
}

/** One part of a batch answer; `body` is JSON as text. A part may be null where the server ran out of time. */
export interface BatchResult {
  readonly code: number;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

export const metaBaseUrl = 'https://graph.facebook.com';

/** The newest version of the Graph API when this was written; v16.0 of Meta's page expired in May 2025. */
export const defaultApiVersion = 'v26.0';
