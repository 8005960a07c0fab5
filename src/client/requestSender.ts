/** Carries single requests: in a place, with the token, within the budget, in several attempts, and logged. */
import { bulkhead } from 'cockatiel';
import type { Clock } from '../util/clock';
import { MetricsError } from '../contract/errors';
import { batchPath, versionHeader } from '../contract/routes';
import { readAnswer } from './answer';
import { batchForm, parseList, readBatchAnswer } from './batch';
import { readUsage, unprovenCallsPerHour, type Budget, type Refusal } from './budget';
import type { DownloadQuota } from './downloadQuota';
import { createTurns, pause, withRetries, type Sleep } from './retry';
import { isPrintableWord } from '../util/printableWord';
import { withoutToken } from './token';
import type { HttpAnswer, HttpRequest, Transport } from './transport';
import { cancelledError, asMetricsError } from './clientErrors';

/** Requests that end together when one of them is cancelled, refused or limited. */
export interface Run {
  readonly signal: AbortSignal;
  /** Of all answers; shared with the other runs of the same read of the account. */
  readonly quota: DownloadQuota;
  /** The answer to everything that was not sent yet. */
  stopped?: MetricsError;
  networkFailuresInRow: number;
}

interface RequestSenderOptions {
  readonly transport: Transport;
  readonly budget: Budget;
  /** Calls count against the account's hour. */
  readonly metered: boolean;
  /** `vN.N` */
  readonly version: string;
  readonly limits: {
    readonly deadlineMs: number;
    readonly batchDeadlineMs: number;
    readonly inFlight: number;
    readonly attempts: number;
  };
  readonly token: string | undefined | (() => string | undefined | Promise<string | undefined>);
  readonly log: (line: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sleep: Sleep;
}

type SingleRequest = Pick<HttpRequest, 'path' | 'json'>;

/** A batch that came back: what each of its parts means, read in turns. */
export interface OpenBatch {
  /** How many of the paths were sent, from the first on. */
  readonly sent: number;
  /** The JSON of a part, or undefined where the server left it out; rejects with a `MetricsError`. */
  readPart(index: number): Promise<unknown>;
}

/** Reads in a row that the network failed before the rest of a run is given up: one full load of requests in flight. */
const networkFailuresToStop = 16;

export class RequestSender {
  private readonly places;
  private readonly nextTurn = createTurns();
  private waiting: (() => void)[] = [];
  private served: string | undefined;

  constructor(private readonly options: RequestSenderOptions) {
    this.places = bulkhead(options.limits.inFlight, Infinity);
  }

  /** The API version that really answered last. */
  get slowedAt(): number | undefined {
    return this.options.budget.slowedAt;
  }

  get servedVersion(): string | undefined {
    return this.served;
  }

  get batchRoom(): number {
    return this.options.budget.batchRoom;
  }

  /** The JSON of one GET; rejects with a `MetricsError`. `made` attempts went before, in a batch. */
  get(path: string, run: Run, made = 0): Promise<unknown> {
    return this.perform({ path }, run, made);
  }

  /** The answer to a POST that may be sent again: the same as of one alone. */
  postJson(path: string, json: unknown, run: Run): Promise<unknown> {
    return this.perform({ path, json: JSON.stringify(json) }, run);
  }

