/** The flows of a meter. */
import type { FlowRange, FlowNode, StoredFlowPage } from '../metricStore';
import { activeAlertTexts } from './alerts';
import { meterBusinessAccount } from '../businessAccount';
import type { Connection } from './connection';
import type { StoredFlow } from '../meterStore';
import { formatTimestamp } from '../../contract/timestamp';

const flowColumns = 'key, id, name, upstream, status, updated';

/** Flows in the order in which they became known; from a flow on, so that a stretch costs what it holds. */
export function listFlows(
  connection: Connection,
  { limit, backwards = false, from }: FlowRange,
  zone: string,
): StoredFlowPage | undefined {
  const border = from === undefined ? undefined : keyOf(connection, from);
  if (from !== undefined && border === undefined) return undefined;
  const select = `SELECT ${flowColumns} FROM flows WHERE key`;
  const rows = backwards
    ? connection.statement(`${select} < ? ORDER BY key DESC LIMIT ?`).all(border ?? Number.MAX_SAFE_INTEGER, limit)
    : connection.statement(`${select} > ? ORDER BY key LIMIT ?`).all(border ?? Number.MIN_SAFE_INTEGER, limit);
  if (backwards) rows.reverse();
  const [first, last] = [rows[0]?.key, rows.at(-1)?.key];
  const isThere = (sql: string, key: unknown): boolean =>
    connection.statement(`SELECT 1 FROM flows WHERE ${sql} LIMIT 1`).get(key as number) !== undefined;
  return {
    flows: rows.map((row) => recordOf(connection, row, zone)),
    hasEarlier: first === undefined ? border !== undefined && !backwards : isThere('key < ?', first),
    hasLater: last === undefined ? border !== undefined && backwards : isThere('key > ?', last),
  };
}

export function readFlow(connection: Connection, id: string, zone: string): FlowNode | undefined {
  const row = connection.statement(`SELECT ${flowColumns} FROM flows WHERE id = ?`).get(id);
  return row && recordOf(connection, row, zone);
}

function keyOf(connection: Connection, id: string): number | undefined {
  return connection.statement('SELECT key FROM flows WHERE id = ?').get(id)?.key as number | undefined;
}

/** Meta's words for the state of a flow, and what each means for sending it. */
const sendable: ReadonlyMap<string, string> = new Map([
  ['THROTTLED', 'LIMITED'],
  ['BLOCKED', 'BLOCKED'],
]);

function recordOf(connection: Connection, row: Readonly<Record<string, unknown>>, zone: string): FlowNode {
  const id = row.id as string;
  const status = (row.status as string | null) ?? 'PUBLISHED';
  const upstream = (row.upstream as string | null) ?? undefined;
  const can_send_message = sendable.get(status) ?? 'AVAILABLE';
  const errors = activeAlertTexts(connection, id).map((text) => ({ error_description: text }));
  const entity = { entity_type: 'FLOW', id, can_send_message, ...(errors.length > 0 ? { errors } : {}) };
  return {
    id,
    fields: {
      id,
      name: (row.name as string | null) ?? id,
      status,
      categories: [],
      validation_errors: [],
      // Undefined is not sent: an unknown address is something else than none.
      endpoint_uri: upstream,
      data_channel_uri: upstream,
      updated_at: typeof row.updated === 'number' ? formatTimestamp(row.updated) : undefined,
      data_api_version: '3.0',
      health_status: { can_send_message, entities: [entity] },
      whatsapp_business_account: meterBusinessAccount(zone).fields,
    },
  };
}

export function putFlows(connection: Connection, flows: readonly StoredFlow[]): void {
  if (flows.length === 0) return;
  const put = connection.statement(
    `INSERT INTO flows (id, name, upstream) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name),
       upstream = coalesce(excluded.upstream, upstream)`,
  );
  connection.write(() => {
    for (const { id, name, upstream } of flows) put.run(id, name ?? null, upstream ?? null);
  });
}
