/** A bounded queue before the store: recorder and checks never wait for the disk, and what finds no room is counted. */
import type { MeterEvent, EventSink } from '../contract/event';
import type { MeterError } from '../store/meterStore';

interface StoreQueueOptions {
  /** `MeterStore.record`, or what stands before it. */
  readonly record: (events: readonly MeterEvent[]) => Promise<unknown>;
  /** Events that may wait; 100 000 unless told otherwise, a quarter of an hour of a busy endpoint. */
  readonly capacity?: number;
  /** Between two attempts where the store cannot write; 1 s unless told otherwise. */
  readonly retryMs?: number;
  /** Told in one line when writing begins to fail, when it goes on, and when events were lost. */
  readonly report?: (message: string, cause?: string) => void;
}

const defaultCapacity = 100_000;
const defaultRetryMs = 1_000;
const defaultCloseMs = 5_000;
const maxBatch = 5_000;
/** Losses come in floods: a line for each would be another one. */
const lossReportMs = 10_000;

/** A wait for the events that were in the queue when it began, of which so many are left. */
interface Waiter {
  left: number;
  readonly resolve: () => void;
}

export class StoreQueue implements EventSink {
  private readonly queue: MeterEvent[] = [];
  private lost = 0;
  private reportedLosses = 0;
  private lossTimer: NodeJS.Timeout | undefined;
  private requestsStored = 0;
  private closing = false;
  private writing: Promise<void> | undefined;
  private failing = false;
  private wake: () => void = () => undefined;
  private waiters: Waiter[] = [];
  private hasReportedDelay = false;

  constructor(private readonly options: StoreQueueOptions) {}

  get losses(): number {
    return this.lost;
  }

  /** Events that are not on disk yet. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Requests whose events the store has; checks are not among them. */
  get storedRequests(): number {
    return this.requestsStored;
  }

  push(event: MeterEvent): void {
    if (this.closing || this.queue.length >= (this.options.capacity ?? defaultCapacity)) return this.lose(1);
    this.queue.push(event);
    // Events of one turn of the event loop are written together.
    this.writing ??= Promise.resolve().then(() => this.writeAll());
  }

  /** Resolves when the store has what was pushed so far, or cannot have it; at the latest after so many milliseconds. */
  stored(limitMs: number): Promise<void> {
    if (this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        left: this.queue.length,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        if (!this.hasReportedDelay) {
          this.report('Answers go out before their measurements are stored, since the store takes too long.');
        }
        this.hasReportedDelay = true;
        resolve();
      }, limitMs);
      this.waiters.push(waiter);
    });
  }

  /** Writes what waits, for at most so many milliseconds; the rest is lost. */
  async close(limitMs = defaultCloseMs): Promise<void> {
    this.closing = true;
    this.wake();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
    await Promise.race([this.writing, limit]);
    clearTimeout(timer);
    this.lost += this.take(0, this.queue.length);
    clearTimeout(this.lossTimer);
    this.reportLosses();
  }

  /** Takes events out of the queue, stored or lost, and resolves the waits for them. */
  private take(index: number, count: number): number {
    const taken = this.queue.splice(index, count).length;
    for (const waiter of this.waiters) {
      if (waiter.left > index) waiter.left -= Math.min(taken, waiter.left - index);
    }
    for (const { left, resolve } of this.waiters) if (left === 0) resolve();
    this.waiters = this.waiters.filter(({ left }) => left > 0);
    if (this.waiters.length === 0) this.hasReportedDelay = false;
    return taken;
  }

  private async writeAll(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.slice(0, maxBatch);
      try {
        await this.options.record(batch);
        const taken = this.take(0, batch.length);
        // Events that `close` gave up as lost are stored after all.
        this.lost -= batch.length - taken;
        this.requestsStored += batch.filter(isRequest).length;
        if (this.failing) this.report('Measurements are written again.');
        this.failing = false;
      } catch (error) {
        await this.handleFailure((error ?? {}) as Partial<MeterError>, batch.length);
      }
    }
    this.writing = undefined;
  }

  private async handleFailure({ kind, index, message }: Partial<MeterError>, batchLength: number): Promise<void> {
    if (kind === 'refused' && index !== undefined && index < batchLength) {
      // One event that cannot be counted must not hold up the others.
      this.take(index, 1);
      this.report(`A measurement was refused: ${message}`, 'A measurement was refused');
      this.lose(1);
    } else if (kind === 'closed' || kind === 'refused') {
      this.report(`Measurements cannot be written: ${message}`);
      this.lose(this.take(0, this.queue.length));
    } else {
      if (!this.failing) this.report(`Measurements wait, since they cannot be written: ${message}`);
      this.failing = true;
      // Ids make it safe to send again what may have been written.
      await this.pause();
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.retryMs ?? defaultRetryMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private lose(count: number): void {
    this.lost += count;
    if (this.lossTimer) return;
    this.reportLosses();
    this.lossTimer = setTimeout(() => {
      this.lossTimer = undefined;
      this.reportLosses();
    }, lossReportMs).unref();
  }

  private reportLosses(): void {
    if (this.lost > this.reportedLosses) {
      this.report(`${this.lost - this.reportedLosses} measurements were lost, ${this.lost} since the start.`);
    }
    this.reportedLosses = this.lost;
  }

  private report(message: string, cause?: string): void {
    this.options.report?.(message, cause);
  }
}

function isRequest({ outcome }: MeterEvent): boolean {
  return outcome !== 'check_succeeded' && outcome !== 'check_failed';
}
