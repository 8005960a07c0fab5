/** One request on its way through the recorder: to the endpoint and back, byte for byte, in both directions at once. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isPlainRequest } from '../util/transferCoding';
import { answerHead } from './answerHead';
import { isLocalFailure } from './localFailure';
import { sendText, unsupportedCodingText, unsupportedCoding } from './textResponse';
import { classifyConnectionLoss } from './connectionLoss';
import { isFramed, requestHead } from './requestHead';
import type { IdleTimeout, IdleTimeouts } from './idleTimeouts';
import type { Upstream } from './upstream';
import { forwardableTrailers } from './trailers';
import { loopHeader } from './loopDetector';

export type ForwardResult =
  /** The endpoint's answer arrived whole, with this HTTP status. */
  | { readonly kind: 'answered'; readonly status: number }
  /** There was none, or it broke off. `reason` is the code of the error, such as ECONNREFUSED. */
  | { readonly kind: 'noAnswer'; readonly reason: string }
  /** The endpoint stayed silent until the recorder gave it up. */
  | { readonly kind: 'timedOut' }
  /** The caller hung up before the answer was there. `isEndpointsTurn`: the rest of the request was not waited for. */
  | { readonly kind: 'callerGone'; readonly isEndpointsTurn: boolean }
  /** The request is none that the recorder passes on; the endpoint is not to blame. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The way to the endpoint leads back to the recorder, which refused the request there. */
  | { readonly kind: 'circular' }
  /** The endpoint closed a kept connection while the request was on its way: whether it took the request is not known. */
  | { readonly kind: 'crossed' }
  /** The recorder could not do its part: it had no sockets or memory left, or met something unexpected. */
  | { readonly kind: 'outOfResources'; readonly reason: string };

const tooLong = 'the body is too long';

export interface ForwardOptions {
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
    sendText(request, response, 413, `The body is too long: ${options.maxBodyBytes} bytes are allowed.`);
    return options.onEnd({ kind: 'refused', why: tooLong });
  }
  new RequestRelay(request, response, options).start();
}

/** For the log. Node's own messages are left out where they may repeat what a caller or an endpoint sent. */
export function errorCodeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

