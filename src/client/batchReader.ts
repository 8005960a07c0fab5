/**
 * How many reads travel to one server. A few go as they are, each a GET. More go by fifties, each fifty a POST in Graph's
 * batch, several at once. The first batch is tried alone; where batches do not work, everything goes as GETs from then
 * on. A batch is one attempt of each of its parts: what may pass, or was left out, is asked again by itself.
 */
import { bulkhead } from 'cockatiel';
import type { Result } from '../contract/client';
import { type MetricsError } from '../contract/errors';
import { graphIdOf } from '../contract/flow';
import { maxBatchSize } from '../contract/routes';
import type { BatchSupport } from './batch';
import { stopRunOn, type RequestSender, type OpenBatch, type Run } from './requestSender';
import { cancelledError, asMetricsError } from './clientErrors';

export interface Read {
  /** Begins with `/vN.N/`. */
  readonly path: string;
  /** The object that answers. */
  readonly id: string;
  /** Expected size of the answer. */
  readonly bytes: number;
}

export interface BatchReaderLimits {
  /** From so many reads on batches are used: fewer are in flight all at once anyway. */
  readonly batchFrom: number;
  /** Batches on their way at once. */
  readonly batchesInFlight: number;
  /** Expected bytes of the answer to one batch: it is taken apart in one go, which must not hold up the editor. */
  readonly batchBytes: number;
}

/** A read with the attempts that it had, and whoever waits for what comes of it. */
interface PendingRead extends Read {
  attempts: number;
  readonly settle: (result: Result<unknown>) => void;
}

export class BatchReader {
  private readonly batchPlaces;

  constructor(
    private readonly sender: RequestSender,
    private readonly support: BatchSupport,
    private readonly limits: BatchReaderLimits,
  ) {
    this.batchPlaces = bulkhead(limits.batchesInFlight, Infinity);
  }

  /** Every read is settled once, by its index and in any order; never rejects. */
  async readAll(
    reads: readonly Read[],
    run: Run,
    onResult: (index: number, result: Result<unknown>) => void,
  ): Promise<void> {
    const pending = reads.map((read, i): PendingRead => ({
      ...read,
      attempts: 0,
      settle: (result) => onResult(i, result),
    }));
    if (pending.length < this.limits.batchFrom) return this.readOneByOne(pending, run);
    // Another run may be trying just now.
    while (this.support.trial) await this.support.trial;
    const batches = this.divide(pending);
    const again = this.support.state === 'untried' ? await this.tryFirst(batches, run) : [];
    const rest = batches.map((batch) => this.batchPlaces.execute(() => this.inBatches(batch, run)));
    await Promise.all([this.readOneByOne(again, run), ...rest]);
  }

  /** Consecutive reads together, as many as are allowed and as fit by their size. */
  private divide(pending: readonly PendingRead[]): PendingRead[][] {
    const batches: PendingRead[][] = [];
    let bytes = Infinity;
    for (const read of pending) {
      bytes += read.bytes;
      if (bytes > this.limits.batchBytes || batches.at(-1)!.length >= maxBatchSize) {
        batches.push([]);
        bytes = read.bytes;
      }
      batches.at(-1)!.push(read);
    }
    return batches;
  }

  /** Sends the first batch alone to see whether batches work; resolves to those of its reads that are asked again. */
  private async tryFirst(batches: PendingRead[][], run: Run): Promise<readonly PendingRead[]> {
    const trial = this.post(batches[0]!, run);
    this.support.trial = trial;
    const { sent, again } = await trial;
    this.support.trial = undefined;
    batches[0] = batches[0]!.slice(sent);
    return again;
  }

  private async inBatches(pending: readonly PendingRead[], run: Run): Promise<void> {
    let rest = pending;
    while (
      rest.length > 0 &&
      this.support.state === 'works' &&
      this.sender.batchRoom > 1 &&
      this.support.maxReads !== 1
    ) {
      const { sent, again } = await this.post(rest.slice(0, this.support.maxReads), run);
      await this.readOneByOne(again, run);
      rest = rest.slice(sent);
    }
    await this.readOneByOne(rest, run);
  }

  /** One batch of the first reads, as many as there is room for. Those `again` are asked by themselves. Never rejects. */
  private async post(
    pending: readonly PendingRead[],
    run: Run,
  ): Promise<{ readonly sent: number; readonly again: readonly PendingRead[] }> {
    let batch: OpenBatch;
    try {
      batch = await this.sender.post(
        pending.map(({ path }) => path),
        run,
      );
      if (this.support.state === 'untried') this.support.state = 'works';
    } catch (thrown) {
      const error = asMetricsError(thrown);
      if (error.details.tooMuch && !run.signal.aborted) {
        // A server that finds a batch too large knows batches.
        this.support.state = 'works';
        this.support.maxReads = Math.max(
          1,
          Math.min(this.support.maxReads ?? Infinity, Math.floor(pending.length / 2)),
        );
        return { sent: 0, again: [] };
      }
      return { sent: pending.length, again: this.handleFailedBatch(error, pending, run) };
    }
    const { sent } = batch;
    const again: PendingRead[] = [];
    for (const [i, read] of pending.slice(0, sent).entries()) {
      try {
        if (run.signal.aborted) throw cancelledError();
        const json = await batch.readPart(i);
        if (json === undefined) again.push(attempted(read));
        else if (isAbout(json, read.id)) read.settle({ ok: true, value: json });
        else {
          // Parts that do not come in the order of the reads would tell one flow's figures as another's.
          this.support.state = 'refused';
          again.push(read);
        }
      } catch (thrown) {
        const error = asMetricsError(thrown);
        if (error.details.transient === true) again.push(attempted(read));
        // By itself it may be little enough.
        else if (error.details.tooMuch) again.push(read);
        else read.settle({ ok: false, error });
      }
    }
    return { sent, again };
  }

  /** A batch that failed as a whole: settles its reads, or gives those to be sent again. */
  private handleFailedBatch(error: MetricsError, pending: readonly PendingRead[], run: Run): readonly PendingRead[] {
    const { kind, details } = error;
    const tried = this.support.state === 'works';
    // A token that is refused for the first batch may only be refused for batches: the single reads will tell.
    if (kind === 'rateLimited' || (kind === 'auth' && tried)) stopRunOn(error, run);
    const ends = run.stopped ?? (run.signal.aborted ? error : undefined);
    if (ends) {
      for (const read of pending) read.settle({ ok: false, error: ends });
      return [];
    }
    // Trouble of the network, or passing trouble of a server that knows batches, says nothing against them.
    if (kind !== 'network' && kind !== 'auth' && !(kind === 'server' && tried)) this.support.state = 'refused';
    return details.transient === true ? pending.map(attempted) : pending;
  }

  /** Each by itself; the sender bounds how many are in flight. */
  private async readOneByOne(pending: readonly PendingRead[], run: Run): Promise<void> {
    await Promise.all(
      pending.map(({ path, attempts, settle }) =>
        this.sender.get(path, run, attempts).then(
          (value) => settle({ ok: true, value }),
          (error: unknown) => settle({ ok: false, error: asMetricsError(error) }),
        ),
      ),
    );
  }
}

function attempted(read: PendingRead): PendingRead {
  read.attempts++;
  return read;
}

/** An answer without an id is believed, as a single one would be. */
function isAbout(json: unknown, id: string): boolean {
  const found = (json as { readonly id?: unknown } | null)?.id;
  return found === undefined || graphIdOf(found) === id;
}
