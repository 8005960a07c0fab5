/** Meta's notices of alerts and statuses in a meter's file, and the alerts that they make. */
import { maxAlerts, type AlertError, type AlertNotice, type MeterAlert } from '../../contract/alert';
import { orderAlerts, orderStatuses, type Notice } from './alertHistory';
import type { Connection } from './connection';
import type { RecordedAlerts } from '../meterStore';

/** Texts of a flow's alerts that hold, newest first. */
export function activeAlertTexts(connection: Connection, flowId: string): readonly string[] {
  return connection
    .statement(
      `SELECT text FROM notices WHERE flow = ? AND state = 'ACTIVATED' AND until IS NULL
       ORDER BY time DESC, type, place DESC LIMIT 10`,
    )
    .all(flowId)
    .map(({ text }) => text as string);
}

/** Takes in all of them or none. Meta repeats what it sends, so a notice may come several times, and late. */
export function recordAlerts(connection: Connection, notices: readonly AlertNotice[]): RecordedAlerts {
  return connection.write(() => {
    const known = new Map<string, boolean>();
    const changed = new Map<string, AlertNotice>();
    for (const notice of notices) {
      const { flowId, type } = notice;
      if (!known.has(flowId)) known.set(flowId, isKnown(connection, flowId));
      if (known.get(flowId) && insert(connection, notice)) changed.set(`${flowId} ${type}`, notice);
    }
    for (const { flowId, type } of changed.values()) settle(connection, flowId, type);
    return {
      unknownFlows: [...known.keys()].filter((id) => !known.get(id)),
      changedFlows: [...new Set([...changed.values()].map(({ flowId }) => flowId))],
    };
  });
}

/** An app has flows that nobody measures; what Meta says of them makes them none of the meter's. */
function isKnown(connection: Connection, flowId: string): boolean {
  return connection.statement('SELECT 1 FROM flows WHERE id = ?').get(flowId) !== undefined;
}

/** False where it is there already. */
function insert(connection: Connection, notice: AlertNotice): boolean {
  const { changes } = connection
    .statement(
      `INSERT INTO notices (id, flow, type, state, time, value, threshold, text, requests_count, p50_latency, errors,
         old_status, new_status, reason, place, stands)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1) ON CONFLICT DO NOTHING`,
    )
    .run(
      notice.id,
      notice.flowId,
      notice.type,
      notice.state,
      notice.time,
      notice.value ?? null,
      notice.threshold ?? null,
      notice.text,
      notice.requestsCount ?? null,
      notice.p50Latency ?? null,
      notice.errors ? JSON.stringify(notice.errors) : null,
      notice.oldStatus ?? null,
      notice.newStatus ?? null,
      notice.reason ?? null,
    );
  return Number(changes) > 0;
}

/** Works out anew what the notices of one flow and type mean together. */
function settle(connection: Connection, flowId: string, type: string): void {
  const rows = connection
    .statement(
      `SELECT id, state, time, threshold, old_status, new_status, until, place, stands
       FROM notices WHERE flow = ? AND type = ?`,
    )
    .all(flowId, type);
  const notices = rows.map((row): Notice => {
    const { id, state, time } = row as { id: string; state: Notice['state']; time: number };
    return {
      id,
      state,
      time,
      ...given('threshold', row.threshold as number | null),
      ...given('oldStatus', row.old_status as string | null),
      ...given('newStatus', row.new_status as string | null),
    };
  });
  const isStatus = type === 'FLOW_STATUS_CHANGE';
  const ordered = isStatus ? orderStatuses(notices) : orderAlerts(notices);
  const before = new Map(rows.map((row) => [row.id, row]));
  const update = connection.statement('UPDATE notices SET until = ?, place = ?, stands = ? WHERE id = ?');
  for (const { id, until = null, place, stands } of ordered) {
    const row = before.get(id)!;
    if (row.until !== until || row.place !== place || row.stands !== Number(stands)) {
      update.run(until, place, Number(stands), id);
    }
  }
  if (isStatus)
    putStatus(
      connection,
      flowId,
      notices.find(({ id }) => id === ordered.at(-1)?.id),
    );
}

/** A notice that is older than what the status stands on, because that was deleted since, changes nothing. */
function putStatus(connection: Connection, flowId: string, newest: Notice | undefined): void {
  if (newest?.newStatus === undefined) return;
  connection
    .statement('UPDATE flows SET status = ?, status_time = ? WHERE id = ? AND coalesce(status_time <= ?, TRUE)')
    .run(newest.newStatus, newest.time, flowId, newest.time);
}

export function readAlerts(connection: Connection, flowId: string): readonly MeterAlert[] {
  return connection
    .statement('SELECT * FROM notices WHERE flow = ? AND stands ORDER BY time DESC, type, place DESC LIMIT ?')
    .all(flowId, maxAlerts)
    .map((row) => ({
      id: row.id as string,
      flowId,
      type: row.type as string,
      state: row.until === null ? (row.state as MeterAlert['state']) : 'DEACTIVATED',
      time: row.time as number,
      ...given('until', row.until as number | null),
      ...given('value', row.value as number | null),
      ...given('threshold', row.threshold as number | null),
      text: row.text as string,
      ...given('requestsCount', row.requests_count as number | null),
      ...given('p50Latency', row.p50_latency as number | null),
      ...(row.errors === null ? {} : { errors: JSON.parse(row.errors as string) as readonly AlertError[] }),
      ...given('oldStatus', row.old_status as string | null),
      ...given('newStatus', row.new_status as string | null),
      ...given('reason', row.reason as string | null),
    }));
}

function given<K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } {
  return (value === null ? {} : { [key]: value }) as { [P in K]?: V };
}
