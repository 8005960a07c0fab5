/** The client of the Metrics API over plain GETs, polite to whatever server answers. */
import { embeddedBusinessAccountId, metaBaseUrl, type Account } from '../contract/account';
import { accountUrl, type AccountUrl } from '../contract/baseUrl';
import { dateInZone, metaZone } from '../contract/calendar';
import type { FetchOptions, FlowListing, MetricAnswer, MetricsClient, Result, ServerInfo } from '../contract/client';
import { MetricsError } from '../contract/errors';
import { flowFields, isGraphId, type Flow } from '../contract/flow';
import type { MetricSeries } from '../contract/metric';
import { checkQuery, queryKey, type MetricQuery } from '../contract/query';
import { flowListPath, flowPath, maxPageSize, metricPath, serverInfoPath, versionHeader } from '../contract/routes';
import { parseServerInfo } from '../contract/serverInfo';
import { parseFlow, parseFlowPage, parseMetricAnswer } from '../contract/wire';
import { readAnswer } from './answer';
import { createBudget, readUsage, type Budget, type Clock } from './budget';
import { cancelled, inFlightAtMost, realSleep, withRetries, type Sleep } from './policy';
import { isToken, withoutToken } from './token';
import { createTransport, type Transport } from './transport';

export interface ClientLimits {
  /** Of one request, from sending to the last byte, in milliseconds. */
  readonly deadlineMs: number;
  /** Of one answer, after decompression. */
  readonly maxBytes: number;
  /** Requests in flight, and sockets. */
  readonly inFlight: number;
  /** Attempts in all, for failures that may pass. */
  readonly attempts: number;
  /** Pages of a list of flows. */
  readonly maxPages: number;
}

export const defaultLimits: ClientLimits = {
  deadlineMs: 20_000,
  maxBytes: 8 * 1024 * 1024,
  inFlight: 16,
  attempts: 3,
  maxPages: 200,
};

export interface HttpClientOptions {
  readonly account: Account;
  /** Address of the running server of a `demo` or `meter` account; other accounts have their own. */
  readonly embeddedUrl?: string;
  /** The token, or where to get it before each request; without one every request answers `auth`, unsent. */
  readonly token: string | undefined | (() => string | undefined | Promise<string | undefined>);
  /** One line for each request and what came of it, without the token. */
  readonly log?: (line: string) => void;
  /** The account's budget, where it outlives this client. */
  readonly budget?: Budget;
  readonly clock?: Clock;
  /** 0 to 1, exclusive; for the pauses between attempts. */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  readonly limits?: Partial<ClientLimits>;
}

/** What holds where a server says nothing of itself. */
export const metaRules: ServerInfo = { zone: metaZone, store: 'meta', minRequests: 250 };

/** Queries in a row that the network failed before the rest of a run is given up: one full load of requests in flight. */
const networkFailuresToStop = 16;

/** Throws `invalidRequest` where the account has no address that is allowed. */
export function createHttpClient(options: HttpClientOptions): MetricsClient {
  const address = accountUrl(options.account, options.embeddedUrl);
  if (!address) throw new MetricsError('invalidRequest', 'The account has no base URL that is allowed.');
  return new HttpClient(options, address);
}

/** What belongs together: it ends together when cancelled, refused or limited. */
interface Run {
  readonly signal: AbortSignal;
  /** The answer to everything that was not sent yet. */
  stopped?: MetricsError;
  networkFailuresInRow: number;
}

class HttpClient implements MetricsClient {
  private readonly account: Account;
  private readonly limits: ClientLimits;
  private readonly clock: Clock;
  private readonly budget: Budget;
  private readonly transport: Transport;
  private readonly places;
  private readonly disposal = new AbortController();
  private info: ServerInfo | undefined;
  private served: string | undefined;

  constructor(
    private readonly options: HttpClientOptions,
    private readonly address: AccountUrl,
  ) {
    this.account = options.account;
    this.limits = { ...defaultLimits, ...options.limits };
    this.clock = options.clock ?? Date;
    this.budget = options.budget ?? createBudget(this.clock);
    this.transport = createTransport(address.baseUrl, { ...this.limits, maxSockets: this.limits.inFlight }, this.clock);
    this.places = inFlightAtMost(this.limits.inFlight);
    if (this.isMetaItself) this.info = metaRules;
  }

  get servedVersion(): string | undefined {
    return this.served;
  }

  dispose(): void {
    this.disposal.abort();
    this.transport.close();
  }

  async serverInfo(signal?: AbortSignal): Promise<ServerInfo> {
    if (this.isMetaItself) return metaRules;
    try {
      this.info = parseServerInfo(await this.ask(serverInfoPath(this.address.version), this.startRun(signal)));
    } catch (error) {
      // Only an answer says that there is nothing to know; where none came, what was known still holds.
      const { kind } = asMetricsError(error);
      if (kind === 'notFound' || kind === 'invalidRequest' || kind === 'invalidResponse') this.info = metaRules;
    }
    return this.info ?? metaRules;
  }