  private async perform(request: SingleRequest, run: Run, made = 0): Promise<unknown> {
    const { limits, random, sleep } = this.options;
    const { signal } = run;
    try {
      const goesOn = (): boolean => !run.stopped && !signal.aborted;
      const rules = { attempts: limits.attempts, made, random, sleep, signal, goesOn };
      // The place is kept over all attempts: a server in trouble gets fewer requests, not others in the pauses.
      const json = await this.places.execute(() => withRetries(() => this.attempt(request, run), rules));
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

  /**
   * One attempt of many GETs in one POST, or of as many of them as the budget has room for. Rejects with a `MetricsError`
   * where none could be sent, or it is no batch that came back.
   */
  async post(paths: readonly string[], run: Run): Promise<OpenBatch> {
    return this.places.execute(async () => {
      const { token, calls } = await this.acquireCalls(paths.length, run);
      const request = { path: batchPath(this.options.version), form: batchForm(paths.slice(0, calls)), token };
      const answers = await this.exchange(request, calls, run, (answer) => {
        this.learn([answer]);
        // The text of a batch is shown to nobody, and of each part what can be is cleaned when it is read.
        const parts = readBatchAnswer(parseList(answer) ?? this.parse(answer, token), calls);
        this.learn(parts);
        return parts;
      });
      const readPart = async (index: number): Promise<unknown> => {
        const answer = answers[index];
        if (!answer) return undefined;
        await this.nextTurn();
        try {
          return this.parse(answer, token);
        } catch (error) {
          throw stopRunOn(error, run);
        }
      };
      return { sent: calls, readPart };
    });
  }

  private async attempt(request: SingleRequest, run: Run): Promise<unknown> {
    try {
      const { token } = await this.acquireCalls(1, run);
      return await this.exchange({ ...request, token }, 1, run, (answer) => {
        this.learn([answer]);
        return this.parse(answer, token);
      });
    } catch (error) {
      throw stopRunOn(error, run);
    }
  }

  /**
   * Waits until those in flight have told whether there is room, and until calls are far enough apart. Then takes as many
   * of the calls as fit, one at least.
   */
  private async acquireCalls(wanted: number, run: Run): Promise<{ readonly token: string; readonly calls: number }> {
    const { budget, sleep } = this.options;
    const { signal } = run;
    throwIfStopped(run);
    const token = await this.readToken().catch((error: unknown) => Promise.reject(stopRunOn(error, run)));
    // Nothing may come between looking for room and taking it.
    for (let apart = false; ;) {
      throwIfStopped(run);
      const calls = Math.min(wanted, Math.max(1, budget.batchRoom));
      if (budget.isCrowded(calls)) {
        await new Promise<void>((resolve) => this.waiting.push(resolve));
        continue;
      }
      const gap = apart ? 0 : budget.gap();
      if (gap === 0) return { token, calls: this.take(calls, run) };
      await pause(gap, { sleep, signal });
      apart = true;
    }
  }

  /** Takes so many calls, or as many as it gets; none at all is an error. */
  private take(wanted: number, run: Run): number {
    for (let calls = 0; calls < wanted; calls++) {
      const refusal = this.options.budget.take(this.options.metered);
      if (!refusal) continue;
      const { until: retryAt, ...why } = refusal;
      const text = `No more calls are made for now: ${refusalText(why)}.`;
      const error = new MetricsError('rateLimited', text, { retryAt, ...why });
      stopRunOn(error, run);
      if (calls === 0) throw error;
      return calls;
    }
    return wanted;
  }

  /** Sends one request that stands for so many calls, and reads its answer when its turn has come. */
  private async exchange<T>(
    request: Omit<HttpRequest, 'deadlineMs'>,
    calls: number,
    run: Run,
    read: (answer: HttpAnswer) => T,
  ): Promise<T> {
    const { transport, limits, budget, log } = this.options;
    const { path, form, json, token } = request;
    const deadlineMs = form === undefined ? limits.deadlineMs : limits.batchDeadlineMs;
    const begun = performance.now();
    let outcome = 'failed';
    let inFlight = calls;
    // At the moment at which the usage headers are believed: in between, room would seem to be taken by nobody.
    const land = (): void => {
      budget.answered(inFlight);
      inFlight = 0;
    };
    try {
      const answer = await transport.send({ ...request, deadlineMs }, run.signal);
      outcome = String(answer.status);
      countBytes(Buffer.byteLength(answer.text), run);
      await this.nextTurn();
      land();
      return read(answer);
    } catch (error) {
      const { kind, details } = asMetricsError(error);
      outcome += `, ${kind}${details.code === undefined ? '' : ` (code ${details.code})`}`;
      throw error;
    } finally {
      land();
      for (const resume of this.waiting.splice(0)) resume();
      const single = json === undefined ? 'GET' : 'POST';
      const what = form === undefined ? `${single} ${path}` : `POST ${path} (${calls} reads)`;
      log(withoutToken(`${what}: ${outcome} after ${Math.round(performance.now() - begun)} ms`, token));
    }
  }

  /** Reads the headers. Of several readings that came together the highest counts. */
  private learn(answers: readonly (HttpAnswer | undefined)[]): void {
    for (const answer of answers) {
      const version = answer?.header(versionHeader) ?? '';
      if (/^v\d{1,3}\.\d{1,2}$/.test(version)) this.served = version;
    }
    const readings = answers.map((answer) => answer && readUsage(answer.header)).filter((usage) => usage !== undefined);
    if (readings.length === 0) return;
    this.options.budget.learn({
      percent: Math.max(...readings.map(({ percent }) => percent)),
      regainMinutes: Math.max(...readings.map(({ regainMinutes }) => regainMinutes)),
    });
  }

  private parse(answer: HttpAnswer, token: string): unknown {
    const { budget, clock } = this.options;
    try {
      // Servers echo what they were sent; whatever is made of this answer shall not hold the token.
      return readAnswer({ ...answer, text: withoutToken(answer.text, token) }, clock.now());
    } catch (error) {
      const { kind, details } = asMetricsError(error);
      if (kind === 'rateLimited' && details.retryAt !== undefined) budget.pauseUntil(details.retryAt);
      throw error;
    }
  }

  private async readToken(): Promise<string> {
    const { token } = this.options;
    const text = await readSafely(token);
    if (!text) throw new MetricsError('auth', 'There is no access token.', { reason: 'invalid' });
    if (!isPrintableWord(text)) {
      throw new MetricsError('auth', 'The access token holds characters that no token has.', { reason: 'invalid' });
    }
    return text;
  }
}

/** For the log. */
function refusalText({ own, usedPercent }: Omit<Refusal, 'until'>): string {
  if (!own) return 'the server asked for a pause';
  return usedPercent === undefined
    ? `Flowmeter makes no more than ${unprovenCallsPerHour} an hour for an account`
    : `${Math.floor(usedPercent)}% of those that the server allows are used up`;
}

/** A store of secrets that fails is as good as an empty one. */
async function readSafely(token: RequestSenderOptions['token']): Promise<string | undefined> {
  try {
    return typeof token === 'function' ? await token() : token;
  } catch {
    return undefined;
  }
}

function throwIfStopped({ signal, stopped }: Run): void {
  if (signal.aborted) throw cancelledError();
  if (stopped) throw stopped;
}

/** Counts what an answer holds, or what was made of it. What is too much ends the run. */
export function countBytes(bytes: number, run: Run): void {
  try {
    run.quota.take(bytes);
  } catch (error) {
    throw (run.stopped ??= asMetricsError(error));
  }
}

/** A refused token and a limit end the run: the error answers everything that was not sent yet. */
export function stopRunOn(error: unknown, run: Run): MetricsError {
  const known = asMetricsError(error);
  if (known.kind === 'auth' || known.kind === 'rateLimited') run.stopped ??= known;
  return known;
}
