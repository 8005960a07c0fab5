/** The main thread's side of the worker: numbers requests and matches answers. */
import { Worker } from 'node:worker_threads';
import { MeterError } from './meterStore';
import type { OperationName, Operations, WorkerMessage, WorkerRequest, WorkerStart } from './protocol';
import { workerFile } from './workerFile';

export interface WorkerDoor {
  /** Rejects with a `MeterError`. */
  ask<Name extends OperationName>(name: Name, input: Operations[Name]['takes']): Promise<Operations[Name]['gives']>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MeterError) => void;
}

export interface WorkerNews {
  readonly onSetAside: (place: string) => void;
  readonly onNotice: (text: string) => void;
}

export function openWorker(start: WorkerStart, { onSetAside, onNotice }: WorkerNews): WorkerDoor {
  const worker = new Worker(workerFile, {
    workerData: start,
    // Node 22 calls its SQLite experimental on stderr; what works with it is known.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: MeterError | undefined;

  const end = (message: string): void => {
    ended = new MeterError('failed', message);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('error', (error) => end(`The meter's store failed: ${error.message}.`));
  worker.on('exit', () => end("The meter's store has ended."));
  worker.on('message', (message: WorkerMessage) => {
    if ('setAside' in message) return onSetAside(message.setAside);
    if ('notice' in message) return onNotice(message.notice);
    const caller = waiting.get(message.id)!;
    waiting.delete(message.id);
    // A process may end when nobody waits for the store any more.
    if (waiting.size === 0) worker.unref();
    if (message.ok) caller.resolve(message.value);
    else caller.reject(new MeterError(message.kind, message.message, message.index));
  });
  worker.unref();

  return {
    ask: (name, input) =>
      new Promise<never>((resolve, reject) => {
        if (ended) return reject(ended);
        const request: WorkerRequest = { id: ++lastId, name, input };
        waiting.set(request.id, { resolve: resolve as (value: unknown) => void, reject });
        worker.ref();
        worker.postMessage(request);
      }),
  };
}
