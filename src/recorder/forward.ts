/** One request on its way through the recorder: to the endpoint and back, byte for byte, in both directions at once. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isPlainRequest } from '../util/transferCoding';
import { parseAnswerHead } from './answerHead';
import type { ForwardResult } from './forwardResult';
import { errorCodeOf, isLocalFailure } from './localFailure';
import { sendText, unsupportedCodingText, unsupportedCoding } from './textResponse';
import { classifyConnectionLoss } from './connectionLoss';
import { isFramed, requestHead } from './requestHead';
import type { IdleTimeout, IdleTimeouts } from './idleTimeouts';
import type { Upstream } from './upstream';
import { forwardableTrailers } from './trailers';
import { loopHeader } from './loopDetector';

const tooLong = 'the body is too long';
const unframed = 'the headers do not tell that there is a body';
const unframedText = 'The headers do not tell that there is a body: send fewer of them.';

interface ForwardOptions {
  readonly upstream: Upstream;
  /** The query of the request with its question mark, or empty. */
  readonly search: string;
  /** The value of the header `Via` that is added. */
  readonly via: string;
  /** A longer request body is refused with 413. */
  readonly maxBodyBytes: number;
  readonly idleTimeouts: IdleTimeouts;
  /** Called once, when it is known how the request counts. */
  readonly onEnd: (result: ForwardResult) => void;
  /** Where it is given, the end of an answer waits for it, so that no answer is whole before its request is stored. */
  readonly stored?: () => Promise<void>;
}

export function forward(request: IncomingMessage, response: ServerResponse, options: ForwardOptions): void {
  const { headers } = request;
  if (!isPlainRequest(headers['transfer-encoding'])) {
    sendText(request, response, 501, unsupportedCodingText);
    return options.onEnd({ kind: 'refused', why: unsupportedCoding });
  }
  if (Number(headers['content-length'] ?? 0) > options.maxBodyBytes) {
    sendText(request, response, 413, tooLongText(options.maxBodyBytes));
    return options.onEnd({ kind: 'refused', why: tooLong });
  }
  new RequestRelay(request, response, options).start();
}

function tooLongText(maxBytes: number): string {
  return `The body is too long: ${maxBytes} bytes are allowed.`;
}

