/** Sends events to a meter in batches, from beside a program that must not notice: never throws, never waits for it. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { eventContentType, formatEvent, type MeterEvent, type EventSink } from '../contract/event';
import { eventsPath, defaultApiVersion } from '../contract/routes';

interface EventSenderOptions {
  /** Base URL of the meter's API, http or https. */
  readonly url: string;
  readonly token: string;
  /** Told once when sending begins to fail, and once for each batch that the meter refuses; never holds the token. */
  readonly onTrouble: (message: string) => void;
  /** Milliseconds between two batches; 1000 unless told otherwise. */
  readonly intervalMs?: number;
  /** Events that wait at most; what comes beyond is lost and counted. 10 000 unless told otherwise. */
  readonly queueLimit?: number;
}

const batchSize = 1_000;
const answerTimeMs = 10_000;
const maxPauseMs = 30_000;
/** A program that has nothing else to do waits so long for its last events to be taken. */
const lastMs = 2_000;
const maxAnswerBytes = 64 * 1024;
const maxMessageLength = 300;
/** So many events are left out one by one before the rest is sent; after that whole batches are, for each costs a request. */
const maxRefusals = 50;

/** Open senders share one listener: a program may have dozens of them, and Node warns of more than ten listeners. */
const open = new Set<() => void>();

function flushAll(): void {
  for (const flush of open) flush();
}

function flushBeforeExit(flush: () => void): void {
  if (open.size === 0) process.on('beforeExit', flushAll);
  open.add(flush);
}

function leaveExit(flush: () => void): void {
  open.delete(flush);
  if (open.size === 0) process.off('beforeExit', flushAll);
}

export class EventSender implements EventSink {
  private readonly target: URL;
  private readonly isSecure: boolean;
  private readonly agent: HttpAgent;
  private queue: MeterEvent[] = [];
  private lost = 0;
  private taken = 0;
  private failures = 0;
  /** How many of the waiting events are to be sent now, though they fill no batch. */
  private due = 0;
  private closed = false;
  /** The program has nothing else to do any more, and what waited then was tried once. */
  private lastTried = false;
  /** Of the batch that is on its way. */
  private socket: Socket | undefined;
  /** How many wait for the batch that is on its way, which then keeps the program running. */
  private waiters = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;

