/** The flows of a meter. */
import { meterBusinessAccountId } from '../../contract/account';
import type { FlowRecord } from '../store';
import { activeAlertTexts } from './alerts';
import type { Connection } from './connection';
import type { MeterFlow } from './meterStore';

/** All flows in the order in which they became known. */
export function listFlows(connection: Connection): readonly FlowRecord[] {
  return connection
    .statement('SELECT id, name, upstream, status FROM flows ORDER BY key')
    .all()
    .map((row) => recordOf(connection, row));
}

export function readFlow(connection: Connection, id: string): FlowRecord | undefined {
  const row = connection.statement('SELECT id, name, upstream, status FROM flows WHERE id = ?').get(id);
  return row && recordOf(connection, row);
}

/** Meta's words for the state of a flow, and what each means for sending it. */
const sendable: Readonly<Record<string, string>> = { THROTTLED: 'LIMITED', BLOCKED: 'BLOCKED' };

function recordOf(connection: Connection, row: Readonly<Record<string, unknown>>): FlowRecord {
  const id = row.id as string;
  const status = (row.status as string | null) ?? 'PUBLISHED';
  const can_send_message = sendable[status] ?? 'AVAILABLE';
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
      endpoint_uri: (row.upstream as string | null) ?? undefined,
      data_api_version: '3.0',
      health_status: { can_send_message, entities: [entity] },
      whatsapp_business_account: { id: meterBusinessAccountId, name: 'Meter' },
    },
  };
}

export function putFlows(connection: Connection, flows: readonly MeterFlow[]): void {
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
