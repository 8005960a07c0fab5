/** The health check that WhatsApp makes of an endpoint, made by us: an encrypted ping, and what became of each step. */
import { randomBytes, type KeyObject } from 'node:crypto';
import { answerLimitMs, signatureHeader } from '../../contract/endpoint';
import { MetricsError } from '../../contract/errors';
import { capitalised } from '../../util/capitalised';
import { isPlainAnswer } from '../../util/transferCoding';
import { signBody } from '../bodySignature';
import { endpointUrlProblem } from '../recorderFlow';
import { parseAnswerForm } from './answerForm';
import { sealEnvelope } from './envelope';
import { exchange, type EndpointAnswer } from './exchange';
import { fail, failureOfError, failureOfStatus } from './pingFailure';
import type { PingFailure, PingReport, PingStep, PingStepName } from './pingReport';
import { defined } from '../../util/defined';

export interface PingOptions {
  /** The endpoint: http or https, without user name and password. */
  readonly url: string;
  readonly publicKey: KeyObject;
  /**
   * Signs the ping. Where none is given a made-up one does: WhatsApp signs every request, so that endpoints read the
   * header without looking whether it is there, and some of them end where it is not.
   */
  readonly appSecret?: string;
  /** Ten seconds unless told otherwise: as long as Meta waits. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Never rejects for what an endpoint does; rejects with `invalidRequest` for a URL that is none. */
export async function pingEndpoint(options: PingOptions): Promise<PingReport> {
  const { url, publicKey, appSecret, timeoutMs = answerLimitMs, signal } = options;
  const problem = endpointUrlProblem(url);
  if (problem !== undefined) throw new MetricsError('invalidRequest', capitalised(problem));
  const envelope = sealEnvelope(JSON.stringify({ version: '3.0', action: 'ping' }), publicKey);
  const signature = signBody(envelope.body, appSecret ?? randomBytes(16).toString('hex'));

  // Making the envelope is ours, not a step of the endpoint's.
  const began = performance.now();
  const steps: PingStep[] = [];
  let stepBegan = began;
  const finish = (name: PingStepName): void => {
    const at = performance.now();
    steps.push({ name, milliseconds: at - stepBegan });
    stepBegan = at;
  };
  const report = (more: Pick<PingReport, 'httpStatus' | 'failure' | 'hints'>): PingReport => ({
    url,
    steps,
    totalMilliseconds: performance.now() - began,
    ...more,
  });

  let answer: EndpointAnswer;
  try {
    answer = await exchange({
      url,
      body: envelope.body,
      headers: { 'content-type': 'application/json', 'user-agent': 'flowmeter', [signatureHeader]: signature },
      timeoutMs,
      finish,
      ...defined({ signal }),
    });
  } catch (error) {
    return report({ failure: failureOfError(error as NodeJS.ErrnoException, steps, url, timeoutMs) });
  }
  const httpStatus = answer.status;
  const isSigned = appSecret !== undefined;
  const failure =
    failureOfStatus(httpStatus, isSigned) ?? failureOfBody(answer, (bytes) => envelope.open(bytes), finish);
  if (failure) return report({ httpStatus, failure });
  const hints = hintsOf(answer, isSigned);
  return report({ httpStatus, ...(hints.length > 0 ? { hints } : {}) });
}

function failureOfBody(
  { body, isCut, headers }: EndpointAnswer,
  open: ReturnType<typeof sealEnvelope>['open'],
  finish: (step: PingStepName) => void,
): PingFailure | undefined {
  if (isCut) return fail('decrypt', 'decrypt', 'The answer is far too long for a ping: more than 256 KB.');
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    const text = 'The answer is compressed (Content-Encoding), though nothing asked for that: send it as it is.';
    return fail('decrypt', 'decrypt', text);
  }
  if (!isPlainAnswer(headers['transfer-encoding'])) {
    const text =
      'The answer is packed (Transfer-Encoding), though nothing asked for that: send it as it is, or in chunks.';
    return fail('decrypt', 'decrypt', text);
  }
  const reading = parseAnswerForm(body, open);
  if (!reading.ok) return fail('decrypt', 'decrypt', reading.problem);
  finish('decrypt');
  if (!saysActive(reading.value)) {
    return fail('wrongAnswer', 'answer', 'The answer is not {"data":{"status":"active"}}.');
  }
  finish('answer');
  return undefined;
}

function saysActive(text: string): boolean {
  try {
    const { data } = JSON.parse(text) as { data?: { status?: unknown } };
    return data?.status === 'active';
  } catch {
    return false;
  }
}

/** Faults of an endpoint that is active all the same. */
function hintsOf({ headers }: EndpointAnswer, isSigned: boolean): readonly string[] {
  const type = headers['content-type'];
  const hints: string[] = [];
  if (type !== undefined && !/^text\/plain\b/i.test(type)) {
    hints.push(`Content-Type is "${type.slice(0, 60)}"; an encrypted answer is text/plain.`);
  }
  if (!isSigned) {
    hints.push('The ping was signed with a made-up app secret, and taken: the endpoint does not check signatures.');
  }
  return hints;
}