  constructor(private readonly options: EventSenderOptions) {
    this.target = new URL(`${options.url.replace(/\/+$/, '')}${eventsPath(defaultApiVersion)}`);
    this.isSecure = this.target.protocol === 'https:';
    // One connection is enough, and one batch at a time keeps a meter that comes back from being flooded.
    this.agent = new (this.isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
    flushBeforeExit(this.lastFlush);
  }

  get losses(): number {
    return this.lost;
  }

  /** Events that the meter has on its disk. */
  get sent(): number {
    return this.taken;
  }

  /** Events that wait to be sent. */
  get waiting(): number {
    return this.queue.length;
  }

  push(event: MeterEvent): void {
    const { queueLimit = 10_000 } = this.options;
    if (this.closed || this.queue.length >= queueLimit) {
      this.lost++;
      return;
    }
    this.queue.push(event);
    this.lastTried = false;
    // A full batch does not wait for its time.
    if (this.queue.length >= batchSize && this.failures === 0 && !this.sending) void this.send();
    else this.plan();
  }

  /** Sends what waits; resolves when that is done or could not be done, and never rejects. */
  flush(): Promise<void> {
    return this.keepingAlive(() => this.sendDue());
  }

  /** As `flush`; what is left then, and what comes later, is lost. */
  async close(): Promise<void> {
    this.closed = true;
    leaveExit(this.lastFlush);
    await this.keepingAlive(async () => {
      // The batch on its way may leave some behind that came meanwhile.
      await this.sending;
      await this.sendDue();
    });
    this.loseAll();
    this.agent.destroy();
  }

  private loseAll(): void {
    this.lost += this.queue.length;
    this.queue = [];
  }

  /** The listener is the program's own, whose mistakes must not end the program. */
  private onTrouble(message: string): void {
    try {
      this.options.onTrouble(message);
    } catch {
      // The listener that would report it is the one that fails.
    }
  }

  private plan(): void {
    if (this.timer || this.sending || this.closed || this.queue.length === 0) return;
    const { intervalMs = 1_000 } = this.options;
    const pause = this.failures === 0 ? intervalMs : Math.min(maxPauseMs, intervalMs * 2 ** this.failures);
    this.timer = setTimeout(() => void this.sendDue(), pause);
    // Waiting events must not keep the program from ending; `beforeExit` sends them.
    this.timer.unref();
  }

  private sendDue(): Promise<void> {
    this.due = this.queue.length;
    return this.send();
  }

  private send(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
      if (this.due > 0) return this.send();
      this.plan();
      return undefined;
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    // Events that come while a batch is on its way wait for the next one: many small ones would cost the program dearly.
    let refusals = 0;
    while (this.due > 0 || this.queue.length >= batchSize) {
      const batch = this.queue.slice(0, batchSize);
      const outcome = await this.post(batch);
      if (outcome.kind === 'away') {
        if (this.failures++ === 0) this.onTrouble(`${outcome.why}. Events wait to be sent.`);
        this.due = 0;
        return;
      }
      this.failures = 0;
      // One event that the meter would refuse again, such as one of a flow that a caller made up, takes no others along.
      const only = outcome.kind === 'refused' && refusals++ < maxRefusals ? outcome.at : undefined;
      const isOne = only !== undefined && only < batch.length;
      const done = isOne ? this.queue.splice(only, 1) : this.queue.splice(0, batch.length);
      this.due = Math.max(0, this.due - done.length);
      if (outcome.kind === 'taken') this.taken += done.length;
      else {
        this.lost += done.length;
        this.onTrouble(`The meter refused ${counted(done.length)}: ${outcome.why}`);
      }
    }
  }

  private async keepingAlive(work: () => Promise<void>): Promise<void> {
    this.waiters++;
    this.socket?.ref();
    await work();
    this.waiters--;
  }

  private post(batch: readonly MeterEvent[]): Promise<PostOutcome> {
    const { token } = this.options;
    return new Promise<PostOutcome>((resolve) => {
      // Ids, digits and words of the contract: every character is one byte.
      const body = batch.map(formatEvent).join('\n');
      const request = (this.isSecure ? httpsRequest : httpRequest)(this.target, {
        method: 'POST',
        agent: this.agent,
        // NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate hear the token.
        rejectUnauthorized: true,
        signal: AbortSignal.timeout(answerTimeMs),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': eventContentType,
          'content-length': body.length,
        },
      });
      request.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          if (text.length < maxAnswerBytes) text += chunk;
        });
        answer.on('error', (error: NodeJS.ErrnoException) => resolve(unreached(error)));
        answer.on('end', () => resolve(outcomeOf(answer.statusCode ?? 0, text, token)));
      });
      request.on('error', (error: NodeJS.ErrnoException) => resolve(unreached(error)));
      request.on('socket', (socket) => {
        this.socket = socket;
        // A meter that does not answer must not keep a program from ending that does not wait for it.
        if (this.waiters === 0) socket.unref();
      });
      request.on('close', () => {
        this.socket = undefined;
        // Some answers end without an end: 101 switches to a protocol that nobody speaks here.
        resolve({ kind: 'away', why: 'The meter cannot be reached: no HTTP answer' });
      });
      request.end(body, 'latin1');
    }).catch((error: NodeJS.ErrnoException) => unreached(error));
  }

  /** Node asks whenever there is nothing left to do, and so again after each try: one is made, and what is left is lost. */
  private readonly lastFlush = (): void => {
    if (this.lastTried || this.queue.length === 0) return;
    this.lastTried = true;
    const patience = setTimeout(() => this.agent.destroy(), lastMs);
    void this.flush().then(() => {
      clearTimeout(patience);
      if (this.queue.length === 0) return;
      this.onTrouble(`Lost: ${counted(this.queue.length)} that the meter did not take before the program ended.`);
      this.loseAll();
    });
  };
}

type PostOutcome =
  /** On the meter's disk. */
  | { readonly kind: 'taken' }
  /** Never to be taken as it is. */
  | {
      readonly kind: 'refused';
      readonly why: string;
      /** Which event is at fault, where that is told. */
      readonly at?: number;
    }
  /** Perhaps later; `why` is a sentence without its full stop. */
  | { readonly kind: 'away'; readonly why: string };

function outcomeOf(status: number, text: string, token: string): PostOutcome {
  if (status === 200) return { kind: 'taken' };
  if (status === 400 || status === 413) {
    const why = messageOf(text, token) ?? `HTTP ${status}`;
    const [, line] = /^(?:\(#\d+\) )?Line (\d{1,5}): /.exec(why) ?? [];
    return { kind: 'refused', why, ...(Number(line) > 0 ? { at: Number(line) - 1 } : {}) };
  }
  const why = status === 401 ? 'it refuses the token (FLOWMETER_TOKEN)' : `HTTP ${status}`;
  return { kind: 'away', why: `The meter does not take events: ${why}` };
}

/** The meter's own sentence, in one line that holds no token, whoever answered in its place. */
function messageOf(text: string, token: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message !== 'string') return undefined;
    const plain = error.message.replaceAll(token, '[token]').replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
    return plain.slice(0, maxMessageLength);
  } catch {
    return undefined;
  }
}

function unreached({ code, name }: NodeJS.ErrnoException): PostOutcome {
  const why = name === 'TimeoutError' || code === 'ABORT_ERR' ? 'no answer in time' : (code ?? name);
  return { kind: 'away', why: `The meter cannot be reached: ${why}` };
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`;
}
