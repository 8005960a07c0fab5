/** One fetch of many flows with a client made anew, and what it took. */
import { join } from 'node:path';
import { createHttpClient } from '../../src/client/httpClient';
import { demoBusinessAccountId } from '../../src/domain/account';
import type { MetricAnswer } from '../../src/contract/client';
import { metricNames } from '../../src/contract/metric';
import type { MetricQuery } from '../../src/contract/query';
import { fetchAll } from '../fixtures/fetchAll';

/** Beside this bundle. */
export const latencyServerFile = join(__dirname, 'latencyServer.js');

export interface Fetched {
  readonly ms: number;
  /** Until all five metrics of some flow were there. */
  readonly firstFlowMs: number;
  /** Of this process, user and system. */
  readonly cpuMs: number;
  readonly answers: readonly MetricAnswer[];
}

export function queriesOf(flows: number, shape: Pick<MetricQuery, 'granularity'>): MetricQuery[] {
  return Array.from({ length: flows }, (_, i) => String(2_000_000_000_000_000 + i)).flatMap((flowId) =>
    metricNames.map((metric) => ({ flowId, metric, ...shape })),
  );
}

/** `batch`: what is known of batches beforehand. Throws where an answer failed: then nothing was measured. */
export async function fetchOnce(
  url: string,
  queries: readonly MetricQuery[],
  batch: 'untried' | 'refused',
): Promise<Fetched> {
  const client = createHttpClient({
    account: { name: 'Bench', source: 'server', baseUrl: url, businessAccountId: demoBusinessAccountId },
    token: 'no-token-is-asked-for-here',
    batch: { state: batch },
  });
  try {
    await client.serverInfo();
    const left = new Map<string, number>();
    for (const { flowId } of queries) left.set(flowId, (left.get(flowId) ?? 0) + 1);
    let firstFlowMs = Infinity;
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const answers = await fetchAll(client, queries, {
      onAnswer: ({ query: { flowId } }) => {
        const open = left.get(flowId)! - 1;
        left.set(flowId, open);
        if (open === 0) firstFlowMs = Math.min(firstFlowMs, performance.now() - begun);
      },
    });
    const ms = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    for (const { result } of answers) if (!result.ok) throw result.error;
    return { ms, firstFlowMs, cpuMs: (user + system) / 1000, answers };
  } finally {
    client.dispose();
  }
}

/** What a script does: one GET after another on one connection, each answer parsed. Returns milliseconds. */
export async function sequentially(url: string, queries: readonly MetricQuery[]): Promise<number> {
  const begun = performance.now();
  for (const { flowId, metric, granularity } of queries) {
    const response = await fetch(`${url}/v26.0/${flowId}?fields=metric.name(${metric}).granularity(${granularity})`);
    if (!response.ok) throw new Error(`The server answered with ${response.status}.`);
    JSON.parse(await response.text());
  }
  return performance.now() - begun;
}
