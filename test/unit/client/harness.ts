/** A fake Meta and a client of it, for one test. */
import type { Account } from '../../../src/domain/account';
import type { MetricAnswer, MetricsClient } from '../../../src/contract/client';
import type { MetricsError } from '../../../src/contract/errors';
import type { MetricQuery } from '../../../src/contract/query';
import { createHttpClient, type HttpClientOptions } from '../../../src/client/httpClient';
import { startFaultServer, type FaultServer, type Script } from '../../fixtures/faultServer';

export const owner = '100200300400500';
export const token = 'EAAtestTokenThatIsOnlyForTheFakeServer0123456789';
export const noon = Date.UTC(2026, 0, 30, 20);

export interface Bench {
  readonly server: FaultServer;
  readonly client: MetricsClient;
  readonly log: readonly string[];
}

export type BenchOptions = Partial<Omit<HttpClientOptions, 'account'>> & { readonly account?: Partial<Account> };

/**
 * The account is one of Meta's, so that nothing but the script's own requests is sent. Pauses between attempts are none,
 * and nothing travels in batches unless the options say so.
 */
export async function bench(
  script: Script,
  options: BenchOptions,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const server = await startFaultServer(script);
  const log: string[] = [];
  const client = createHttpClient({
    token,
    clock: { now: () => noon },
    random: () => 0,
    batch: { state: 'refused' },
    log: (line) => void log.push(line),
    ...options,
    account: { name: 'Test', source: 'meta', businessAccountId: owner, baseUrl: server.url, ...options.account },
  });
  try {
    await run({ server, client, log });
  } finally {
    client.dispose();
    await server.close();
  }
}

export function query(flow = 1, more: Partial<MetricQuery> = {}): MetricQuery {
  return { flowId: String(flow), metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY', ...more };
}

export function queries(count: number): MetricQuery[] {
  return Array.from({ length: count }, (_, i) => query(i + 1));
}

/** `ok` or the kind of the error, in order. */
export function kinds(answers: readonly MetricAnswer[]): string[] {
  return answers.map(({ result }) => (result.ok ? 'ok' : result.error.kind));
}

export function errorOf(answer: MetricAnswer | undefined): MetricsError {
  if (!answer || answer.result.ok) throw new Error('The answer holds no error.');
  return answer.result.error;
}
