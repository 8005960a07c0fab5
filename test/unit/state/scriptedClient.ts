import type { FlowListing, MetricAnswer, MetricsClient, Result, ServerInfo } from '../../../src/contract/client';
import type { MeterAlert } from '../../../src/contract/alert';
import { MetricsError, type MetricsErrorDetails, type MetricsErrorKind } from '../../../src/contract/errors';
import type { Flow } from '../../../src/contract/flow';
import type { LatencyQuery, MilliSeries } from '../../../src/contract/latency';
import type { MeterMark } from '../../../src/contract/mark';
import { knownKeys, type MetricSeries } from '../../../src/contract/metric';
import type { MetricQuery } from '../../../src/contract/query';
import { hourMs } from '../../../src/contract/calendar';
import type { SchedulingClock } from '../../../src/util/clock';

type Script = (query: MetricQuery) => Result<MetricSeries> | Promise<Result<MetricSeries>>;

/** A stand-in for a server: it answers as a test says, and remembers what it was asked. */
export class ScriptedClient implements MetricsClient {
  readonly servedVersion = 'v26.0';
  slowedAt: number | undefined;
  flows: readonly Flow[] = [];
  listings = 0;
  asked: MetricQuery[] = [];
  fetches = 0;
  overlapping = 0;
  listError: MetricsError | undefined;
  alerts: readonly MeterAlert[] = [];
  marks: readonly MeterMark[] = [];
  info: ServerInfo = { zone: 'UTC', store: 'demo', minRequests: 250 };
  /** Where set, listings wait until it resolves. */
  gate: Promise<void> | undefined;
  answer: Script = (query) => ({ ok: true, value: seriesFor(query, this.clock.now()) });
  private running = 0;

  constructor(private readonly clock: SchedulingClock) {}

  async serverInfo(): Promise<ServerInfo> {
    return this.info;
  }

  async listFlows(signal?: AbortSignal): Promise<FlowListing> {
    this.listings++;
    this.running++;
    this.overlapping = Math.max(this.overlapping, this.running);
    try {
      await Promise.race([this.gate, aborted(signal)]);
      if (this.listError) throw this.listError;
      return { flows: this.flows, failures: [] };
    } finally {
      this.running--;
    }
  }

  async readMilliseconds(query: LatencyQuery): Promise<MilliSeries> {
    this.asked.push({ ...query, metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' });
    const begins = Float64Array.of(this.clock.now());
    const column = Float64Array.of(40);
    const period = { p50: 40, p90: 40, p99: 40, count: 3 };
    return { granularity: query.granularity, begins, p50: column, p90: column, p99: column, period };
  }

  async readAlerts(flowId: string): Promise<readonly MeterAlert[]> {
    return this.alerts.filter((alert) => alert.flowId === flowId);
  }

  async readMarks(flowId: string): Promise<readonly MeterMark[]> {
    return this.marks.filter((mark) => mark.flowId === undefined || mark.flowId === flowId);
  }

  async removeMark(id: string): Promise<void> {
    this.marks = this.marks.filter((mark) => mark.id !== id);
  }

  async fetch(
    queries: readonly MetricQuery[],
    onAnswer: (answer: MetricAnswer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    this.fetches++;
    this.asked.push(...queries);
    await Promise.all(
      queries.map(async (query) => {
        const off = aborted(signal).catch((error: MetricsError) => ({ ok: false as const, error }));
        onAnswer({ query, result: await Promise.race([this.answer(query), off]) });
      }),
    );
  }

  async probe(): Promise<void> {
    await Promise.resolve();
  }

  dispose(): void {
    this.running = 0;
  }

  /** What was asked since the last call. */
  take(): MetricQuery[] {
    return this.asked.splice(0);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const off = (): void => reject(new MetricsError('cancelled', 'called off'));
    if (signal?.aborted) off();
    else signal?.addEventListener('abort', off, { once: true });
  });
}

/** Ten days of hours or ninety of days, each with 100 requests of which two failed, and ten checks. */
export function seriesFor({ metric, granularity }: MetricQuery, now: number): MetricSeries {
  const step = granularity === 'HOUR' ? hourMs : 24 * hourMs;
  const count = granularity === 'LIFETIME' ? 1 : granularity === 'HOUR' ? 240 : 90;
  const begins = Float64Array.from({ length: count }, (_, i) => Math.floor(now / step) * step - (count - i) * step);
  const value: Record<string, number> = { value: 100, timeout_error: 2, '1': 98, succeeded: 10 };
  return {
    metric,
    granularity,
    begins,
    columns: knownKeys[metric].map((key) => ({ key, values: new Float64Array(count).fill(value[key] ?? 0) })),
  };
}

export function failure(kind: MetricsErrorKind, details: MetricsErrorDetails = {}): { ok: false; error: MetricsError } {
  return { ok: false, error: new MetricsError(kind, `scripted ${kind}`, details) };
}

export function publishedFlow(id: string, more: Partial<Flow> = {}): Flow {
  return { id, name: `Flow ${id}`, status: 'PUBLISHED', dataApiVersion: '3.0', ...more };
}
