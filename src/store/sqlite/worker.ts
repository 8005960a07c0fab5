/** The thread that owns SQLite: its calls block, and nobody but the store waits for them here. */
import { parentPort, workerData } from 'node:worker_threads';
import { textOf } from '../../process/uncaughtErrors';
import { readAlerts, recordAlerts } from './alerts';
import { backUp } from './backUp';
import type { Connection } from './connection';
import { Database } from './database';
import { listFlows, putFlows, readFlow } from './flows';
import { Retention } from './retention';
import { MeterError, type StoredFlow } from '../meterStore';
import type { OperationName, Operations, WorkerMessage, WorkerRequest, WorkerStart } from './protocol';
import { countRequests, firstStoredDay, readMilliseconds, readSeries } from './reader';
import { Writer } from './writer';

const { file, zone, maxFlows } = workerData as WorkerStart;
const port = parentPort!;
/** What this process measures: known in every file that is begun while it runs. */
let declared: readonly StoredFlow[] = [];
const database = new Database(file, {
  onSetAside: (place) => tell({ setAside: place }),
  onNotice: (text) => tell({ notice: text }),
  onOpened: (connection) => putFlows(connection, declared),
});
let saidOfDamage = false;
const writer = new Writer(maxFlows, () => {
  if (saidOfDamage) return;
  saidOfDamage = true;
  tell({ notice: `A distribution of latencies in ${file} was damaged: its percentiles begin anew.` });
});
const retention = new Retention();

type Handlers = {
  readonly [Name in Exclude<OperationName, 'backUp' | 'close'>]: (
    connection: Connection,
    input: Operations[Name]['takes'],
  ) => Operations[Name]['gives'];
};

const handlers: Handlers = {
  open: (connection) => void connection.check(),
  commit: (connection, { events, seen }) => writer.commit(connection, events, seen),
  declareFlows: (connection, flows) => {
    declared = flows;
    putFlows(connection, flows);
  },
  putFlow: (connection, flow) => void putFlows(connection, [flow]),
  recordAlerts,
  listFlows: (connection, range) => listFlows(connection, range, zone),
  readFlow: (connection, flowId) => readFlow(connection, flowId, zone),
  firstStoredDay: (connection, flowId) => firstStoredDay(connection, flowId, zone),
  countRequests: (connection, { flowId, span }) => countRequests(connection, flowId, span),
  readSeries: (connection, request) => readSeries(connection, request, zone),
  readMilliseconds: (connection, request) => readMilliseconds(connection, request, zone),
  readAlerts,
  keepHouse: (connection, times) => retention.step(connection, times),
};

port.on('message', ({ id, name, input }: WorkerRequest) => {
  try {
    tell({ id, ...answer(name, input) });
  } catch (error) {
    // An answer that cannot travel: whoever waits for it shall not wait for ever.
    tell({ id, ok: false, kind: 'failed', message: textOf(error), index: undefined });
  }
  if (name === 'close') port.close();
});

// The last defence: what the connection holds may be half done, so that the next request opens another one.
process.on('uncaughtException', (error) => {
  database.close();
  tell({ notice: `The meter's store met an unexpected error: ${textOf(error)}` });
});

type Answer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly kind: MeterError['kind'];
      readonly message: string;
      readonly index: number | undefined;
    };

function answer(name: OperationName, input: unknown): Answer {
  if (name === 'close') {
    database.close();
    return { ok: true, value: undefined };
  }
  try {
    if (name === 'backUp') return { ok: true, value: backUp(file, input as Operations['backUp']['takes']) };
    // The sender's types match name and input; between threads only the value travels.
    const handler = handlers[name] as (connection: Connection, input: unknown) => unknown;
    return { ok: true, value: database.use((connection) => handler(connection, input)) };
  } catch (error) {
    const { kind, message, index } = error instanceof MeterError ? error : new MeterError('failed', String(error));
    return { ok: false, kind, message, index };
  }
}

function tell(message: WorkerMessage): void {
  port.postMessage(message);
}
