/** The client of the Metrics API over HTTP, polite to whatever server answers. */
import type { Agent } from 'node:http';
import { embeddedBusinessAccountId, type Account, type AccountAddress, accountAddress } from '../domain/account';
import { alertsField, isPlausibleAlert, parseAlertsAnswer, type MeterAlert } from '../contract/alert';
import { dateInZone, metaZone, type CalendarDate } from '../contract/calendar';
import type { FlowListing, MetricAnswer, MetricsClient, Result, ServerInfo } from '../contract/client';
import { computerClock, type Clock } from '../util/clock';
import { graphCodes, MetricsError } from '../contract/errors';
import { latencyPath, parseLatencyAnswer, type LatencyQuery, type MilliSeries } from '../contract/latency';
import { parseMarksAnswer, type MeterMark } from '../contract/mark';
import { metaMinRequests, type MetricSeries } from '../contract/metric';
import { checkQuery, queryKey, type MetricQuery } from '../contract/query';
import { flowListPath, flowPath, marksPath, metricPath, serverInfoPath, metaBaseUrl } from '../contract/routes';
import { parseServerInfo } from '../contract/serverInfo';
import { answerBytes } from './answerSize';
import type { BatchSupport } from './batch';
import { createBudget, type Budget } from './budget';
import { DownloadQuota } from './downloadQuota';
import { RequestSender, countBytes, type Run } from './requestSender';
import { BatchReader, type BatchReaderLimits, type Read } from './batchReader';
import { FlowLister } from './flowLister';
import { createListSupport, type ListSupport } from './listSupport';
import { realSleep, type Sleep } from './retry';
import { createAgentTransport } from './agentTransport';
import { createTransport, type Transport } from './transport';
import { parseFlow, parseFlowPage } from '../contract/flowWire';
import { parseMetricAnswer } from '../contract/metricWire';
import { asMetricsError } from './clientErrors';

export { byHand, createBudget } from './budget';
export { createListSupport } from './listSupport';

export interface ClientLimits extends BatchReaderLimits {
  /** Of one GET, from sending to the last byte, in milliseconds. */
  readonly deadlineMs: number;
  /** Of one batch: a server may work through its parts one after another. */
  readonly batchDeadlineMs: number;
  /** Of one answer, after decompression; a batch is cut so that a sixth of it should be enough. */
  readonly maxBytes: number;
  /** Requests in flight, and sockets. */
  readonly inFlight: number;
  /** Attempts in all, for failures that may pass. */
  readonly attempts: number;
  /** Of all answers of one read of an account together, beside what the figures that are asked should take at most. */
  readonly maxRunBytes: number;
  /** Pages of a list of flows: a server may put fewer on a page than it is asked for. */
  readonly maxPages: number;
  /** Flows of an account; those beyond are not read, and the listing says so. */
  readonly maxFlows: number;
}

const defaultLimits: ClientLimits = {
  deadlineMs: 20_000,
  batchDeadlineMs: 60_000,
  maxBytes: 8 * 1024 * 1024,
  inFlight: 16,
  attempts: 3,
  maxRunBytes: 256 * 1024 * 1024,
  maxPages: 400,
  maxFlows: 10_000,
  batchFrom: 17,
  batchesInFlight: 6,
  batchBytes: 1.25 * 1024 * 1024,
};

export interface HttpClientOptions {
  readonly account: Account;
  /** Address of the running server of a `demo` or `meter` account; other accounts have their own. */
  readonly embeddedUrl?: string;
  /** Makes the connections to a running server that proves itself on each of them; others are plain ones. */
  readonly createAgent?: (maxSockets: number) => Agent;
  /** The token, or where to get it before each request; without one every request answers `auth`, unsent. */
  readonly token: string | undefined | (() => string | undefined | Promise<string | undefined>);
  /** One line for each request and what came of it, without the token. */
  readonly log?: (line: string) => void;
  /** The account's budget, where it outlives this client. */
  readonly budget?: Budget;
  /** Outlives this client, where it is given. */
  readonly batch?: BatchSupport;
  /** Outlives this client, where it is given. */
  readonly list?: ListSupport;
  readonly clock?: Clock;
  /** 0 to 1, exclusive; for the pauses between attempts. */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  readonly limits?: Partial<ClientLimits>;
}

/** The rules of a server that says nothing of itself. */
const metaRules: ServerInfo = { zone: metaZone, store: 'meta', minRequests: metaMinRequests };

/** Only a flow has all of these: an id of something else is not taken for one. */
const probedFields = ['id', 'name', 'status', 'endpoint_uri'];

