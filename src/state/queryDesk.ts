import type { MetricAnswer, MetricsClient } from '../contract/client';
import { MetricsError } from '../contract/errors';
import { queryKey, type MetricQuery } from '../contract/query';

interface Ask {
  readonly signal: AbortSignal;
  readonly onAnswer: (answer: MetricAnswer) => void;
}

/** Asks each question once: who asks what is already on its way shares that answer. */
export class QueryDesk {
  private readonly underWay = new Map<string, Promise<MetricAnswer>>();

  /** Every query comes to its answer, in any order; never rejects. */
  async ask(client: MetricsClient, queries: readonly MetricQuery[], { signal, onAnswer }: Ask): Promise<void> {
    const own = new Map<string, MetricQuery>();
    const shared: Promise<void>[] = [];
    for (const query of queries) {
      const other = this.underWay.get(queryKey(query));
      if (other) shared.push(this.share(client, query, other, { signal, onAnswer }));
      else own.set(queryKey(query), query);
    }
    await Promise.all([this.send(client, own, { signal, onAnswer }), ...shared]);
  }

  private async send(
    client: MetricsClient,
    own: ReadonlyMap<string, MetricQuery>,
    { signal, onAnswer }: Ask,
  ): Promise<void> {
    if (own.size === 0) return;
    const settle = new Map<string, (answer: MetricAnswer) => void>();
    for (const key of own.keys()) this.underWay.set(key, new Promise((resolve) => settle.set(key, resolve)));
    const take = (answer: MetricAnswer): void => {
      const key = queryKey(answer.query);
      const resolve = settle.get(key);
      if (!resolve) return;
      settle.delete(key);
      this.underWay.delete(key);
      resolve(answer);
      onAnswer(answer);
    };
    try {
      for (const answer of await client.fetch([...own.values()], { signal, onAnswer: take })) take(answer);
    } finally {
      // Nobody may wait for ever, even where a client breaks its promise to answer everything.
      for (const key of [...settle.keys()]) take({ query: own.get(key)!, result: { ok: false, error: calledOff() } });
    }
  }

  /** Where the other one calls its question off, it is asked anew. */
  private async share(
    client: MetricsClient,
    query: MetricQuery,
    other: Promise<MetricAnswer>,
    ask: Ask,
  ): Promise<void> {
    const { result } = await other;
    if (!result.ok && result.error.kind === 'cancelled' && !ask.signal.aborted) await this.ask(client, [query], ask);
    else ask.onAnswer({ query, result });
  }
}

function calledOff(): MetricsError {
  return new MetricsError('cancelled', 'The request was called off.');
}