  async listFlows(signal?: AbortSignal): Promise<FlowListing> {
    const run = this.startRun(signal);
    const owner = this.businessAccountId;
    const flowIds = [...new Set(this.account.flowIds)];
    if (!owner && flowIds.length === 0) throw nothingToAsk();
    const listed = owner ? await this.listOf(owner, run) : [];
    const known = new Set(listed.map(({ id }) => id));
    const { flows, failures } = await this.readFlows(
      flowIds.filter((id) => !known.has(id)),
      owner ? flowFields : [...flowFields, 'whatsapp_business_account'],
      run,
    );
    // Trouble of the whole account is no matter of single ids.
    const first = failures[0]?.error;
    const ofAccount = failures.map(({ error }) => error).find(({ kind }) => kind === 'auth' || kind === 'cancelled');
    if (ofAccount) throw ofAccount;
    if (first && first.kind !== 'notFound' && first.kind !== 'invalidRequest' && listed.length + flows.length === 0) {
      throw first;
    }
    return { flows: [...listed, ...flows], failures };
  }

  async fetch(queries: readonly MetricQuery[], options: FetchOptions = {}): Promise<readonly MetricAnswer[]> {
    if (!this.info && this.account.source !== 'meta' && queries.length > 0) await this.serverInfo(options.signal);
    const { zone, clock } = this.info ?? metaRules;
    const today = dateInZone(clock ?? this.clock.now(), zone);
    const run = this.startRun(options.signal);
    const asked = new Map<string, Promise<Result<MetricSeries>>>();
    return Promise.all(
      queries.map(async (query) => {
        const key = queryKey(query);
        const result = asked.get(key) ?? this.readMetric(query, today, run);
        asked.set(key, result);
        const answer: MetricAnswer = { query, result: await result };
        this.tell(answer, options);
        return answer;
      }),
    );
  }

  async probe(signal?: AbortSignal): Promise<void> {
    const { version } = this.address;
    const owner = this.businessAccountId;
    const flowId = this.account.flowIds?.[0];
    if (!owner && !flowId) throw nothingToAsk();
    const path = owner ? flowListPath(version, owner, { limit: 1 }) : flowPath(version, flowId!, ['id', 'name']);
    const json = await this.ask(path, this.startRun(signal));
    // What answers must be a server of this API, not just anything that sends JSON.
    if (owner) parseFlowPage(json);
    else parseFlow(json);
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
    return { signal: signal ? AbortSignal.any([own, signal]) : own, networkFailuresInRow: 0 };
  }

  private tell(answer: MetricAnswer, { onAnswer }: FetchOptions): void {
    try {
      onAnswer?.(answer);
    } catch {
      this.options.log?.('A listener failed while it took an answer.');
    }
  }

  private async readMetric(query: MetricQuery, today: string, run: Run): Promise<Result<MetricSeries>> {
    try {
      checkQuery(query, today);
      const json = await this.ask(metricPath(this.address.version, query), run);
      return { ok: true, value: parseMetricAnswer(json, query) };
    } catch (error) {
      return { ok: false, error: asMetricsError(error) };
    }
  }

  private async listOf(owner: string, run: Run): Promise<readonly Flow[]> {
    try {
      return await this.pagesOf(owner, flowFields, run);
    } catch (error) {
      if (asMetricsError(error).kind !== 'invalidRequest') throw error;
    }
    const plain = await this.pagesOf(owner, undefined, run);
    // Drafts and deprecated flows are not judged, so their details are not worth a call each.
    const wanted = plain.filter(({ status }) => status !== 'DRAFT' && status !== 'DEPRECATED').map(({ id }) => id);
    const { flows } = await this.readFlows(wanted, flowFields, run);
    if (run.signal.aborted) throw cancelled();
    const details = new Map(flows.map((flow) => [flow.id, flow]));
    return plain.map((flow) => ({ ...flow, ...details.get(flow.id) }));
  }

  private async pagesOf(owner: string, fields: readonly string[] | undefined, run: Run): Promise<readonly Flow[]> {
    const flows = new Map<string, Flow>();
    const cursors = new Set<string>();
    let after: string | undefined;
    do {
      if (cursors.size >= this.limits.maxPages) {
        throw new MetricsError('invalidResponse', `The list of flows has more than ${this.limits.maxPages} pages.`);
      }
      const request = { limit: maxPageSize, ...(fields ? { fields } : {}), ...(after === undefined ? {} : { after }) };
      const page = parseFlowPage(await this.ask(flowListPath(this.address.version, owner, request), run));
      for (const flow of page.flows) if (!flows.has(flow.id)) flows.set(flow.id, flow);
      after = page.after;
      if (after !== undefined && cursors.has(after)) {
        throw new MetricsError('invalidResponse', 'The list of flows does not end: it names the same page again.');
      }
      if (after !== undefined) cursors.add(after);
    } while (after !== undefined);
    return [...flows.values()];
  }

