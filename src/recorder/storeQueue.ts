/** A bounded queue before the store: recorder and checks never wait for the disk, and what finds no room is counted. */
import type { MeterEvent, EventSink } from '../contract/event';
import type { MeterError } from '../store/meterStore';

export interface StoreQueueOptions {
  /** `MeterStore.record`, or what stands before it. */
  readonly record: (events: readonly MeterEvent[]) => Promise<unknown>;
  /** Events that may wait; 100 000 unless told otherwise, a quarter of an hour of a busy endpoint. */
  readonly capacity?: number;
  /** Between two attempts where the store cannot write; 1 s unless told otherwise. */
  readonly retryMs?: number;
  /** Told in one line when writing begins to fail, when it goes on, and when events were lost. */
  readonly report?: (message: string, cause?: string) => void;
}

export interface StoreQueue extends EventSink {
  /** Events that are not on disk yet. */
  readonly waiting: number;
  /** Requests whose events the store has; checks are not among them. */
  readonly storedRequests: number;
  /** Resolves when the store has what was pushed so far, or cannot have it; at the latest after so many milliseconds. */
  stored(limitMs: number): Promise<void>;
  /** Writes what waits, for at most so many milliseconds; the rest is lost. */
  close(limitMs?: number): Promise<void>;
}

const defaultCapacity = 100_000;
const defaultRetryMs = 1_000;
const defaultCloseMs = 5_000;
const maxBatch = 5_000;
/** Somebody who waits for the events that were in the queue when it began, of which so many are left. */
interface Waiter {
  left: number;
  readonly resolve: () => void;
}

/** Losses come in floods: a line for each would be another one. */
const lossReportMs = 10_000;

export function createStoreQueue(options: StoreQueueOptions): StoreQueue {
  const { record, capacity = defaultCapacity, retryMs = defaultRetryMs, report = (): void => undefined } = options;
  const queue: MeterEvent[] = [];
  let losses = 0;
  let storedRequests = 0;
  let closing = false;
  let writing: Promise<void> | undefined;
  let wake: () => void = () => undefined;
  let failing = false;
  let reported = 0;
  let lossTimer: NodeJS.Timeout | undefined;
  let waiters: Waiter[] = [];
  let impatient = false;

  /** Takes events out of the queue, stored or lost, and tells those who waited for them. */
  function take(index: number, count: number): number {
    const taken = queue.splice(index, count).length;
    for (const waiter of waiters) if (waiter.left > index) waiter.left -= Math.min(taken, waiter.left - index);
    for (const { left, resolve } of waiters) if (left === 0) resolve();
    waiters = waiters.filter(({ left }) => left > 0);
    if (waiters.length === 0) impatient = false;
    return taken;
  }

  function stored(limitMs: number): Promise<void> {
    if (queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        left: queue.length,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        waiters = waiters.filter((other) => other !== waiter);
        if (!impatient) report('Answers go out before their measurements are stored, since the store takes too long.');
        impatient = true;
        resolve();
      }, limitMs);
      waiters.push(waiter);
    });
  }

  function lose(count: number): void {
    losses += count;
    if (lossTimer) return;
    reportLosses();
    lossTimer = setTimeout(() => {
      lossTimer = undefined;
      reportLosses();
    }, lossReportMs).unref();
  }

  function reportLosses(): void {
    if (losses > reported) report(`${losses - reported} measurements were lost, ${losses} since the start.`);
    reported = losses;
  }

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, maxBatch);
      try {
        await record(batch);
        const taken = take(0, batch.length);
        // What the closing gave up as lost is stored after all.
        losses -= batch.length - taken;
        storedRequests += batch.filter(isRequest).length;
        if (failing) report('Measurements are written again.');
        failing = false;
      } catch (error) {
        const { kind, index, message } = (error ?? {}) as Partial<MeterError>;
        if (kind === 'refused' && index !== undefined && index < batch.length) {
          // One event that cannot be counted must not hold up the others.
          take(index, 1);
          report(`A measurement was refused: ${message}`, 'A measurement was refused');
          lose(1);
        } else if (kind === 'closed' || kind === 'refused') {
          report(`Measurements cannot be written: ${message}`);
          lose(take(0, queue.length));
        } else {
          if (!failing) report(`Measurements wait, since they cannot be written: ${message}`);
          failing = true;
          // Ids make it safe to send again what may have been written.
          await pause();
        }
      }
    }
    writing = undefined;
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    push(event) {
      if (closing || queue.length >= capacity) {
        lose(1);
        return;
      }
      queue.push(event);
      // What comes in one turn of the event loop is written together.
      writing ??= Promise.resolve().then(writeAll);
    },
    get losses() {
      return losses;
    },
    get waiting() {
      return queue.length;
    },
    get storedRequests() {
      return storedRequests;
    },
    stored,
    async close(limitMs = defaultCloseMs) {
      closing = true;
      wake();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([writing, limit]);
      clearTimeout(timer);
      losses += take(0, queue.length);
      clearTimeout(lossTimer);
      reportLosses();
    },
  };
}

function isRequest({ outcome }: MeterEvent): boolean {
  return outcome !== 'check_succeeded' && outcome !== 'check_failed';
}
