/** Flows and their lists from JSON. */
import { type Flow, graphIdOf, type FlowHealthStatus, type HealthEntity } from './flow';
import { objectOf, type JsonObject, listOf } from '../util/json';
import { MetricsError } from './errors';
import { truncate, maxLength, maxListed } from './lengthLimits';

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
    name: typeof name === 'string' && name.trim() ? truncate(name, maxLength.name) : id,
    ...(typeof status === 'string' && status ? { status: wordOf(status) } : {}),
    ...endpointOf(uri),
    ...(typeof version === 'string' || typeof version === 'number'
      ? { dataApiVersion: truncate(String(version), maxLength.word) }
      : {}),
    ...(objectOf(health) ? { health: parseHealth(objectOf(health)!) } : {}),
    ...(accountId === undefined
      ? {}
      : {
          businessAccount: {
            id: accountId,
            ...(typeof account!.name === 'string' ? { name: truncate(account!.name, maxLength.name) } : {}),
          },
        }),
  };
}

/** The beginning of an address would be another one, so one that is too long is not known. */
function endpointOf(uri: unknown): Pick<Flow, 'endpointUri'> {
  if (uri === null || uri === '') return { endpointUri: null };
  return typeof uri === 'string' && uri.length <= maxLength.url ? { endpointUri: uri } : {};
}

function wordOf(text: string): string {
  return truncate(text, maxLength.word).toUpperCase();
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
    if (texts.length > 0) notes.push(texts.map((text) => truncate(text, maxLength.text)).join(' '));
  }
  for (const info of (listOf(json.additional_info) ?? []).slice(0, maxListed)) {
    // Kept answers hold the notes of errors here as well.
    if (typeof info === 'string') notes.push(truncate(info, 2 * maxLength.text + 1));
  }
  const id = typeof json.id === 'number' ? graphIdOf(json.id) : json.id;
  return {
    entityType: typeof json.entity_type === 'string' ? truncate(json.entity_type, maxLength.word) : 'UNKNOWN',
    ...(typeof id === 'string' ? { id: truncate(id, maxLength.word) } : {}),
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
  if (cursor.length > maxLength.cursor) {
    throw new MetricsError(
      'invalidResponse',
      `The list of flows names a cursor of more than ${maxLength.cursor} characters.`,
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
