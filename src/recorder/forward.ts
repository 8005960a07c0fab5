/** One request on its way through the recorder: to the endpoint and back, byte for byte, in both directions at once. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isPlainRequest } from '../util/transferCoding';
import { answerHead } from './answerHead';
import { isOwnWant } from './ownWant';
import { answerPlainly, otherCoding, otherCodingDetail } from './plainAnswer';
import { requestFate } from './requestFate';
import { isFramed, requestHead } from './requestHead';
import type { Exchange, SilenceWatch } from './silenceWatch';
import type { Upstream } from './upstream';
import { trailersOnward } from './trailers';
import { circleHeader } from './viaMark';

export type ForwardResult =
  /** The endpoint's answer arrived whole, with this HTTP status. */
  | { readonly kind: 'answered'; readonly status: number }
  /** There was none, or it broke off. `reason` is the code of the error, such as ECONNREFUSED. */
  | { readonly kind: 'noAnswer'; readonly reason: string }
  /** The endpoint stayed silent until the recorder gave it up. */
  | { readonly kind: 'silent' }
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
  readonly silence: SilenceWatch;
  /** Called once, when it is known how the request counts. */
  readonly onEnd: (result: ForwardResult) => void;
  /** Where it is given, the end of an answer waits for it, so that no answer is whole before its request is stored. */
  readonly stored?: () => Promise<void>;
}

export function forward(request: IncomingMessage, response: ServerResponse, options: ForwardOptions): void {
  const { headers } = request;
  if (!isPlainRequest(headers['transfer-encoding'])) {
    answerPlainly(request, response, 501, otherCoding);
    return options.onEnd({ kind: 'refused', why: otherCodingDetail });
  }
  if (Number(headers['content-length'] ?? 0) > options.maxBodyBytes) {
    answerPlainly(request, response, 413, `The body is too long: ${options.maxBodyBytes} bytes are allowed.`);
    return options.onEnd({ kind: 'refused', why: tooLong });
  }
  new ForwardedRequest(request, response, options).start();
}

/** For the log. Node's own messages are left out where they may repeat what a caller or an endpoint sent. */
export function errorCodeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