class RequestRelay {
  private upstreamRequest: ClientRequest | undefined;
  private idleTimeout: IdleTimeout | undefined;
  private ended = false;
  private answered = false;
  private size = 0;
  /** Pieces of the body that were handed to the connection. */
  private chunks = 0;
  private firstChunk: Buffer | undefined;
  /** A later piece, which is handed on in a moment. */
  private pendingChunk: Buffer | undefined;
  private bodyEnded = false;
  private sentAt: number | undefined;
  private upstreamAnswer: IncomingMessage | undefined;
  /** What the request counts as once the answer is whole. */
  private resultIfComplete: ForwardResult | undefined;
  private bodyBegan = false;
  /** The newest piece of the answer, where that must not be whole yet. */
  private heldChunk: Buffer | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly options: ForwardOptions,
  ) {}

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
    this.idleTimeout = this.options.idleTimeouts.start(this.safe(this.giveUp));
    // Listened to before anything can break: a caller who leaves takes the request to the endpoint along.
    response.on('close', this.safe(this.callerClosed));
    this.send(false);
    request.on('data', this.safe(this.takeChunk));
    request.on('end', this.safe(this.endBody));
  }

  private send(fresh: boolean): void {
    const { request, options } = this;
    const upstreamRequest = options.upstream.send({
      method: request.method ?? 'GET',
      search: options.search,
      headers: requestHead(request, options.via),
      fresh,
    });
    this.upstreamRequest = upstreamRequest;
    upstreamRequest.on('response', this.safe(this.takeAnswer));
    upstreamRequest.on('upgrade', (_answer: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      this.safe(this.noAnswer)('status 101');
    });
    const fail = (error: NodeJS.ErrnoException): void => this.fail(upstreamRequest, error);
    const closed = (): void => this.closed(upstreamRequest);
    upstreamRequest.on('error', this.safe(fail));
    upstreamRequest.on('close', this.safe(closed));
  }

  private takeChunk(chunk: Buffer): void {
    const { request, options } = this;
    this.size += chunk.length;
    this.touch();
    if (this.size > options.maxBodyBytes) return this.refuseLong();
    if (!isFramed(request)) return this.refuseUnframed();
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
    const { upstreamRequest, request } = this;
    if (!upstreamRequest || upstreamRequest.destroyed || upstreamRequest.write(chunk)) return void request.resume();
    request.pause();
    upstreamRequest.once('drain', () => request.resume());
  }

  private refuseLong(): void {
    const { request, response, options } = this;
    if (this.ended || this.answered) return;
    this.end({ kind: 'refused', why: tooLong });
    sendText(request, response, 413, `The body is too long: ${options.maxBodyBytes} bytes are allowed.`);
    this.upstreamRequest?.destroy();
  }

  /** Nothing has been sent yet: what comes as a body would be taken by the endpoint for its next request. */
  private refuseUnframed(): void {
    const { request, response } = this;
    if (this.ended) return;
    this.end({ kind: 'refused', why: 'the headers do not tell that there is a body' });
    sendText(request, response, 400, 'The headers do not tell that there is a body: send fewer of them.');
    this.upstreamRequest?.destroy();
  }

  private endBody(): void {
    // Node tells of the end also while it is paused.
    this.writePending();
    this.bodyEnded = true;
    this.sentAt ??= performance.now();
    if (this.upstreamRequest && !this.upstreamRequest.destroyed) this.endUpstream(this.upstreamRequest);
  }

  private endUpstream(upstreamRequest: ClientRequest): void {
    const { rawTrailers, headers } = this.request;
    upstreamRequest.addTrailers(forwardableTrailers(rawTrailers, headers.connection));
    upstreamRequest.end();
  }

  /** False while the caller owes the rest of the request, which an endpoint that reads on waits for as well. */
  private get isEndpointsTurn(): boolean {
    return this.bodyEnded || this.request.isPaused();
  }

  private takeAnswer(answer: IncomingMessage): void {
    const { request, response, upstreamRequest } = this;
    if (this.ended || this.answered) return void answer.destroy();
    const head = answerHead(answer, response.useChunkedEncodingByDefault && request.method !== 'HEAD');
    if (typeof head === 'string') {
      this.noAnswer(head);
      return void answer.destroy();
    }
    if (upstreamRequest && !head.mayKeep) upstreamRequest.shouldKeepAlive = false;
    this.answered = true;
    this.firstChunk = undefined;
    // The endpoint's own date stands in its headers, or none does.
    response.sendDate = false;
    response.writeHead(head.status, head.reason, head.headers);
    const isCircular = head.status === 508 && answer.headers[loopHeader] !== undefined;
    this.resultIfComplete = isCircular ? { kind: 'circular' } : { kind: 'answered', status: head.status };
    this.upstreamAnswer = answer;
    answer.on('data', this.safe(this.takeAnswerChunk));
    answer.on('end', this.safe(this.endAnswer));
    answer.on('error', ignore);
    answer.on('close', this.safe(this.answerClosed));
    // Node holds headers back until the body begins. Where nobody knows when that will be, they go ahead.
    // An answer without a body would be whole with them.
    if (answer.headers['content-length'] === undefined && !this.options.stored) setImmediate(this.safe(this.flushHead));
  }

  private takeAnswerChunk(chunk: Buffer): void {
    const { response, upstreamAnswer } = this;
    this.bodyBegan = true;
    this.touch();
    const piece = this.options.stored ? this.heldChunk : chunk;
    if (this.options.stored) this.heldChunk = chunk;
    if (!piece || response.destroyed || response.write(piece)) return;
    upstreamAnswer?.pause();
    response.once('drain', () => upstreamAnswer?.resume());
  }

  private endAnswer(): void {
    if (this.resultIfComplete) this.end(this.resultIfComplete);
    const { rawTrailers = [], headers } = this.upstreamAnswer ?? {};
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
    if (this.upstreamAnswer?.complete) return;
    this.end({ kind: 'noAnswer', reason: 'ECONNRESET' });
    // The caller must see the same break, not an answer that looks whole.
    this.response.destroy();
  }

  private flushHead(): void {
    const { response } = this;
    if (!this.bodyBegan && !response.destroyed && !response.writableEnded) response.flushHeaders();
  }

  /** The endpoint's connection broke. */
  private fail(upstreamRequest: ClientRequest, error: NodeJS.ErrnoException): void {
    if (upstreamRequest !== this.upstreamRequest || this.ended) return;
    // Node would take an answer for whole that has no length: its end is that of the connection.
    if (this.answered) return this.answerClosed();
    if (isLocalFailure(error)) return this.failLocally(error);
    const { chunks, size, sentAt } = this;
    const { pool } = this.options.upstream;
    switch (classifyConnectionLoss(upstreamRequest, error, { chunks, size, sentAt, roundTripMs: pool.roundTripMs })) {
      case 'unsent':
        pool.suspendReuse();
        return this.sendAgain();
      case 'crossed':
        if (upstreamRequest.reusedSocket) pool.suspendReuse();
        this.end({ kind: 'crossed' });
        return this.answer(502, 'The endpoint behind this flow closed the connection while the request was sent.');
      case 'failed':
        return this.noAnswer(error.code ?? error.name);
    }
  }

  private sendAgain(): void {
    this.send(true);
    if (this.firstChunk) this.upstreamRequest!.write(this.firstChunk);
    if (this.bodyEnded) this.endUpstream(this.upstreamRequest!);
    this.request.resume();
  }

  private closed(upstreamRequest: ClientRequest): void {
    if (upstreamRequest !== this.upstreamRequest) return;
    if (!this.answered) this.noAnswer('closed');
    if (this.response.closed) this.stopTimeout();
    this.request.socket.off('close', this.dropUpstream);
    // What is left of the body must not hold the connection.
    this.request.resume();
  }

  private noAnswer(reason: string): void {
    if (this.ended) return;
    this.end({ kind: 'noAnswer', reason });
    this.answer(502, `The endpoint behind this flow gave no HTTP answer (${reason}).`);
    this.upstreamRequest?.destroy();
  }

  private failLocally(error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.name;
    this.end({ kind: 'outOfResources', reason });
    this.answer(
      503,
      `The recorder's own computer could not make a connection (${reason}): the endpoint was not asked.`,
    );
  }

  private giveUp(): void {
    // An endpoint that answers without reading the request may keep it for ever.
    if (this.ended) return void this.upstreamRequest?.destroy();
    const { isEndpointsTurn } = this;
    this.end(isEndpointsTurn ? { kind: 'timedOut' } : { kind: 'refused', why: 'the request came too slowly' });
    if (this.answered) this.response.destroy();
    else if (isEndpointsTurn) this.answer(504, 'The endpoint behind this flow did not answer in time.');
    else this.answer(408, 'The rest of the request did not come in time.');
    this.upstreamRequest?.destroy();
  }

  private callerClosed(): void {
    if (this.upstreamRequest?.destroyed !== false) this.stopTimeout();
    // One that was answered early may still be sent. Node tells of its end only if it comes whole.
    else if (!this.request.complete) this.request.socket.once('close', this.dropUpstream);
    // Nobody takes the rest of the answer any more: it must not hold the connection.
    this.upstreamAnswer?.resume();
    if (this.response.writableFinished) return;
    this.end({ kind: 'callerGone', isEndpointsTurn: this.isEndpointsTurn });
    this.upstreamRequest?.destroy();
  }

  /** Something threw that never should. */
  private break(error: unknown): void {
    try {
      this.end({ kind: 'outOfResources', reason: errorCodeOf(error) });
      this.answer(502, 'The recorder could not pass this request on.');
    } catch {
      this.response.destroy();
    }
    this.upstreamRequest?.destroy();
  }

  private answer(status: number, text: string): void {
    this.onceStored(() => {
      if (!this.response.destroyed) sendText(this.request, this.response, status, text);
    });
  }

  private readonly dropUpstream = (): void => void this.upstreamRequest?.destroy();

  private stopTimeout(): void {
    if (this.idleTimeout) this.options.idleTimeouts.stop(this.idleTimeout);
  }

  private touch(): void {
    if (this.idleTimeout) this.options.idleTimeouts.touch(this.idleTimeout);
  }

  private end(result: ForwardResult): void {
    if (this.ended) return;
    this.ended = true;
    this.options.onEnd(result);
  }
}

function ignore(): void {}
