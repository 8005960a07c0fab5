/** The thread that owns SQLite, whose calls block. */
import { parentPort, workerData } from 'node:worker_threads';
import { textOf } from '../../process/uncaughtErrors';
import { readAlerts, recordAlerts } from './alerts';
import { backUp } from './backUp';
import type { Connection } from './connection';
import { Database } from './database';
import { listFlows, putFlows, readFlow } from './flows';
import { insertMark, readMarks, removeMark } from './marks';
import { Retention } from './retention';
import { MeterError, type StoredFlow } from '../meterStore';
import type { StoreEngine } from '../storeEngine';
import type { OperationName, WorkerMessage, WorkerRequest, WorkerResult, WorkerStart } from './protocol';
import { countRequests, firstStoredDay, readMilliseconds, readSeries } from './reader';
import { Writer } from './writer';

const { file, zone, maxFlows, setsAside } = workerData as WorkerStart;
const port = parentPort!;
/** The flows of this process: put into every file that is begun while it runs. */
let declared: readonly StoredFlow[] = [];
const database = new Database(file, {
  setsAside,
  onQuarantine: (place) => send({ quarantined: place }),
  onNotice: (text) => send({ notice: text }),
  onOpened: (connection) => putFlows(connection, declared),
});
let damageReported = false;
const writer = new Writer(maxFlows, () => {
  if (damageReported) return;
  damageReported = true;
  send({ notice: `A distribution of latencies in ${file} was damaged: its percentiles begin anew.` });
});
const retention = new Retention();

type Operations = {
  readonly [Name in Exclude<OperationName, 'backUp' | 'close'>]: (
    connection: Connection,
    ...args: Parameters<StoreEngine[Name]>
  ) => Awaited<ReturnType<StoreEngine[Name]>>;
};

const operations: Operations = {
  open: (connection) => connection.check(),
  commit: (connection, events, seen) => writer.commit(connection, events, seen),
  declareFlows: (connection, flows) => {
    declared = flows;
    putFlows(connection, flows);
  },
  putFlow: (connection, flow) => putFlows(connection, [flow]),
  recordAlerts,
  listFlows: (connection, range) => listFlows(connection, range, zone),
  readFlow: (connection, flowId) => readFlow(connection, flowId, zone),
  firstStoredDay: (connection, flowId) => firstStoredDay(connection, flowId, zone),
  countRequests,
  readSeries: (connection, request) => readSeries(connection, request, zone),
  readMilliseconds: (connection, request) => readMilliseconds(connection, request, zone),
  readAlerts,
  addMark: insertMark,
  readMarks,
  removeMark,
  sweep: (connection, times) => retention.step(connection, times),
};

port.on('message', ({ id, name, args }: WorkerRequest) => {
  try {
    send({ id, ...run(name, args) });
  } catch (error) {
    // The value cannot be sent to another thread: its caller gets an error instead of waiting for ever.
    send({ id, ok: false, kind: 'failed', message: textOf(error), index: undefined });
  }
  if (name === 'close') port.close();
});

// The last defence: what the connection holds may be half done, so that the next request opens another one.
process.on('uncaughtException', (error) => {
  database.close();
  send({ notice: `The meter's store met an unexpected error: ${textOf(error)}` });
});

function run(name: OperationName, args: readonly unknown[]): WorkerResult {
  if (name === 'close') {
    database.close();
    return { ok: true, value: undefined };
  }
  try {
    // The sender's types match name and arguments; between threads only the values travel.
    if (name === 'backUp') return { ok: true, value: backUp(file, ...(args as Parameters<StoreEngine['backUp']>)) };
    const operation = operations[name] as (connection: Connection, ...args: readonly unknown[]) => unknown;
    return { ok: true, value: database.use((connection) => operation(connection, ...args)) };
  } catch (error) {
    const { kind, message, index } = error instanceof MeterError ? error : new MeterError('failed', String(error));
    return { ok: false, kind, message, index };
  }
}

function send(message: WorkerMessage): void {
  port.postMessage(message);
}