  private async readFlows(ids: readonly string[], fields: readonly string[], run: Run): Promise<FlowListing> {
    const flows: Flow[] = [];
    const failures: { id: string; error: MetricsError }[] = [];
    const results = await Promise.all(ids.map((id) => this.readFlow(id, fields, run)));
    results.forEach((result, i) => {
      if (result.ok) flows.push(result.value);
      else failures.push({ id: ids[i]!, error: result.error });
    });
    return { flows, failures };
  }

  private async readFlow(id: string, fields: readonly string[], run: Run): Promise<Result<Flow>> {
    try {
      if (!isGraphId(id)) throw new MetricsError('invalidRequest', 'A flow id has digits only.', { parameter: 'flow' });
      return { ok: true, value: parseFlow(await this.ask(flowPath(this.address.version, id, fields), run)) };
    } catch (error) {
      return { ok: false, error: asMetricsError(error) };
    }
  }

  /** The JSON of one GET, with its attempts; rejects with a `MetricsError`. */
  private async ask(path: string, run: Run): Promise<unknown> {
    try {
      const rules = {
        attempts: this.limits.attempts,
        random: this.options.random ?? Math.random,
        sleep: this.options.sleep ?? realSleep,
        signal: run.signal,
        goesOn: () => !run.stopped && !run.signal.aborted,
      };
      // The place is kept over all attempts: a server in trouble gets fewer requests, not others in the pauses.
      const json = await this.places.execute(() => withRetries(() => this.attempt(path, run), rules));
      run.networkFailuresInRow = 0;
      return json;
    } catch (error) {
      const known = asMetricsError(error);
      const unreachable = known.kind === 'network' || known.kind === 'timeout';
      run.networkFailuresInRow = unreachable ? run.networkFailuresInRow + 1 : 0;
      if (run.networkFailuresInRow >= networkFailuresToStop) run.stopped ??= known;
      throw known;
    }
  }

  private async attempt(path: string, run: Run): Promise<unknown> {
    if (run.signal.aborted) throw cancelled();
    if (run.stopped) throw run.stopped;
    try {
      const token = await this.readToken();
      const freeAt = this.budget.take(this.account.source === 'meta');
      if (freeAt !== undefined) {
        const own = !this.budget.isPaused();
        throw new MetricsError('rateLimited', 'No more calls are made for now.', { retryAt: freeAt, own });
      }
      return await this.send(path, token, run.signal);
    } catch (error) {
      const known = asMetricsError(error);
      if (known.kind === 'auth' || known.kind === 'rateLimited') run.stopped ??= known;
      throw known;
    }
  }

  private async send(path: string, token: string, signal: AbortSignal): Promise<unknown> {
    const begun = performance.now();
    let outcome = 'failed';
    try {
      const answer = await this.transport.get(path, token, signal);
      outcome = String(answer.status);
      const version = answer.header(versionHeader);
      if (version !== null && /^v\d{1,3}\.\d{1,2}$/.test(version)) this.served = version;
      const usage = readUsage(answer.header);
      if (usage) this.budget.learn(usage);
      // Servers echo what they were sent; whatever is made of this answer shall not hold the token.
      return readAnswer({ ...answer, text: withoutToken(answer.text, token) }, this.clock.now());
    } catch (error) {
      const { kind, details } = asMetricsError(error);
      outcome += `, ${kind}${details.code === undefined ? '' : ` (code ${details.code})`}`;
      if (kind === 'rateLimited' && details.retryAt !== undefined) this.budget.pauseUntil(details.retryAt);
      throw error;
    } finally {
      const line = `GET ${path}: ${outcome} after ${Math.round(performance.now() - begun)} ms`;
      this.options.log?.(withoutToken(line, token));
    }
  }

  private async readToken(): Promise<string> {
    const { token } = this.options;
    const text = await readSafely(token);
    if (!text) throw new MetricsError('auth', 'There is no access token.', { reason: 'invalid' });
    if (!isToken(text)) {
      throw new MetricsError('auth', 'The access token holds characters that no token has.', { reason: 'invalid' });
    }
    return text;
  }
}

/** A store of secrets that fails is as good as an empty one. */
async function readSafely(token: HttpClientOptions['token']): Promise<string | undefined> {
  try {
    return typeof token === 'function' ? await token() : token;
  } catch {
    return undefined;
  }
}

function nothingToAsk(): MetricsError {
  return new MetricsError('invalidRequest', 'The account names neither a WhatsApp Business Account nor flows.');
}

/** Anything else than a `MetricsError` is a mistake of ours; its text may hold anything, so it is not passed on. */
function asMetricsError(error: unknown): MetricsError {
  return error instanceof MetricsError
    ? error
    : new MetricsError('invalidResponse', 'The answer could not be worked with.');
}
