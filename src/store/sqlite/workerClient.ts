/** The main thread's side of the worker: numbers requests, matches answers, and replaces a thread that ended. */
import { Worker } from 'node:worker_threads';
import { textOf } from '../../process/uncaughtErrors';
import { MeterError } from '../meterStore';
import type { OperationName, Operations, WorkerMessage, WorkerRequest, WorkerStart } from './protocol';
import { workerFile } from './workerFile';

export interface WorkerClient {
  /** Rejects with a `MeterError`. */
  ask<Name extends OperationName>(name: Name, input: Operations[Name]['takes']): Promise<Operations[Name]['gives']>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MeterError) => void;
}

export interface WorkerOptions {
  readonly start: WorkerStart;
  /** A damaged file was moved to that place. */
  readonly onSetAside: (place: string) => void;
  /** Told, in one line for a person, what should be known of the file and the thread. */
  readonly onNotice: (text: string) => void;
  /** For tests; the bundle of worker.ts unless told otherwise. */
  readonly script?: string;
  /** A thread that ended is not started again before so many milliseconds; 1 s unless told otherwise. */
  readonly restartMs?: number;
}

const defaultRestartMs = 1_000;

/**
 * Starts the thread, and starts it anew where it ends unasked: whoever was waiting is told `failed` and may ask again,
 * since events have ids and count once.
 */
export function openWorker(options: WorkerOptions): WorkerClient {
  const { start, onSetAside, onNotice, script = workerFile, restartMs = defaultRestartMs } = options;
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let worker: Worker | undefined;
  let begunAt = -Infinity;
  let ended = new MeterError('failed', "The meter's store has ended.");
  let closing = false;
  /** What the thread knows besides the file. */
  let declared: Operations['declareFlows']['takes'] | undefined;

  const begin = (): Worker => {
    const thread = new Worker(script, {
      workerData: start,
      // Node 22 calls its SQLite experimental on stderr; what works with it is known.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    begunAt = performance.now();
    const end = (message: string): void => {
      // An error is followed by the exit that it causes.
      if (worker !== thread) return;
      worker = undefined;
      ended = new MeterError('failed', message);
      if (!closing) onNotice(`${message} It is started anew.`);
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
    };
    thread.on('error', (error: unknown) => end(`The meter's store failed: ${textOf(error)}.`));
    thread.on('exit', () => end("The meter's store has ended."));
    // What cannot be read tells of no request, so that all who wait are told.
    thread.on('messageerror', () => void thread.terminate());
    thread.on('message', (message: WorkerMessage) => take(thread, message));
    // Nobody waits for the answer to this.
    if (declared) thread.postMessage({ id: 0, name: 'declareFlows', input: declared } satisfies WorkerRequest);
    thread.unref();
    return thread;
  };

  const take = (thread: Worker, message: WorkerMessage): void => {
    if ('setAside' in message) return onSetAside(message.setAside);
    if ('notice' in message) return onNotice(message.notice);
    const caller = waiting.get(message.id);
    waiting.delete(message.id);
    // A process may end when nobody waits for the store any more.
    if (waiting.size === 0) thread.unref();
    if (message.ok) caller?.resolve(message.value);
    else caller?.reject(new MeterError(message.kind, message.message, message.index));
  };

  return {
    ask: (name, input) =>
      new Promise<never>((resolve, reject) => {
        // A thread that is gone holds no file.
        if (!worker && name === 'close') return resolve(undefined as never);
        if (!worker && (closing || performance.now() - begunAt < restartMs)) return reject(ended);
        worker ??= begin();
        if (name === 'declareFlows') declared = input as typeof declared;
        closing ||= name === 'close';
        const request: WorkerRequest = { id: ++lastId, name, input };
        worker.postMessage(request);
        waiting.set(request.id, { resolve: resolve as (value: unknown) => void, reject });
        worker.ref();
      }),
  };
}