class ForwardedRequest {
  private onward: ClientRequest | undefined;
  private watched: Exchange | undefined;
  private ended = false;
  private answered = false;
  private size = 0;
  /** Pieces of the body that were handed to the connection. */
  private pieces = 0;
  private firstPiece: Buffer | undefined;
  /** A later piece, which is handed on in a moment. */
  private waiting: Buffer | undefined;
  private bodyEnded = false;
  private sentAt: number | undefined;
  private incoming: IncomingMessage | undefined;
  /** What the request counts as once the answer is whole. */
  private whole: ForwardResult | undefined;
  private bodyBegan = false;
  /** The newest piece of the answer, where that must not be whole yet. */
  private held: Buffer | undefined;

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
    this.watched = this.options.silence.begin(this.safe(this.giveUp));
    // Listened to before anything can break: a caller who leaves takes the request to the endpoint along.
    response.on('close', this.safe(this.callerClosed));
    this.send(false);
    request.on('data', this.safe(this.takePiece));
    request.on('end', this.safe(this.endBody));
  }

  private send(fresh: boolean): void {
    const { request, options } = this;
    const onward = options.upstream.send({
      method: request.method ?? 'GET',
      search: options.search,
      headers: requestHead(request, options.via),
      fresh,
    });
    this.onward = onward;
    onward.on('response', this.safe(this.takeAnswer));
    onward.on('upgrade', (_answer: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      this.safe(this.noAnswer)('status 101');
    });
    const fail = (error: NodeJS.ErrnoException): void => this.fail(onward, error);
    const closed = (): void => this.closed(onward);
    onward.on('error', this.safe(fail));
    onward.on('close', this.safe(closed));
  }

  private takePiece(chunk: Buffer): void {
    const { request, options } = this;
    this.size += chunk.length;
    this.moved();
    if (this.size > options.maxBodyBytes) return this.refuseLong();
    if (!isFramed(request)) return this.refuseUnframed();
    this.sentAt ??= performance.now();
    if (this.pieces++ === 0) {
      this.firstPiece = chunk;
      return this.write(chunk);
    }
    // An endpoint may answer a long request before it has read it, and close. A write that fails then takes the answer
    // along, where that is still unread: so whatever has arrived is read first.
    this.writeWaiting();
    this.waiting = chunk;
    request.pause();
    setImmediate(this.safe(this.writeWaiting));
  }

  private writeWaiting(): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) this.write(waiting);
  }

  private write(chunk: Buffer): void {
    const { onward, request } = this;
    if (!onward || onward.destroyed || onward.write(chunk)) return void request.resume();
    request.pause();
    onward.once('drain', () => request.resume());
  }

  private refuseLong(): void {
    const { request, response, options } = this;
    if (this.ended || this.answered) return;
    this.end({ kind: 'refused', why: tooLong });
    answerPlainly(request, response, 413, `The body is too long: ${options.maxBodyBytes} bytes are allowed.`);
    this.onward?.destroy();
  }

  /** Nothing has been sent yet: what comes as a body would be taken by the endpoint for its next request. */
  private refuseUnframed(): void {
    const { request, response } = this;
    if (this.ended) return;
    this.end({ kind: 'refused', why: 'the headers do not tell that there is a body' });
    answerPlainly(request, response, 400, 'The headers do not tell that there is a body: send fewer of them.');
    this.onward?.destroy();
  }

  private endBody(): void {
    // Node tells of the end also while it is paused.
    this.writeWaiting();
    this.bodyEnded = true;
    this.sentAt ??= performance.now();
    if (this.onward && !this.onward.destroyed) this.endOnward(this.onward);
  }

  private endOnward(onward: ClientRequest): void {
    const { rawTrailers, headers } = this.request;
    onward.addTrailers(trailersOnward(rawTrailers, headers.connection));
    onward.end();
  }

  /** False while the caller owes the rest of the request, which an endpoint that reads on waits for as well. */
  private get isEndpointsTurn(): boolean {
    return this.bodyEnded || this.request.isPaused();
  }

  private takeAnswer(answer: IncomingMessage): void {
    const { request, response, onward } = this;
    if (this.ended || this.answered) return void answer.destroy();
    const head = answerHead(answer, response.useChunkedEncodingByDefault && request.method !== 'HEAD');
    if (typeof head === 'string') {
      this.noAnswer(head);
      return void answer.destroy();
    }
    if (onward && !head.mayKeep) onward.shouldKeepAlive = false;
    this.answered = true;
    this.firstPiece = undefined;
    // The endpoint's own date stands in its headers, or none does.
    response.sendDate = false;
    response.writeHead(head.status, head.reason, head.headers);
    const isCircular = head.status === 508 && answer.headers[circleHeader] !== undefined;
    this.whole = isCircular ? { kind: 'circular' } : { kind: 'answered', status: head.status };
    this.incoming = answer;
    answer.on('data', this.safe(this.takeAnswerPiece));
    answer.on('end', this.safe(this.endAnswer));
    answer.on('error', ignore);
    answer.on('close', this.safe(this.answerClosed));
    // Node holds headers back until the body begins. Where nobody knows when that will be, they go ahead.
    // An answer without a body would be whole with them.
    if (answer.headers['content-length'] === undefined && !this.options.stored) setImmediate(this.safe(this.showHead));
  }

  private takeAnswerPiece(chunk: Buffer): void {
    const { response, incoming } = this;
    this.bodyBegan = true;
    this.moved();
    const piece = this.options.stored ? this.held : chunk;
    if (this.options.stored) this.held = chunk;
    if (!piece || response.destroyed || response.write(piece)) return;
    incoming?.pause();
    response.once('drain', () => incoming?.resume());
  }

  private endAnswer(): void {
    if (this.whole) this.end(this.whole);
    const { rawTrailers = [], headers } = this.incoming ?? {};
    this.response.addTrailers(trailersOnward(rawTrailers, headers?.connection));
    this.onceStored(() => {
      if (!this.response.destroyed) this.response.end(this.held);
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

  private showHead(): void {
    const { response } = this;
    if (!this.bodyBegan && !response.destroyed && !response.writableEnded) response.flushHeaders();
  }

  /** The endpoint's connection broke. */
  private fail(onward: ClientRequest, error: NodeJS.ErrnoException): void {
    if (onward !== this.onward || this.ended) return;
    // Node would take an answer for whole that has no length: its end is that of the connection.
    if (this.answered) return this.answerClosed();
    if (isOwnWant(error)) return this.lack(error);
    const { pieces, size, sentAt } = this;
    const { connections } = this.options.upstream;
    switch (requestFate(onward, error, { pieces, size, sentAt, roundTripMs: connections.roundTripMs })) {
      case 'unsent':
        connections.distrust();
        return this.sendAgain();
      case 'crossed':
        if (onward.reusedSocket) connections.distrust();
        this.end({ kind: 'crossed' });
        return this.answer(502, 'The endpoint behind this flow closed the connection while the request was sent.');
      case 'failed':
        return this.noAnswer(error.code ?? error.name);
    }
  }

  private sendAgain(): void {
    this.send(true);
    if (this.firstPiece) this.onward!.write(this.firstPiece);
    if (this.bodyEnded) this.endOnward(this.onward!);
    this.request.resume();
  }

  private closed(onward: ClientRequest): void {
    if (onward !== this.onward) return;
    if (!this.answered) this.noAnswer('closed');
    if (this.response.closed) this.unwatch();
    this.request.socket.off('close', this.dropOnward);
    // What is left of the body must not hold the connection.
    this.request.resume();
  }

  private noAnswer(reason: string): void {
    if (this.ended) return;
    this.end({ kind: 'noAnswer', reason });
    this.answer(502, `The endpoint behind this flow gave no HTTP answer (${reason}).`);
    this.onward?.destroy();
  }

  private lack(error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.name;
    this.end({ kind: 'outOfResources', reason });
    this.answer(
      503,
      `The recorder's own computer could not make a connection (${reason}): the endpoint was not asked.`,
    );
  }

  private giveUp(): void {
    // An endpoint that answers without reading the request may keep it for ever.
    if (this.ended) return void this.onward?.destroy();
    const { isEndpointsTurn } = this;
    this.end(isEndpointsTurn ? { kind: 'silent' } : { kind: 'refused', why: 'the request came too slowly' });
    if (this.answered) this.response.destroy();
    else if (isEndpointsTurn) this.answer(504, 'The endpoint behind this flow did not answer in time.');
    else this.answer(408, 'The rest of the request did not come in time.');
    this.onward?.destroy();
  }

  private callerClosed(): void {
    if (this.onward?.destroyed !== false) this.unwatch();
    // One that was answered early may still be sent. Node tells of its end only if it comes whole.
    else if (!this.request.complete) this.request.socket.once('close', this.dropOnward);
    // Nobody takes the rest of the answer any more: it must not hold the connection.
    this.incoming?.resume();
    if (this.response.writableFinished) return;
    this.end({ kind: 'callerGone', isEndpointsTurn: this.isEndpointsTurn });
    this.onward?.destroy();
  }

  /** Something threw that never should. */
  private break(error: unknown): void {
    try {
      this.end({ kind: 'outOfResources', reason: errorCodeOf(error) });
      this.answer(502, 'The recorder could not pass this request on.');
    } catch {
      this.response.destroy();
    }
    this.onward?.destroy();
  }

  private answer(status: number, text: string): void {
    this.onceStored(() => {
      if (!this.response.destroyed) answerPlainly(this.request, this.response, status, text);
    });
  }

  private readonly dropOnward = (): void => void this.onward?.destroy();

  private unwatch(): void {
    if (this.watched) this.options.silence.end(this.watched);
  }

  private moved(): void {
    if (this.watched) this.options.silence.moved(this.watched);
  }

  private end(result: ForwardResult): void {
    if (this.ended) return;
    this.ended = true;
    this.options.onEnd(result);
  }
}

function ignore(): void {}
