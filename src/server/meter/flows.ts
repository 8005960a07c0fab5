/** The flows of a meter and the alerts about them. */
import { meterBusinessAccountId } from '../../contract/account';
import { maxAlerts, type MeterAlert } from '../../contract/alert';
import type { FlowRecord } from '../store';
import type { Connection } from './database';
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
  const errors = connection
    .statement("SELECT text FROM alerts WHERE flow = ? AND state = 'ACTIVATED' ORDER BY time DESC LIMIT 10")
    .all(id)
    .map(({ text }) => ({ error_description: text }));
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

export function putFlow(connection: Connection, { id, name, upstream, status }: MeterFlow): void {
  connection.write(() =>
    connection
      .statement(
        `INSERT INTO flows (id, name, upstream, status) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name),
           upstream = coalesce(excluded.upstream, upstream), status = coalesce(excluded.status, status)`,
      )
      .run(id, name ?? null, upstream ?? null, status ?? null),
  );
}

/** The same alert may come several times: whoever sends webhooks repeats them. */
export function recordAlert(connection: Connection, alert: MeterAlert): void {
  const { id, flowId, type, state, time, until, value, threshold, text } = alert;
  connection.write(() => {
    if (connection.statement('SELECT 1 FROM alerts WHERE id = ? OR ended_by = ?').get(id, id)) return;
    connection.statement('INSERT INTO flows (id) VALUES (?) ON CONFLICT DO NOTHING').run(flowId);
    if (state === 'DEACTIVATED') {
      const end = until ?? time;
      const { changes } = connection
        .statement(
          `UPDATE alerts SET state = 'DEACTIVATED', until = ?, ended_by = ?
           WHERE flow = ? AND type = ? AND state = 'ACTIVATED' AND time <= ? AND coalesce(threshold >= ?, TRUE)`,
        )
        .run(end, id, flowId, type, end, threshold ?? null);
      if (Number(changes) > 0) return;
    }
    connection
      .statement(
        `INSERT INTO alerts (id, flow, type, state, time, until, value, threshold, text)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, flowId, type, state, time, until ?? null, value ?? null, threshold ?? null, text);
  });
}

export function readAlerts(connection: Connection, flowId: string): readonly MeterAlert[] {
  return connection
    .statement('SELECT * FROM alerts WHERE flow = ? ORDER BY time DESC, rowid DESC LIMIT ?')
    .all(flowId, maxAlerts)
    .map((row) => ({
      id: row.id as string,
      flowId,
      type: row.type as string,
      state: row.state as MeterAlert['state'],
      time: row.time as number,
      ...(row.until === null ? {} : { until: row.until as number }),
      ...(row.value === null ? {} : { value: row.value as number }),
      ...(row.threshold === null ? {} : { threshold: row.threshold as number }),
      text: row.text as string,
    }));
}
