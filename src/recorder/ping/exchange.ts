/** One POST on a connection of its own, which always comes to an end: with an answer, or with the reason why there is none. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PingStepName } from './pingReport';

/** More than any answer to a ping. */
export const maxAnswerBytes = 256 * 1024;
/** Proxies and tunnels in front of an endpoint add far less. */
const maxHeaderBytes = 64 * 1024;

interface ExchangeOptions {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the begin to the last byte of the answer: an endpoint that sends a byte now and then must not hold a check. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called at the end of each step. */
  readonly finish: (step: PingStepName) => void;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** There was more than `maxAnswerBytes`. */
  readonly isCut: boolean;
}

export class DeadlineError extends Error {}
export class CancelledError extends Error {}
/** The connection was to be used for something else than HTTP from here on. */
export class UpgradeError extends Error {}

export function exchange(options: ExchangeOptions): Promise<EndpointAnswer> {
  const { url, body, headers, timeoutMs, signal, finish } = options;
  const secure = url.toLowerCase().startsWith('https:');
  return new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
      act();
      request?.destroy();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => fail(new CancelledError());
    // It keeps the process running: without it one that has nothing else to do would end without a result.
    const deadline = setTimeout(() => fail(new DeadlineError()), timeoutMs);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });

    try {
      request = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        // A check must see what a new connection sees.
        agent: false,
        // NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would let any certificate pass.
        rejectUnauthorized: true,
        maxHeaderSize: maxHeaderBytes,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
    } catch (error) {
      return fail(error as Error);
    }
    request.on('socket', (socket) => watch(socket, secure, finish));
    request.on('error', fail);
    const onUpgrade = (_: IncomingMessage, socket: Duplex): void => {
      socket.on('error', ignore);
      socket.destroy();
      fail(new UpgradeError());
    };
    request.on('upgrade', onUpgrade);
    request.on('connect', onUpgrade);
    let answered = false;
    request.on('response', (answer) => {
      answered = true;
      answer.on('error', fail);
      answer.on('close', () => fail(brokenOff()));
      gather(answer, (whole) =>
        settle(() => {
          finish('request');
          resolve(whole);
        }),
      );
    });
    // Told at last whatever happened, also where no error was. An answer that has begun tells of its own end.
    request.on('close', () => {
      if (!answered) fail(brokenOff());
    });
    request.end(body);
  });
}

function watch(socket: Socket, secure: boolean, finish: (step: PingStepName) => void): void {
  // A host may have several addresses; the first that is found ends the step.
  socket.once('lookup', (error: Error | null) => {
    if (!error) finish('dns');
  });
  socket.once('connect', () => finish('connect'));
  if (secure) socket.once('secureConnect', () => finish('tls'));
}

function gather(answer: IncomingMessage, done: (whole: EndpointAnswer) => void): void {
  const { statusCode: status = 0, headers } = answer;
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (isCut: boolean): void => done({ status, headers, body: Buffer.concat(chunks), isCut });
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxAnswerBytes) end(true);
    else chunks.push(chunk);
  });
  answer.on('end', () => end(false));
}

function brokenOff(): Error {
  return Object.assign(new Error('The connection broke off.'), { code: 'ECONNRESET' });
}

function ignore(): void {}
