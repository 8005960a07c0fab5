/**
 * How many reads travel to one server. A few go as they are, each a GET. More go by fifties, each fifty a POST in Graph's
 * batch, several at once. The first batch is tried alone; where batches do not work, everything goes as GETs from then
 * on. A batch is one attempt of each of its parts: what may pass, or was left out, is asked again by itself.
 */
import type { Result } from '../contract/client';
import { type MetricsError } from '../contract/errors';
import { graphIdOf } from '../contract/flow';
import { maxBatchSize } from '../contract/routes';
import type { BatchRecord } from './batch';
import { asMetricsError, stopping, type RequestSender, type OpenBatch, type Run } from './requestSender';
import { cancelledError, inFlightAtMost } from './policy';

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
  made: number;
  readonly settle: (result: Result<unknown>) => void;
}

export class BatchReader {
  private readonly batchPlaces;

  constructor(
    private readonly sender: RequestSender,
    private readonly record: BatchRecord,
    private readonly limits: BatchReaderLimits,
  ) {
    this.batchPlaces = inFlightAtMost(limits.batchesInFlight);
  }

  /** Every read is settled once, by its index and in any order; never rejects. */
  async readAll(
    reads: readonly Read[],
    run: Run,
    onResult: (index: number, result: Result<unknown>) => void,
  ): Promise<void> {
    const asks = reads.map((read, i): PendingRead => ({ ...read, made: 0, settle: (result) => onResult(i, result) }));
    if (asks.length < this.limits.batchFrom) return this.singly(asks, run);
    // Another run may be trying just now.
    while (this.record.trial) await this.record.trial;
    const batches = this.cut(asks);
    const again = this.record.word === 'untried' ? await this.tryFirst(batches, run) : [];
    const rest = batches.map((batch) => this.batchPlaces.execute(() => this.inBatches(batch, run)));
    await Promise.all([this.singly(again, run), ...rest]);
  }

  /** Consecutive reads together, as many as are allowed and as fit by their size. */
  private cut(asks: readonly PendingRead[]): PendingRead[][] {
    const batches: PendingRead[][] = [];
    let bytes = Infinity;
    for (const ask of asks) {
      bytes += ask.bytes;
      if (bytes > this.limits.batchBytes || batches.at(-1)!.length >= maxBatchSize) {
        batches.push([]);
        bytes = ask.bytes;
      }
      batches.at(-1)!.push(ask);
    }
    return batches;
  }

  /** Sends the first batch alone to see whether batches work; resolves to those of its reads that are asked again. */
  private async tryFirst(batches: PendingRead[][], run: Run): Promise<readonly PendingRead[]> {
    const trial = this.post(batches[0]!, run);
    this.record.trial = trial;
    const { sent, again } = await trial;
    this.record.trial = undefined;
    batches[0] = batches[0]!.slice(sent);
    return again;
  }

  private async inBatches(asks: readonly PendingRead[], run: Run): Promise<void> {
    let rest = asks;
    while (rest.length > 0 && this.record.word === 'works' && this.sender.batchRoom > 1 && this.record.most !== 1) {
      const { sent, again } = await this.post(rest.slice(0, this.record.most), run);
      await this.singly(again, run);
      rest = rest.slice(sent);
    }
    await this.singly(rest, run);
  }

  /** One batch of the first reads, as many as there is room for. Those `again` are asked by themselves. Never rejects. */
  private async post(
    asks: readonly PendingRead[],
    run: Run,
  ): Promise<{ readonly sent: number; readonly again: readonly PendingRead[] }> {
    let batch: OpenBatch;
    try {
      batch = await this.sender.post(
        asks.map(({ path }) => path),
        run,
      );
      if (this.record.word === 'untried') this.record.word = 'works';
    } catch (thrown) {
      const error = asMetricsError(thrown);
      if (error.details.tooMuch && !run.signal.aborted) {
        // Whoever finds a batch too large knows batches.
        this.record.word = 'works';
        this.record.most = Math.max(1, Math.min(this.record.most ?? Infinity, Math.floor(asks.length / 2)));
        return { sent: 0, again: [] };
      }
      return { sent: asks.length, again: this.judge(error, asks, run) };
    }
    const { sent } = batch;
    const again: PendingRead[] = [];
    for (const [i, ask] of asks.slice(0, sent).entries()) {
      try {
        if (run.signal.aborted) throw cancelledError();
        const json = await batch.readPart(i);
        if (json === undefined) again.push(attempted(ask));
        else if (isAbout(json, ask.id)) ask.settle({ ok: true, value: json });
        else {
          // Parts that do not come in the order of the reads would tell one flow's figures as another's.
          this.record.word = 'refused';
          again.push(ask);
        }
      } catch (thrown) {
        const error = asMetricsError(thrown);
        if (error.details.transient === true) again.push(attempted(ask));
        // By itself it may be little enough.
        else if (error.details.tooMuch) again.push(ask);
        else ask.settle({ ok: false, error });
      }
    }
    return { sent, again };
  }

  /** What it means that no batch came back, for batches and for the reads in this one. */
  private judge(error: MetricsError, asks: readonly PendingRead[], run: Run): readonly PendingRead[] {
    const { kind, details } = error;
    const tried = this.record.word === 'works';
    // A token that is refused for the first batch may only be refused for batches: the single reads will tell.
    if (kind === 'rateLimited' || (kind === 'auth' && tried)) stopping(error, run);
    const ends = run.stopped ?? (run.signal.aborted ? error : undefined);
    if (ends) {
      for (const ask of asks) ask.settle({ ok: false, error: ends });
      return [];
    }
    // Trouble of the network, or passing trouble of a server that knows batches, says nothing against them.
    if (kind !== 'network' && kind !== 'auth' && !(kind === 'server' && tried)) this.record.word = 'refused';
    return details.transient === true ? asks.map(attempted) : asks;
  }

  /** Each by itself; the sender bounds how many are in flight. */
  private async singly(asks: readonly PendingRead[], run: Run): Promise<void> {
    await Promise.all(
      asks.map(({ path, made, settle }) =>
        this.sender.get(path, run, made).then(
          (value) => settle({ ok: true, value }),
          (error: unknown) => settle({ ok: false, error: asMetricsError(error) }),
        ),
      ),
    );
  }
}

function attempted(ask: PendingRead): PendingRead {
  ask.made++;
  return ask;
}

/** An answer without an id is believed, as a single one would be. */
function isAbout(json: unknown, id: string): boolean {
  const found = (json as { readonly id?: unknown } | null)?.id;
  return found === undefined || graphIdOf(found) === id;
}
