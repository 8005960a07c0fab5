/** Pages of the list of flows: cursors, and the links to the page before and the page after. */
import { defaultPageSize, maxPageSize } from '../contract/routes';
import { badParameter } from './graphFailure';
import type { FlowRange, StoredFlowPage } from '../store/metricStore';

interface PageLinks {
  /** Scheme and host under which the server was called. */
  readonly origin: string;
  /** Of the list, without a query. */
  readonly path: string;
}

/** The cursor of a page after the last flow, for the link back from it. */
const endCursor = cursorOf('end');
/** Parameters that links do not repeat: a secret belongs into no address. */
const secrets = ['access_token', 'appsecret_proof'];

/** The flows that a page's parameters ask for; throws where one of them cannot be used. */
export function flowRangeOf(query: URLSearchParams): FlowRange {
  const limit = limitOf(query.get('limit'));
  const after = query.get('after');
  const before = query.get('before');
  if (after) return { limit, from: flowOf('after', after) };
  if (!before) return { limit };
  return before === endCursor ? { limit, backwards: true } : { limit, backwards: true, from: flowOf('before', before) };
}

export function unknownCursor(query: URLSearchParams): Error {
  return notOfThisList(query.get('after') ? 'after' : 'before');
}

/** The links of Graph to the pages around one. */
interface Paging {
  readonly cursors?: { readonly before: string; readonly after: string };
  readonly previous?: string;
  readonly next?: string;
}

/** The part `paging` of the page's answer; undefined where the list is empty. */
export function pagingOf(
  query: URLSearchParams,
  { limit, backwards }: FlowRange,
  page: StoredFlowPage,
  links: PageLinks,
): Paging | undefined {
  const { flows, hasEarlier, hasLater } = page;
  const link = (name: 'after' | 'before' | undefined, cursor = ''): string => {
    const parameters = new URLSearchParams(query);
    for (const other of ['after', 'before', ...secrets]) parameters.delete(other);
    parameters.set('limit', String(limit));
    if (name) parameters.set(name, cursor);
    return `${links.origin}${links.path}?${parameters.toString()}`;
  };
  const [first, last] = [flows[0], flows.at(-1)];
  if (!first || !last) {
    // Beyond one end of the list, where only a link back makes sense.
    if (backwards ? !hasLater : !hasEarlier) return undefined;
    return backwards ? { next: link(undefined) } : { previous: link('before', endCursor) };
  }
  const cursors = { before: cursorOf(`flow:${first.id}`), after: cursorOf(`flow:${last.id}`) };
  return {
    cursors,
    ...(hasEarlier ? { previous: link('before', cursors.before) } : {}),
    ...(hasLater ? { next: link('after', cursors.after) } : {}),
  };
}

function limitOf(text: string | null): number {
  if (text === null) return defaultPageSize;
  const limit = Number(text);
  if (!/^\d{1,9}$/.test(text) || limit < 1 || limit > maxPageSize) {
    throw badParameter(`limit must be a whole number from 1 to ${maxPageSize}.`);
  }
  return limit;
}

function cursorOf(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** The id of the flow that a cursor names. */
function flowOf(name: 'after' | 'before', cursor: string): string {
  const [, id] = /^flow:(\d{1,20})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  // Decoding is lenient: only what would be written the same is a cursor.
  if (id === undefined || cursorOf(`flow:${id}`) !== cursor) throw notOfThisList(name);
  return id;
}

function notOfThisList(name: 'after' | 'before'): Error {
  return badParameter(`${name} is not a cursor of this list: take it from paging.cursors.`);
}