/** Throws `invalidRequest` where the account has no address that is allowed. */
export function createHttpClient(options: HttpClientOptions): MetricsClient {
  const address = accountAddress(options.account, options.embeddedUrl);
  if (!address) throw new MetricsError('invalidRequest', 'The account has no base URL that is allowed.');
  return new HttpClient(options, address);
}

class HttpClient implements MetricsClient {
  private readonly account: Account;
  private readonly clock: Clock;
  private readonly transport: Transport;
  private readonly sender: RequestSender;
  private readonly batchReader: BatchReader;
  private readonly lister: FlowLister;
  private readonly disposal = new AbortController();
  private readonly limits: ClientLimits;
  /** By the signal that ends a read of the account, of which the runs are parts. */
  private readonly quotas = new WeakMap<AbortSignal, DownloadQuota>();
  private info: ServerInfo | undefined;

  constructor(
    private readonly options: HttpClientOptions,
    private readonly address: AccountAddress,
  ) {
    const { account, token, clock = computerClock, budget, random = Math.random, sleep = realSleep, log } = options;
    const { version } = address;
    const limits = { ...defaultLimits, ...options.limits };
    this.account = account;
    this.clock = clock;
    this.limits = limits;
    const transportLimits = { ...limits, maxSockets: limits.inFlight };
    this.transport = options.createAgent
      ? createAgentTransport(address.baseUrl, transportLimits, options.createAgent(limits.inFlight))
      : createTransport(address.baseUrl, transportLimits, clock);
    this.sender = new RequestSender({
      ...{ version, limits, token, clock, random, sleep },
      transport: this.transport,
      budget: budget ?? createBudget(clock),
      metered: account.source === 'meta',
      log: log ?? (() => undefined),
    });
    this.batchReader = new BatchReader(this.sender, options.batch ?? { state: 'untried' }, limits);
    this.lister = new FlowLister(this.sender, this.batchReader, options.list ?? createListSupport(), {
      version,
      maxPages: limits.maxPages,
      maxFlows: limits.maxFlows,
    });
    if (this.isMetaItself) this.info = metaRules;
  }

  get servedVersion(): string | undefined {
    return this.sender.servedVersion;
  }

  get slowedAt(): number | undefined {
    return this.sender.slowedAt;
  }

  dispose(): void {
    this.disposal.abort();
    this.transport.close();
  }

  async serverInfo(signal?: AbortSignal): Promise<ServerInfo> {
    if (this.isMetaItself) return metaRules;
    try {
      this.info = parseServerInfo(await this.sender.get(serverInfoPath(this.address.version), this.startRun(signal)));
    } catch (error) {
      // Only an answer says that there is nothing to know; where none came, what was known still holds.
      const { kind, details } = asMetricsError(error);
      const isRefusal = kind === 'server' && (details.httpStatus ?? 500) < 500;
      const isInconclusive =
        kind === 'notFound' || kind === 'invalidRequest' || kind === 'invalidResponse' || isRefusal;
      if (isInconclusive) this.info = metaRules;
    }
    return this.info ?? metaRules;
  }

  async listFlows(signal?: AbortSignal): Promise<FlowListing> {
    const owner = this.businessAccountId;
    const flowIds = [...new Set(this.account.flowIds)];
    if (!owner && flowIds.length === 0) throw nothingToAsk();
    return this.lister.list(owner, flowIds, this.startRun(signal));
  }

