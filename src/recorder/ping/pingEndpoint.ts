/** The health check that WhatsApp makes of an endpoint, made by us: an encrypted ping, and what became of each step. */
import type { KeyObject } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { answerLimitMs, signatureHeader } from '../../contract/endpoint';
import { MetricsError } from '../../contract/errors';
import { signBody } from '../bodySignature';
import { endpointUrlProblem } from '../recorderFlow';
import { sealEnvelope, type Envelope } from './envelope';
import type { PingFailure, PingFailureReason, PingReport, PingStep, PingStepName } from './pingReport';

export interface PingOptions {
  /** The endpoint: http or https, without user name and password. */
  readonly url: string;
  readonly publicKey: KeyObject;
  /** Signs the ping; endpoints after Meta's sample refuse one that is not signed. */
  readonly appSecret?: string;
  /** Ten seconds unless told otherwise: as long as Meta waits. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** More than any answer to a ping. */
const maxAnswerBytes = 256 * 1024;

interface Exchange {
  readonly status: number;
  readonly body: string;
}

/** Never rejects for what an endpoint does; rejects with `invalidRequest` for a URL that is none. */
export async function pingEndpoint(options: PingOptions): Promise<PingReport> {
  const { url, publicKey } = options;
  const problem = endpointUrlProblem(url);
  if (problem !== undefined) throw new MetricsError('invalidRequest', problem[0]!.toUpperCase() + problem.slice(1));
  const began = performance.now();
  const steps: PingStep[] = [];
  let stepBegan = began;
  const finish = (name: PingStepName): void => {
    const at = performance.now();
    steps.push({ name, milliseconds: at - stepBegan });
    stepBegan = at;
  };
  const report = (httpStatus?: number, failure?: PingFailure): PingReport => ({
    url,
    steps,
    totalMilliseconds: performance.now() - began,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(failure === undefined ? {} : { failure }),
  });

  const envelope = sealEnvelope(JSON.stringify({ version: '3.0', action: 'ping' }), publicKey);
  // Making the envelope is ours, not a step of the endpoint's.
  stepBegan = performance.now();
  let exchange: Exchange;
  try {
    exchange = await send(options, envelope, finish);
  } catch (error) {
    return report(undefined, failureOf(error as NodeJS.ErrnoException, steps, options));
  }
  const { status } = exchange;
  const statusFailure = failureOfStatus(status, options.appSecret !== undefined);
  if (statusFailure) return report(status, statusFailure);
  let text: string;
  try {
    text = envelope.open(exchange.body);
  } catch {
    return report(
      status,
      fail('decrypt', 'decrypt', 'The answer cannot be decrypted: it is not encrypted as WhatsApp asks.'),
    );
  }
  finish('decrypt');
  if (!saysActive(text)) {
    return report(status, fail('wrongAnswer', 'answer', 'The answer is not {"data":{"status":"active"}}.'));
  }
  finish('answer');
  return report(status);
}

function send(options: PingOptions, { body }: Envelope, finish: (step: PingStepName) => void): Promise<Exchange> {
  const { url, appSecret, timeoutMs = answerLimitMs, signal } = options;
  const secure = url.toLowerCase().startsWith('https:');
  // One deadline for everything: an endpoint that sends a byte now and then must not hold the check.
  const deadline = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      // A check must see what a new connection sees.
      agent: false,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'flowmeter',
        ...(appSecret === undefined ? {} : { [signatureHeader]: signBody(body, appSecret) }),
      },
    });
    request.on('socket', (socket) => watch(socket, secure, finish));
    request.on('error', (error) => {
      reject(deadline.aborted && !signal?.aborted ? new DeadlineError() : error);
    });
    request.on('response', (answer) => {
      readAnswer(answer)
        .then((text) => {
          finish('request');
          resolve({ status: answer.statusCode ?? 0, body: text });
        })
        .catch((error: unknown) => {
          request.destroy();
          reject(deadline.aborted && !signal?.aborted ? new DeadlineError() : (error as Error));
        });
    });
    request.end(body);
  });
}

class DeadlineError extends Error {}

function watch(socket: Socket, secure: boolean, finish: (step: PingStepName) => void): void {
  // A host may have several addresses; the first that is found ends the step.
  socket.once('lookup', (error: Error | null) => {
    if (!error) finish('dns');
  });
  socket.once('connect', () => finish('connect'));
  if (secure) socket.once('secureConnect', () => finish('tls'));
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is cut off cannot be decrypted, and that is what is then said.
    if (size > maxAnswerBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

function saysActive(text: string): boolean {
  try {
    const { data } = JSON.parse(text) as { data?: { status?: unknown } };
    return data?.status === 'active';
  } catch {
    return false;
  }
}

function failureOfStatus(status: number, signed: boolean): PingFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 421) {
    return fail(
      'decrypt',
      'answer',
      'The endpoint cannot decrypt the ping (HTTP 421): its private key does not belong to this public key.',
    );
  }
  if (status === 432) {
    return fail(
      'signature',
      'answer',
      signed
        ? 'Signature refused (HTTP 432): the app secret is not the one that the endpoint knows.'
        : 'Signature refused (HTTP 432): give the app secret.',
    );
  }
  const hint = status >= 300 && status < 400 ? ', a redirection, which WhatsApp does not follow' : '';
  return fail('httpStatus', 'answer', `The endpoint answered HTTP ${status}${hint}.`);
}

const codes: readonly (readonly [RegExp, PingFailureReason, string])[] = [
  [/^(ENOTFOUND|EAI_)/, 'dns', 'The address of the host cannot be found'],
  [/^ECONNREFUSED$/, 'refused', 'The connection was refused: nothing listens there'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'refused', 'The host cannot be reached'],
  [
    /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/,
    'tls',
    'The TLS connection is not trusted or failed',
  ],
  [/^ETIMEDOUT$/, 'timeout', 'There was no answer in time'],
];

function failureOf(error: NodeJS.ErrnoException, steps: readonly PingStep[], options: PingOptions): PingFailure {
  const step = nextStep(steps, options.url);
  if (error instanceof DeadlineError) {
    const seconds = (options.timeoutMs ?? answerLimitMs) / 1_000;
    return fail('timeout', step, `There was no answer within ${seconds} s.`);
  }
  if (options.signal?.aborted) return fail('cancelled', step, 'The ping was called off.');
  // Where a host has several addresses, Node gathers the errors of all.
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const code = inner.code ?? '';
  const known = codes.find(([pattern]) => pattern.test(code));
  if (known) return fail(known[1], known[1] === 'dns' ? 'dns' : step, `${known[2]} (${code}).`);
  if (step === 'tls') return fail('tls', step, `The TLS handshake failed (${code || 'broken off'}).`);
  return fail('noAnswer', step, `The endpoint gave no HTTP answer (${code || 'broken off'}).`);
}

/** The step that had begun when the connection failed. */
function nextStep(steps: readonly PingStep[], url: string): PingStepName {
  const done = new Set(steps.map(({ name }) => name));
  if (!done.has('connect')) return 'connect';
  return url.toLowerCase().startsWith('https:') && !done.has('tls') ? 'tls' : 'request';
}

function fail(reason: PingFailureReason, step: PingStepName, text: string): PingFailure {
  return { reason, step, text };
}
