/** SQLite in a thread of its own. This side numbers requests, matches answers, and replaces a thread that ended. */
import { Worker } from 'node:worker_threads';
import { textOf } from '../../process/uncaughtErrors';
import { forwardCalls } from '../forwardCalls';
import { MeterError } from '../meterStore';
import type { EngineOptions, StoreEngine } from '../storeEngine';
import { checkNode } from './nodeVersion';
import type { OperationName, WorkerMessage, WorkerRequest, WorkerStart } from './protocol';
import { workerFile } from './workerFile';

interface SqliteEngineOptions extends EngineOptions {
  /** For tests; the bundle of worker.ts unless told otherwise. */
  readonly script?: string;
  /** A thread that ended is not started again before so many milliseconds; 1 s unless told otherwise. */
  readonly restartMs?: number;
}

/** Every call rejects with a `MeterError`. */
export function createSqliteEngine(options: SqliteEngineOptions): StoreEngine {
  const client = new WorkerClient(options);
  return forwardCalls<StoreEngine>((name, args) => client.send(name, args));
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MeterError) => void;
}

const defaultRestartMs = 1_000;

class WorkerClient {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private worker: Worker | undefined;
  private startedAt = -Infinity;
  private endError = new MeterError('failed', "The meter's store has ended.");
  private closing = false;
  /** The declared flows, which the next thread has to know as well. */
  private declared: readonly unknown[] | undefined;

  constructor(private readonly options: SqliteEngineOptions) {}

  send(name: OperationName, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { restartMs = defaultRestartMs } = this.options;
      // A thread that is gone holds no file.
      if (!this.worker && name === 'close') return resolve(undefined);
      if (!this.worker && (this.closing || performance.now() - this.startedAt < restartMs))
        return reject(this.endError);
      const worker = (this.worker ??= this.start());
      if (name === 'declareFlows') this.declared = args;
      this.closing ||= name === 'close';
      const request: WorkerRequest = { id: ++this.lastId, name, args };
      worker.postMessage(request);
      this.waiting.set(request.id, { resolve, reject });
      worker.ref();
    });
  }

  private start(): Worker {
    checkNode(process.versions.node);
    const { file, zone, maxFlows, setsAside, script = workerFile } = this.options;
    const worker = new Worker(script, {
      workerData: { file, zone, maxFlows, setsAside } satisfies WorkerStart,
      // Node 22 calls its SQLite experimental on stderr; what works with it is known.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.startedAt = performance.now();
    worker.on('error', (error: unknown) => this.end(worker, `The meter's store failed: ${textOf(error)}.`));
    worker.on('exit', () => this.end(worker, "The meter's store has ended."));
    // The message does not tell whose answer it is, so all requests are ended.
    worker.on('messageerror', () => void worker.terminate());
    worker.on('message', (message: WorkerMessage) => this.take(worker, message));
    if (this.declared) {
      worker.postMessage({ id: 0, name: 'declareFlows', args: this.declared } satisfies WorkerRequest);
    }
    worker.unref();
    return worker;
  }

  /** Rejects all that wait; they may ask again, since events have ids and count once. */
  private end(worker: Worker, message: string): void {
    // An error is followed by the exit that it causes.
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.endError = new MeterError('failed', message);
    if (!this.closing) this.options.onNotice(`${message} It is started anew.`);
    for (const { reject } of this.waiting.values()) reject(this.endError);
    this.waiting.clear();
  }

  private take(worker: Worker, message: WorkerMessage): void {
    if ('quarantined' in message) return this.options.onQuarantine(message.quarantined);
    if ('notice' in message) return this.options.onNotice(message.notice);
    const caller = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    // A process may end when nobody waits for the store any more.
    if (this.waiting.size === 0) worker.unref();
    if (message.ok) caller?.resolve(message.value);
    else caller?.reject(new MeterError(message.kind, message.message, message.index));
  }
}