  async fetch(
    queries: readonly MetricQuery[],
    onAnswer: (answer: MetricAnswer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (!this.info && this.account.source !== 'meta' && queries.length > 0) await this.serverInfo(signal);
    const { zone, clock } = this.info ?? metaRules;
    const today = dateInZone(clock ?? this.clock.now(), zone);
    const settle = (same: readonly MetricQuery[], result: Result<MetricSeries>): void => {
      for (const query of same) this.deliver({ query, result }, onAnswer);
    };
    const byKey = new Map<string, MetricQuery[]>();
    for (const query of queries) {
      const same = byKey.get(queryKey(query));
      if (same) same.push(query);
      else byKey.set(queryKey(query), [query]);
    }
    const sent: (readonly MetricQuery[])[] = [];
    const reads: Read[] = [];
    for (const same of byKey.values()) {
      const query = same[0]!;
      const error = problemOf(query, today);
      if (error) {
        settle(same, { ok: false, error });
        continue;
      }
      sent.push(same);
      const path = metricPath(this.address.version, query);
      reads.push({ path, id: query.flowId, bytes: answerBytes(query, today) });
    }
    const run = this.startRun(signal);
    run.quota.raise(reads.reduce((sum, { bytes }) => sum + bytes, 0));
    await this.batchReader.readAll(reads, run, (i, result) => settle(sent[i]!, seriesOf(result, sent[i]![0]!, run)));
  }

  async readMilliseconds(query: LatencyQuery, signal?: AbortSignal): Promise<MilliSeries> {
    return parseLatencyAnswer(await this.sender.get(latencyPath(this.address.version, query), this.startRun(signal)));
  }

  async readAlerts(flowId: string, signal?: AbortSignal): Promise<readonly MeterAlert[]> {
    const path = flowPath(this.address.version, flowId, [alertsField]);
    const alerts = parseAlertsAnswer(await this.sender.get(path, this.startRun(signal)), flowId);
    const now = this.info?.clock ?? this.clock.now();
    const plausible = alerts.filter((alert) => isPlausibleAlert(alert, now));
    const left = alerts.length - plausible.length;
    if (left > 0) this.options.log?.(`${left} alerts of flow ${flowId} are left out: their times cannot be theirs.`);
    return plausible;
  }

  async readMarks(flowId: string, signal?: AbortSignal): Promise<readonly MeterMark[]> {
    return parseMarksAnswer(await this.sender.get(marksPath(this.address.version, flowId), this.startRun(signal)));
  }

  async removeMark(id: string, signal?: AbortSignal): Promise<void> {
    await this.sender.postJson(marksPath(this.address.version), { remove: id }, this.startRun(signal));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    const { version } = this.address;
    const owner = this.businessAccountId;
    const flowId = this.account.flowIds?.[0];
    if (!owner && !flowId) throw nothingToAsk();
    const id = owner ?? flowId!;
    const run = this.startRun(signal);
    const path = owner ? flowListPath(version, owner, { limit: 1 }) : flowPath(version, id, probedFields);
    try {
      const json = await this.sender.get(path, run);
      // A server of this API must have answered, not just anything that sends JSON.
      if (owner) parseFlowPage(json);
      else parseFlow(json);
    } catch (error) {
      throw await this.lister.explain(error, id, owner ? 'business account' : 'flow', run);
    }
  }

  private get isMetaItself(): boolean {
    return this.account.source === 'meta' && this.address.origin === metaBaseUrl;
  }

  private get businessAccountId(): string | undefined {
    const { businessAccountId, flowIds = [], source } = this.account;
    return businessAccountId ?? (flowIds.length === 0 ? embeddedBusinessAccountId(source) : undefined);
  }

  private startRun(signal: AbortSignal | undefined): Run {
    const own = this.disposal.signal;
    return {
      signal: signal ? AbortSignal.any([own, signal]) : own,
      quota: this.quotaOf(signal),
      networkFailuresInRow: 0,
    };
  }

  private quotaOf(signal: AbortSignal | undefined): DownloadQuota {
    const known = signal && this.quotas.get(signal);
    const quota = known ?? new DownloadQuota(this.limits.maxRunBytes);
    if (signal) this.quotas.set(signal, quota);
    return quota;
  }

  private deliver(answer: MetricAnswer, onAnswer: (answer: MetricAnswer) => void): void {
    try {
      onAnswer(answer);
    } catch {
      this.options.log?.('A listener failed while it took an answer.');
    }
  }
}

function problemOf(query: MetricQuery, today: CalendarDate): MetricsError | undefined {
  try {
    checkQuery(query, today);
    return undefined;
  } catch (error) {
    return asMetricsError(error);
  }
}

function seriesOf(result: Result<unknown>, query: MetricQuery, run: Run): Result<MetricSeries> {
  if (!result.ok) return { ok: false, error: ofMetricField(result.error) };
  try {
    const value = parseMetricAnswer(result.value, query);
    // A few bytes of an answer can make a whole column.
    countBytes(
      value.columns.reduce((sum, { values }) => sum + values.byteLength, 0),
      run,
    );
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error: asMetricsError(error) };
  }
}

/** A query asks for the field "metric" alone, so what is called deprecated without a name is that one. */
function ofMetricField(error: MetricsError): MetricsError {
  const { kind, message, details } = error;
  const isDeprecated = kind === 'invalidRequest' && details.code === graphCodes.deprecated;
  return isDeprecated ? new MetricsError('withdrawn', message, details) : error;
}

function nothingToAsk(): MetricsError {
  return new MetricsError('invalidRequest', 'The account names neither a WhatsApp Business Account nor flows.');
}
