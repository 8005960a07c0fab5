/** Sends events to a meter in batches, from beside a program that must not notice: never throws, never waits for it. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { eventContentType, formatEvent, type MeterEvent, type EventSink } from '../contract/event';
import { eventsPath, defaultApiVersion } from '../contract/routes';

export interface EventSenderOptions {
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

export interface EventSender extends EventSink {
  /** Events that the meter has on its disk. */
  readonly sent: number;
  /** Events that wait to be sent. */
  readonly waiting: number;
  /** Sends what waits; resolves when that is done or could not be done, and never rejects. */
  flush(): Promise<void>;
  /** As `flush`; what is left then, and what comes later, is lost. */
  close(): Promise<void>;
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

export function createEventSender(options: EventSenderOptions): EventSender {
  const { url, token, intervalMs = 1_000, queueLimit = 10_000 } = options;
  const target = new URL(`${url.replace(/\/+$/, '')}${eventsPath(defaultApiVersion)}`);
  const secure = target.protocol === 'https:';
  // One connection is enough, and one batch at a time keeps a meter that comes back from being flooded.
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  let queue: MeterEvent[] = [];
  let losses = 0;
  let sent = 0;
  let failures = 0;
  /** How many of the waiting events are to be sent now, though they fill no batch. */
  let due = 0;
  let closed = false;
  /** The program has nothing else to do any more, and what waited then was tried once. */
  let lastTried = false;
  /** Of the batch that is on its way. */
  let socket: Socket | undefined;
  /** How many wait for what is on its way, which then keeps the program running. */
  let waiters = 0;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;

  /** The program's own function, whose mistakes must not become the program's end. */
  const onTrouble = (message: string): void => {
    try {
      options.onTrouble(message);
    } catch {
      // There is nobody else to tell.
    }
  };

  const plan = (): void => {
    if (timer || sending || closed || queue.length === 0) return;
    const pause = failures === 0 ? intervalMs : Math.min(maxPauseMs, intervalMs * 2 ** failures);
    timer = setTimeout(() => void flush(), pause);
    // Waiting events must not keep the program from ending; `beforeExit` sends them.
    timer.unref();
  };

  const sendAll = async (): Promise<void> => {
    // What comes while a batch is on its way waits for the next one: many small ones would cost the program dearly.
    let refusals = 0;
    while (due > 0 || queue.length >= batchSize) {
      const batch = queue.slice(0, batchSize);
      const outcome = await post(batch);
      if (outcome.kind === 'away') {
        if (failures++ === 0) onTrouble(`${outcome.why}. Events wait to be sent.`);
        due = 0;
        return;
      }
      failures = 0;
      // One event that the meter would refuse again, such as one of a flow that a caller made up, takes no others along.
      const only = outcome.kind === 'refused' && refusals++ < maxRefusals ? outcome.at : undefined;
      const done = only !== undefined && only < batch.length ? queue.splice(only, 1) : queue.splice(0, batch.length);
      due = Math.max(0, due - done.length);
      if (outcome.kind === 'taken') sent += done.length;
      else {
        losses += done.length;
        onTrouble(`The meter refused ${counted(done.length)}: ${outcome.why}`);
      }
    }
  };

  const flush = (): Promise<void> => {
    due = queue.length;
    return send();
  };

  const send = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
      if (due > 0) return send();
      plan();
      return undefined;
    });
    return sending;
  };

  const keepingAlive = async (work: () => Promise<void>): Promise<void> => {
    waiters++;
    socket?.ref();
    await work();
    waiters--;
  };

  const post = (batch: readonly MeterEvent[]): Promise<PostOutcome> =>
    new Promise<PostOutcome>((resolve) => {
      // Ids, digits and words of the contract: every character is one byte.
      const body = batch.map(formatEvent).join('\n');
      const request = (secure ? httpsRequest : httpRequest)(
        target,
        {
          method: 'POST',
          agent,
          // NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate hear the token.
          rejectUnauthorized: true,
          signal: AbortSignal.timeout(answerTimeMs),
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': eventContentType,
            'content-length': body.length,
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            if (text.length < maxAnswerBytes) text += chunk;
          });
          answer.on('error', (error: NodeJS.ErrnoException) => resolve(unreached(error)));
          answer.on('end', () => resolve(outcomeOf(answer.statusCode ?? 0, text, token)));
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => resolve(unreached(error)));
      request.on('socket', (own) => {
        socket = own;
        // A meter that does not answer must not keep a program from ending that does not wait for it.
        if (waiters === 0) own.unref();
      });
      request.on('close', () => (socket = undefined));
      // Some answers end without an end: 101 switches to a protocol that nobody speaks here.
      request.on('close', () => resolve({ kind: 'away', why: 'The meter cannot be reached: no HTTP answer' }));
      request.end(body, 'latin1');
    }).catch((error: NodeJS.ErrnoException) => unreached(error));

  /** Node asks whenever there is nothing left to do, and so again after each try: one is made, and what is left is lost. */
  const lastFlush = (): void => {
    if (lastTried || queue.length === 0) return;
    lastTried = true;
    const patience = setTimeout(() => agent.destroy(), lastMs);
    void keepingAlive(flush).then(() => {
      clearTimeout(patience);
      if (queue.length === 0) return;
      onTrouble(`Lost: ${counted(queue.length)} that the meter did not take before the program ended.`);
      losses += queue.length;
      queue = [];
    });
  };
  flushBeforeExit(lastFlush);

  return {
    push: (event) => {
      if (closed || queue.length >= queueLimit) {
        losses++;
        return;
      }
      queue.push(event);
      lastTried = false;
      // A full batch does not wait for its time.
      if (queue.length >= batchSize && failures === 0 && !sending) void send();
      else plan();
    },
    get losses() {
      return losses;
    },
    get sent() {
      return sent;
    },
    get waiting() {
      return queue.length;
    },
    flush: () => keepingAlive(flush),
    close: async () => {
      closed = true;
      leaveExit(lastFlush);
      await keepingAlive(async () => {
        // What is on its way may leave some behind that came meanwhile.
        await sending;
        await flush();
      });
      losses += queue.length;
      queue = [];
      agent.destroy();
    },
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