class RequestRelay {
  private outgoing: ClientRequest | undefined;
  private readonly idleTimeout: IdleTimeout;
  private ended = false;
  private answered = false;
  private size = 0;
  /** Chunks of the body that were handed to the connection. */
  private chunks = 0;
  private firstChunk: Buffer | undefined;
  private pendingChunk: Buffer | undefined;
  private bodyEnded = false;
  private sentAt: number | undefined;
  private incoming: IncomingMessage | undefined;
  private resultIfComplete: ForwardResult | undefined;
  private bodyBegan = false;
  /** The newest chunk of the answer, where that must not be complete yet. */
  private heldChunk: Buffer | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly options: ForwardOptions,
  ) {
    this.idleTimeout = options.idleTimeouts.start(this.safe(this.giveUp));
  }

  start(): void {
    this.safe(this.begin)();
  }

  /** An event's listener that throws would end the process with all flows in it. */
  private safe<A = void>(act: (argument: A) => void): (argument: A) => void {
    return (argument) => {
      try {
        act.call(this, argument);
      } catch (error) {
        this.break(error);
      }
    };
  }

  private begin(): void {
    const { request, response } = this;
    // Listened to before anything can break: a caller who leaves takes the request to the endpoint along.
    response.on('close', this.safe(this.callerClosed));
    this.send(false);
    request.on('data', this.safe(this.takeChunk));
    request.on('end', this.safe(this.endBody));
  }

  private send(fresh: boolean): void {
    const { request, options } = this;
    const outgoing = options.upstream.send({
      method: request.method ?? 'GET',
      search: options.search,
      headers: requestHead(request, options.via),
      fresh,
    });
    this.outgoing = outgoing;
    outgoing.on('response', this.safe(this.takeAnswer));
    outgoing.on('upgrade', (_answer: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      this.safe(this.noAnswer)('status 101');
    });
    const lost = (error: NodeJS.ErrnoException): void => this.connectionLost(outgoing, error);
    const closed = (): void => this.closed(outgoing);
    outgoing.on('error', this.safe(lost));
    outgoing.on('close', this.safe(closed));
  }

  private takeChunk(chunk: Buffer): void {
    const { request, options } = this;
    this.size += chunk.length;
    this.options.idleTimeouts.touch(this.idleTimeout);
    if (this.size > options.maxBodyBytes) {
      return this.answered ? undefined : this.refuse(tooLong, 413, tooLongText(options.maxBodyBytes));
    }
    // Nothing has been sent yet: what comes as a body would be taken by the endpoint for its next request.
    if (!isFramed(request)) return this.refuse(unframed, 400, unframedText);
    this.sentAt ??= performance.now();
    if (this.chunks++ === 0) {
      this.firstChunk = chunk;
      return this.write(chunk);
    }
    // An endpoint may answer a long request before it has read it, and close. A write that fails then takes the answer
    // along, where that is still unread: so whatever has arrived is read first.
    this.writePending();
    this.pendingChunk = chunk;
    request.pause();
    setImmediate(this.safe(this.writePending));
  }

  private writePending(): void {
    const { pendingChunk } = this;
    this.pendingChunk = undefined;
    if (pendingChunk) this.write(pendingChunk);
  }

  private write(chunk: Buffer): void {
    const { outgoing, request } = this;
    if (!outgoing || outgoing.destroyed || outgoing.write(chunk)) return void request.resume();
    request.pause();
    outgoing.once('drain', () => request.resume());
  }

  private refuse(why: string, status: number, text: string): void {
    if (this.ended) return;
    this.end({ kind: 'refused', why });
    sendText(this.request, this.response, status, text);
    this.outgoing?.destroy();
  }

  private endBody(): void {
    // Node tells of the end also while it is paused.
    this.writePending();
    this.bodyEnded = true;
    this.sentAt ??= performance.now();
    if (this.outgoing && !this.outgoing.destroyed) this.endUpstream(this.outgoing);
  }

  private endUpstream(outgoing: ClientRequest): void {
    const { rawTrailers, headers } = this.request;
    outgoing.addTrailers(forwardableTrailers(rawTrailers, headers.connection));
    outgoing.end();
  }

  /** False while the caller owes the rest of the request, which an endpoint that reads on waits for as well. */
  private get isEndpointsTurn(): boolean {
    return this.bodyEnded || this.request.isPaused();
  }

  private takeAnswer(answer: IncomingMessage): void {
    const { request, response, outgoing } = this;
    if (this.ended || this.answered) return void answer.destroy();
    const read = parseAnswerHead(answer, response.useChunkedEncodingByDefault && request.method !== 'HEAD');
    if (!read.ok) {
      this.noAnswer(read.problem);
      return void answer.destroy();
    }
    const head = read.value;
    if (outgoing && !head.mayKeep) outgoing.shouldKeepAlive = false;
    this.answered = true;
    this.firstChunk = undefined;
    // The endpoint's own date stands in its headers, or none does.
    response.sendDate = false;
    response.writeHead(head.status, head.reason, head.headers);
    const isCircular = head.status === 508 && answer.headers[loopHeader] !== undefined;
    this.resultIfComplete = isCircular ? { kind: 'circular' } : { kind: 'answered', status: head.status };
    this.incoming = answer;
    answer.on('data', this.safe(this.takeAnswerChunk));
    answer.on('end', this.safe(this.endAnswer));
    answer.on('error', ignore);
    answer.on('close', this.safe(this.answerClosed));
    // Node holds headers back until the body begins. Where nobody knows when that will be, they go ahead.
    // An answer without a body would be whole with them.
    if (answer.headers['content-length'] === undefined && !this.options.stored) setImmediate(this.safe(this.flushHead));
  }

  private takeAnswerChunk(chunk: Buffer): void {
    const { response, incoming } = this;
    this.bodyBegan = true;
    this.options.idleTimeouts.touch(this.idleTimeout);
    const next = this.options.stored ? this.heldChunk : chunk;
    if (this.options.stored) this.heldChunk = chunk;
    if (!next || response.destroyed || response.write(next)) return;
    incoming?.pause();
    response.once('drain', () => incoming?.resume());
  }

  private endAnswer(): void {
    if (this.resultIfComplete) this.end(this.resultIfComplete);
    const { rawTrailers = [], headers } = this.incoming ?? {};
    this.response.addTrailers(forwardableTrailers(rawTrailers, headers?.connection));
    this.onceStored(() => {
      if (!this.response.destroyed) this.response.end(this.heldChunk);
    });
  }

  private onceStored(act: () => void): void {
    const { stored } = this.options;
    if (stored) void stored().then(this.safe(act));
    else act();
  }

  private answerClosed(): void {
    if (this.incoming?.complete) return;
    this.end({ kind: 'noAnswer', reason: 'ECONNRESET' });
    // The caller must see the same break, not an answer that looks whole.
    this.response.destroy();
  }

  private flushHead(): void {
    const { response } = this;
    if (!this.bodyBegan && !response.destroyed && !response.writableEnded) response.flushHeaders();
  }

  private connectionLost(outgoing: ClientRequest, error: NodeJS.ErrnoException): void {
    if (outgoing !== this.outgoing || this.ended) return;
    // Node would take an answer for whole that has no length: its end is that of the connection.
    if (this.answered) return this.answerClosed();
    if (isLocalFailure(error)) return this.failLocally(error);
    const { chunks, size, sentAt } = this;
    const { pool } = this.options.upstream;
    switch (classifyConnectionLoss(outgoing, error, { chunks, size, sentAt, roundTripMs: pool.roundTripMs })) {
      case 'unsent':
        pool.suspendReuse();
        return this.sendAgain();
      case 'crossed':
        if (outgoing.reusedSocket) pool.suspendReuse();
        this.end({ kind: 'crossed' });
        return this.answer(502, 'The endpoint behind this flow closed the connection while the request was sent.');
      case 'failed':
        return this.noAnswer(error.code ?? error.name);
    }
  }

  private sendAgain(): void {
    this.send(true);
    if (this.firstChunk) this.outgoing!.write(this.firstChunk);
    if (this.bodyEnded) this.endUpstream(this.outgoing!);
    this.request.resume();
  }

  private closed(outgoing: ClientRequest): void {
    if (outgoing !== this.outgoing) return;
    if (!this.answered) this.noAnswer('closed');
    if (this.response.closed) this.stopTimeout();
    this.request.socket.off('close', this.dropUpstream);
    // The rest of the body must not hold the connection.
    this.request.resume();
  }

  private noAnswer(reason: string): void {
    if (this.ended) return;
    this.end({ kind: 'noAnswer', reason });
    this.answer(502, `The endpoint behind this flow gave no HTTP answer (${reason}).`);
    this.outgoing?.destroy();
  }

  private failLocally(error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.name;
    this.end({ kind: 'outOfResources', reason });
    const text = `The recorder's own computer could not make a connection (${reason}): the endpoint was not asked.`;
    this.answer(503, text);
  }

  private giveUp(): void {
    // An endpoint that answers without reading the request may keep it for ever.
    if (this.ended) return void this.outgoing?.destroy();
    const { isEndpointsTurn } = this;
    this.end(isEndpointsTurn ? { kind: 'timedOut' } : { kind: 'refused', why: 'the request came too slowly' });
    if (this.answered) this.response.destroy();
    else if (isEndpointsTurn) this.answer(504, 'The endpoint behind this flow did not answer in time.');
    else this.answer(408, 'The rest of the request did not come in time.');
    this.outgoing?.destroy();
  }

  private callerClosed(): void {
    if (this.outgoing?.destroyed !== false) this.stopTimeout();
    // One that was answered early may still be sent. Node tells of its end only if it comes whole.
    else if (!this.request.complete) this.request.socket.once('close', this.dropUpstream);
    // The rest of the answer, which has no reader any more, must not hold the connection.
    this.incoming?.resume();
    if (this.response.writableFinished) return;
    this.end({ kind: 'callerGone', isEndpointsTurn: this.isEndpointsTurn });
    this.outgoing?.destroy();
  }

  /** Something threw that never should. */
  private break(error: unknown): void {
    try {
      this.end({ kind: 'outOfResources', reason: errorCodeOf(error) });
      this.answer(502, 'The recorder could not pass this request on.');
    } catch {
      this.response.destroy();
    }
    this.outgoing?.destroy();
  }

  private answer(status: number, text: string): void {
    this.onceStored(() => {
      if (!this.response.destroyed) sendText(this.request, this.response, status, text);
    });
  }

  private readonly dropUpstream = (): void => void this.outgoing?.destroy();

  private stopTimeout(): void {
    this.options.idleTimeouts.stop(this.idleTimeout);
  }

  private end(result: ForwardResult): void {
    if (this.ended) return;
    this.ended = true;
    this.options.onEnd(result);
  }
}

function ignore(): void {}
