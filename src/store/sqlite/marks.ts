/** Marks in a meter's file. */
import { maxMarks, type MeterMark, type NewMark } from '../../contract/mark';
import { defined } from '../../util/defined';
import type { Connection } from './connection';
import { MeterError, type AddedMark } from '../meterStore';

/** The flow of marks that are of all flows. */
const allFlows = '';

export function insertMark(connection: Connection, mark: NewMark): AddedMark {
  const { text, time, flowId = allFlows } = mark;
  return connection.write(() => {
    const isKnown =
      flowId === allFlows || connection.statement('SELECT 1 FROM flows WHERE id = ?').get(flowId) !== undefined;
    if (!isKnown) {
      throw new MeterError('refused', 'The meter does not know this flow: leave the flow out for a mark of all flows.');
    }
    const { changes } = connection
      .statement('INSERT INTO marks (flow, time, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(flowId, time, text);
    const key = connection
      .statement('SELECT key FROM marks WHERE flow = ? AND time = ? AND text = ?')
      .get(flowId, time, text)!.key as number;
    connection
      .statement(
        `DELETE FROM marks WHERE key IN
           (SELECT key FROM marks WHERE key <> ? ORDER BY time DESC, key DESC LIMIT -1 OFFSET ${maxMarks - 1})`,
      )
      .run(key);
    return { ...mark, id: String(key), added: Number(changes) > 0 };
  });
}

export function readMarks(connection: Connection, flowId?: string): readonly MeterMark[] {
  return connection
    .statement(
      `SELECT key, flow, time, text FROM marks WHERE ?1 IS NULL OR flow IN (?1, '')
       ORDER BY time DESC, key DESC LIMIT ${maxMarks}`,
    )
    .all(flowId ?? null)
    .map(({ key, flow, time, text }) => ({
      id: String(key),
      text: text as string,
      time: time as number,
      ...defined({ flowId: flow === allFlows ? undefined : (flow as string) }),
    }));
}

export function removeMark(connection: Connection, id: string): boolean {
  // As text, so that no number of too many digits is rounded to another one.
  const { changes } = connection.write(() =>
    connection.statement('DELETE FROM marks WHERE CAST(key AS TEXT) = ?').run(id),
  );
  return Number(changes) > 0;
}
