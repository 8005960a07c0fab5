import type { MetricAnswer, MetricsClient } from '../contract/client';
import { MetricsError } from '../contract/errors';
import { queryKey, type MetricQuery } from '../contract/query';

interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onAnswer: (answer: MetricAnswer) => void;
}

/** Sends each query once: a caller whose query is in flight already shares its answer. */
export class InFlightQueries {
  /** Callers that wait for the same answer, by the query's key. */
  private readonly underWay = new Map<string, ((answer: MetricAnswer) => void)[]>();

  /** Every query comes to its answer, in any order; never rejects. */
  async ask(client: MetricsClient, queries: readonly MetricQuery[], { signal, onAnswer }: ReadOptions): Promise<void> {
    const own = new Map<string, MetricQuery>();
    const shared: Promise<void>[] = [];
    for (const query of queries) {
      const key = queryKey(query);
      const others = this.underWay.get(key);
      if (others) shared.push(this.share(client, query, others, { signal, onAnswer }));
      else own.set(key, query);
    }
    await Promise.all([this.send(client, own, { signal, onAnswer }), ...shared]);
  }

  private async send(
    client: MetricsClient,
    own: ReadonlyMap<string, MetricQuery>,
    { signal, onAnswer }: ReadOptions,
  ): Promise<void> {
    if (own.size === 0) return;
    const open = new Map(own);
    for (const key of own.keys()) this.underWay.set(key, []);
    const take = (answer: MetricAnswer): void => {
      const key = queryKey(answer.query);
      if (!open.delete(key)) return;
      const others = this.underWay.get(key)!;
      this.underWay.delete(key);
      for (const deliver of others) deliver(answer);
      onAnswer(answer);
    };
    try {
      await client.fetch([...own.values()], take, signal);
    } finally {
      // No caller waits for ever, even where a client breaks its promise to answer everything.
      const result = { ok: false, error: cancelled() } as const;
      for (const query of [...open.values()]) take({ query, result });
    }
  }

  /** Where the other caller cancels the query, it is sent anew. */
  private async share(
    client: MetricsClient,
    query: MetricQuery,
    others: ((answer: MetricAnswer) => void)[],
    ask: ReadOptions,
  ): Promise<void> {
    const { result } = await new Promise<MetricAnswer>((resolve) => others.push(resolve));
    if (!result.ok && result.error.kind === 'cancelled' && !ask.signal.aborted) await this.ask(client, [query], ask);
    else ask.onAnswer({ query, result });
  }
}

function cancelled(): MetricsError {
  return new MetricsError('cancelled', 'The request was called off.');
}
