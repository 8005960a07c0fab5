/** The parts that record in one process: recorder, availability checks and Meta's webhook, the store, and its API. */
import { version } from '../../package.json';
import { closeAll } from '../process/closeAll';
import { Checker, type CheckerOptions } from '../recorder/checker';
import { startRecorder, type Recorder, type RecorderOptions } from '../recorder/recorder';
import { StoreQueue } from '../recorder/storeQueue';
import { WebhookReceiver, type WebhookOptions } from '../recorder/webhook/webhookReceiver';
import { createApp } from '../server/app';
import { startHttpServer, type HttpServerOptions, type RunningServer } from '../server/httpServer';
import type { MeterStore, StoredFlow } from '../store/meterStore';
import { defined } from '../util/defined';

interface RecordingServiceOptions {
  readonly store: MeterStore;
  /** Called with exceptions that are answered or passed over. */
  readonly onException: (error: unknown) => void;
  readonly log?: (line: string, cause?: string) => void;
}

export class RecordingService {
  readonly queue: StoreQueue;
  private recorder: Recorder | undefined;
  private checker: Checker | undefined;
  private api: RunningServer | undefined;
  private webhook: WebhookReceiver | undefined;
  /** The ends of receivers that were replaced, which may still have requests under way. */
  private readonly webhookEnds = new Set<Promise<void>>();

  constructor(private readonly options: RecordingServiceOptions) {
    const { store, log } = options;
    this.queue = new StoreQueue({ record: (events) => store.record(events), ...defined({ report: log }) });
  }

  /** Rejects as `startRecorder` does; may be called again then. */
  async startRecorder(options: Omit<RecorderOptions, 'sink' | 'report' | 'webhook'>): Promise<Recorder> {
    const webhook = this.webhook?.serve;
    const { log: report } = this.options;
    return (this.recorder = await startRecorder({ ...options, sink: this.queue, ...defined({ report, webhook }) }));
  }

  startChecks(options: Omit<CheckerOptions, 'sink'>): Checker {
    return (this.checker = new Checker({ ...options, sink: this.queue }));
  }

  /** Rejects with Node's error where the address cannot be listened on. */
  async startApi(options: Omit<HttpServerOptions, 'app' | 'onException'>): Promise<RunningServer> {
    const { store, onException } = this.options;
    const app = createApp({
      store,
      meter: store,
      now: Date.now,
      fixedClock: false,
      minRequests: 0,
      version,
      onException,
    });
    return (this.api = await startHttpServer({ ...options, app, onException }));
  }

  /** Takes Meta's notices with these secrets from the next request on; undefined takes none. */
  setWebhook(options: Omit<WebhookOptions, 'store' | 'log'> | undefined): void {
    this.endWebhook();
    const { store, log } = this.options;
    this.webhook = options && new WebhookReceiver({ ...options, store, ...defined({ log }) });
    this.recorder?.setWebhook(this.webhook?.serve);
  }

  /** Resolves when everything is written; true where every part ended as it should. */
  close(): Promise<boolean> {
    // Recorder and checks end before the queue, so that their last measurements are written. All ports are free at once,
    // so that the next process can begin while requests that are under way still end here.
    const parts = [
      (): unknown => this.checker?.close(),
      (): unknown => Promise.all([this.recorder?.close(), this.api?.close(), this.closeWebhook()]),
      (): unknown => this.queue.close(),
      (): unknown => this.options.store.close(),
    ];
    return closeAll(parts, this.options.onException);
  }

  private async closeWebhook(): Promise<void> {
    this.endWebhook();
    await Promise.all(this.webhookEnds);
  }

  /** Requests that still come are answered by it until another one takes its place: Meta sends them again. */
  private endWebhook(): void {
    const end = this.webhook?.close();
    if (!end) return;
    this.webhookEnds.add(end);
    void end.finally(() => this.webhookEnds.delete(end));
  }
}

/** Recorded flows as the store keeps them. */
export function storedFlowsOf(
  flows: readonly { readonly id: string; readonly upstream: string; readonly name?: string }[],
): readonly StoredFlow[] {
  return flows.map(({ id, name, upstream }) => ({ id, upstream, ...defined({ name }) }));
}
