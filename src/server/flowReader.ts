/** Answers the fields that are asked of a flow, its figures among them. */
import { alertsBody, alertsField } from '../contract/alert';
import { dateInZone, startOfDay } from '../contract/calendar';
import { MetricsError } from '../contract/errors';
import type { FieldRequest } from '../contract/fieldList';
import { flowShape, type NodeShape } from '../contract/graphNodes';
import { latencyBody, latencyField } from '../contract/latency';
import { oldestSince, readLatencyArguments, readMetricArguments, type SpanArguments } from '../contract/query';
import { notEnoughData } from './graphFailure';
import type { MeterStore } from '../store/meterStore';
import { checkField, keyOf, pickField, unknownField } from './selection';
import type { FlowNode, MetricStore, StoreSpan } from '../store/metricStore';
import { metricBody } from '../contract/metricWire';

interface FlowReaderOptions {
  readonly store: MetricStore;
  /** Where it is one: what only a meter knows. */
  readonly meter: MeterStore | undefined;
  readonly now: () => number;
  readonly minRequests: number;
}

export class FlowReader {
  private readonly shape: NodeShape;

  constructor(private readonly options: FlowReaderOptions) {
    this.shape = options.meter ? { ...flowShape, fields: { ...flowShape.fields, [alertsField]: null } } : flowShape;
  }

  /** Throws for what would be refused of any flow, before one is read. */
  check(requests: readonly FieldRequest[]): void {
    const today = dateInZone(this.options.now(), this.options.store.zone);
    for (const request of requests) {
      if (request.kind === 'field') checkField(request, this.shape);
      else if (request.kind === 'metric') readMetricArguments(request.arguments, today);
      else if (this.options.meter) readLatencyArguments(request.arguments, today);
      else throw unknownField(latencyField, this.shape.type);
    }
  }

  /** The fields of a flow; they have passed `check`. */
  async read(flow: FlowNode, requests: readonly FieldRequest[]): Promise<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    for (const request of requests) {
      if (request.kind === 'metric') {
        entries.push(['metric', await this.readMetric(flow.id, request.arguments)]);
      } else if (request.kind === 'latency') {
        entries.push([latencyField, await this.readLatency(flow.id, request.arguments)]);
      } else if (request.name === alertsField && this.options.meter) {
        entries.push([keyOf(request), alertsBody(await this.options.meter.readAlerts(flow.id))]);
      } else {
        entries.push([keyOf(request), pickField(flow.fields, request, this.shape)]);
      }
    }
    // Graph gives the id of an object even where it was not asked for.
    if (!entries.some(([name]) => name === 'id')) entries.unshift(['id', flow.id]);
    return Object.fromEntries(entries);
  }

  private async readMetric(flowId: string, raw: ReadonlyMap<string, string>): Promise<unknown> {
    const { store, minRequests } = this.options;
    const present = this.options.now();
    const query = readMetricArguments(raw, dateInZone(present, store.zone));
    const span = await this.spanOf(flowId, query, present);
    const { metric, granularity } = query;
    if (minRequests > 0 && (await store.countRequests(flowId, span)) < minRequests) throw notEnoughData(minRequests);
    const series = await store.readSeries({ flowId, metric, granularity, span });
    return metricBody(flowId, series).metric;
  }

  private async readLatency(flowId: string, raw: ReadonlyMap<string, string>): Promise<unknown> {
    const { store, meter } = this.options;
    const present = this.options.now();
    const query = readLatencyArguments(raw, dateInZone(present, store.zone));
    const span = await this.spanOf(flowId, query, present);
    return latencyBody(await meter!.readMilliseconds({ flowId, granularity: query.granularity, span }));
  }

  /** From the first moment of `since` to the first moment of `until`, which is exclusive, or to now. */
  private async spanOf(
    flowId: string,
    { granularity, since, until }: SpanArguments,
    present: number,
  ): Promise<StoreSpan> {
    const { store } = this.options;
    const today = dateInZone(present, store.zone);
    const first = since ?? oldestSince(granularity, today) ?? (await store.firstStoredDay(flowId)) ?? today;
    if (until !== undefined && first >= until) {
      throw new MetricsError('invalidRequest', `until ${until} must come after the first day, which is ${first}.`, {
        parameter: 'until',
      });
    }
    const end = until === undefined ? present : Math.min(startOfDay(until, store.zone), present);
    return { begin: startOfDay(first, store.zone), end };
  }
}
