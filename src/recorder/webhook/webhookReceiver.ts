/** Meta's webhooks on the recorder's port: the handshake of a subscription, and signed notices, of which those of the field `flows` are stored. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AlertNotice } from '../../contract/alert';
import { signatureHeader } from '../../contract/endpoint';
import { parseJson } from '../../util/json';
import { withoutDetails } from '../../util/repeatedLines';
import type { MeterStore } from '../../store/meterStore';
import { isPlainRequest } from '../../util/transferCoding';
import { isSignedBy } from '../bodySignature';
import { sendText, unsupportedCodingText } from '../textResponse';
import type { WebhookHandler } from '../recorder';
import { LoopDetector } from '../loopDetector';
import { BodyReader } from './bodyReader';
import { readWebhook, type WebhookReading } from './flowsEvent';
import { NoticeWriter, type NotKept } from './noticeWriter';
import { answerAsForwarded, passOn } from './webhookForward';

/** The outcomes of requests that say something about the set-up. */
export type WebhookOutcome =
  /** A handshake with the right verify token, and with another. */
  | 'subscribed'
  | 'wrongToken'
  /** Something that Meta signed; something that was signed with another app secret. */
  | 'signed'
  | 'wrongSignature'
  /** Notices are stored, as far as their flows are known; they could not be stored. */
  | 'stored'
  | 'notStored'
  /** A notice was answered by the program that it was passed on to; it was not, since that is silent or leads back here. */
  | 'forwarded'
  | 'notForwarded'
  | 'circular'
  /** There is something for another program, and no address to pass it on to. */
  | 'unheard';

export interface WebhookOptions {
  /** As a person typed it into the field "Verify token" at Meta. */
  readonly verifyToken: string;
  /** The app's secret, with which Meta signs. */
  readonly appSecret: string;
  readonly store: Pick<MeterStore, 'recordAlerts'>;
  /** Where every notice goes on to; it has passed `forwardUrlProblem`. Without it other fields than `flows` are dropped. */
  readonly forwardUrl?: string;
  /** One line without secrets, and its cause where lines of the same one differ. */
  readonly log?: (line: string, cause?: string) => void;
  readonly onOutcome?: (outcome: WebhookOutcome) => void;
  readonly now?: () => number;
  /** How long Meta waits for what is stored at most before it is asked to send again; 8 s unless told otherwise. */
  readonly patienceMs?: number;
  /** The same for the answer of the program that notices are passed on to; 10 s unless told otherwise. */
  readonly forwardPatienceMs?: number;
}

/** Meta sends at most 1000 notices in one request. */
const maxBodyBytes = 3 * 1024 * 1024;
/** Those that are coming at once, signed or not, have so much memory in all. */
const maxComingBytes = 24 * 1024 * 1024;
const notSigned = 'X-Hub-Signature-256 is missing or does not belong to this body and app secret.';
const maxNamedFlows = 20;
const maxNamedFields = 20;
const defaultPatienceMs = 8_000;
const closePatienceMs = 5_000;

export class WebhookReceiver {
  private readonly writer: NoticeWriter;
  private readonly loops = new LoopDetector();
  private readonly bodies = new BodyReader({ perBody: maxBodyBytes, total: maxComingBytes });
  private readonly underWay = new Set<Promise<void>>();
  private closing = false;
  private isStoreFailing = false;
  private isForwardFailing = false;
  private readonly unhandledFields = new Set<string>();

  constructor(private readonly options: WebhookOptions) {
    this.writer = new NoticeWriter(options.store);
  }

  readonly serve: WebhookHandler = (request, response, search) => {
    this.answer(request, response, search).catch((error: unknown) => {
      this.log(`webhook failed: ${(error as Error).message}`, 'webhook failed');
      response.destroy();
    });
  };

  /** Takes no more notices, and resolves when those under way are stored and answered, or after 5 s: Meta sends them again. */
  async close(): Promise<void> {
    this.closing = true;
    await withinTime(Promise.all(this.underWay), closePatienceMs);
  }

  private async answer(request: IncomingMessage, response: ServerResponse, search: string): Promise<void> {
    if (this.loops.hasPassed(request)) {
      this.report('circular');
      const text =
        'The address to pass notices on to leads back to this recorder: it must be that of the other program.';
      return this.refuse(request, response, 508, text);
    }
    if (!isPlainRequest(request.headers['transfer-encoding']))
      return this.refuse(request, response, 501, unsupportedCodingText);
    if (request.method === 'GET') return this.verifySubscription(request, response, search);
    if (request.method === 'POST') return this.receive(request, response, search);
    sendText(request, response, 405, 'Only GET and POST are answered.');
  }

  private async receive(request: IncomingMessage, response: ServerResponse, search: string): Promise<void> {
    const { appSecret, forwardUrl, now = Date.now } = this.options;
    const signature = request.headers[signatureHeader];
    // Meta signs everything: a body without a signature comes from a stranger, and is not read.
    if (typeof signature !== 'string') return this.refuse(request, response, 403, notSigned);
    const body = await this.bodies.read(request);
    if (body === 'broken') return;
    if (body === 'tooLong') {
      return this.refuse(request, response, 413, `The body is too long: ${maxBodyBytes} bytes are allowed.`);
    }
    if (body === 'evicted') return this.refuse(request, response, 503, 'Too much came at once: send it again.');
    if (!isSignedBy(body, signature, appSecret)) {
      this.report('wrongSignature');
      return this.refuse(request, response, 403, notSigned);
    }
    this.report('signed');
    // Meta sends again what is not answered with 200.
    if (this.closing) return sendText(request, response, 503, 'The recorder is about to end: send this again.');
    const reading = parse(body, now());
    if (!reading && forwardUrl === undefined) {
      const text = 'The body is not the JSON of a webhook: an object with a list "entry".';
      return this.refuse(request, response, 400, text);
    }
    const answered = this.take(reading, request, response, { search, body });
    this.underWay.add(answered);
    await answered.finally(() => this.underWay.delete(answered));
  }

  /** Stored first: what could not be stored comes again, and shall reach the other program once only. */
  private async take(
    reading: WebhookReading | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    sent: { readonly search: string; readonly body: Buffer },
  ): Promise<void> {
    const kept = reading ? this.keep(reading) : Promise.resolve(true);
    // Notices that are stored after that answer come again, and have the same ids.
    const isStored = await withinTime(kept, this.options.patienceMs ?? defaultPatienceMs);
    if (!isStored) sendText(request, response, 503, 'The notice could not be stored in time: send it again.');
    else if (this.options.forwardUrl === undefined) sendText(request, response, 200, 'ok');
    else await this.forward(this.options.forwardUrl, request, response, sent);
    await kept;
  }

  /** False where the notices are not on disk. */
  private async keep({ notices, otherFields, unknown }: WebhookReading): Promise<boolean> {
    let notKept: NotKept = { unknownFlows: [], untimely: [] };
    try {
      if (notices.length > 0) notKept = await this.writer.write(notices);
    } catch (error) {
      this.report('notStored');
      // Meta repeats for days what fails: only what changes is news.
      if (!this.isStoreFailing)
        this.log(
          `webhook was not stored, Meta will send it again: ${(error as Error).message}`,
          'webhook was not stored',
        );
      this.isStoreFailing = true;
      return false;
    }
    if (this.isStoreFailing && notices.length > 0) {
      this.isStoreFailing = false;
      this.log('webhook is stored again');
    }
    const passOver = (line: string): void => this.log(`webhook passed over: ${line}`, withoutDetails(line));
    for (const [line, count] of unknown) passOver(`${line}${count > 1 ? ` (${count} times)` : ''}`);
    for (const line of [...unknownLines(notKept.unknownFlows), ...untimelyLines(notKept.untimely)]) passOver(line);
    if (this.options.forwardUrl === undefined) for (const field of otherFields) this.logUnhandled(field);
    if (notices.length > 0) this.report('stored');
    return true;
  }

  /** A callback URL that led to a bot before may lead here now, so that the bot gets no more messages. */
  private logUnhandled(field: string): void {
    this.report('unheard');
    if (this.unhandledFields.has(field) || this.unhandledFields.size >= maxNamedFields) return;
    this.unhandledFields.add(field);
    this.log(
      `webhook: notices of the field ${field} come here too, and no other program gets them: ` +
        'give its address (--webhook-forward), or subscribe the app to the field "flows" only.',
    );
  }

  /** Resolves to the status that was answered. */
  private async forward(
    url: string,
    request: IncomingMessage,
    response: ServerResponse,
    sent: { readonly search: string; readonly body?: Buffer },
  ): Promise<number> {
    const via = this.loops.viaEntry(request);
    const answer = await passOn(url, { request, ...sent, via }, this.options.forwardPatienceMs);
    const isFailing = answer.kind === 'failed';
    if (isFailing !== this.isForwardFailing) {
      this.isForwardFailing = isFailing;
      // Of the address only what names the server: secrets may stand behind it.
      const { origin } = new URL(url);
      this.log(
        answer.kind === 'failed'
          ? `webhook could not be passed on to ${origin}, Meta will send it again: ${answer.reason}`
          : `webhook is passed on to ${origin} again`,
      );
    }
    this.report(isFailing ? 'notForwarded' : answer.status === 508 ? 'circular' : 'forwarded');
    if (answer.kind === 'answered') answerAsForwarded(response, answer);
    else sendText(request, response, answer.status, 'The program that notices are passed on to did not answer.');
    return answer.status;
  }

  private async verifySubscription(request: IncomingMessage, response: ServerResponse, search: string): Promise<void> {
    const query = new URLSearchParams(search);
    const challenge = query.get('hub.challenge') ?? '';
    if (query.get('hub.mode') !== 'subscribe' || !/^[\w.~-]{1,256}$/.test(challenge)) {
      const text = 'A handshake has hub.mode=subscribe, hub.verify_token, hub.challenge.';
      return sendText(request, response, 400, text);
    }
    const { verifyToken, forwardUrl } = this.options;
    if (sameText(query.get('hub.verify_token') ?? '', verifyToken)) {
      // The challenge alone: Meta compares every byte.
      response.writeHead(200, {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': challenge.length,
        'x-content-type-options': 'nosniff',
      });
      response.end(challenge);
      return this.report('subscribed');
    }
    if (forwardUrl !== undefined) {
      // The verify token may be that of the other program, which stays entered at Meta.
      const status = await this.forward(forwardUrl, request, response, { search });
      if (status < 500) this.report(status === 200 ? 'subscribed' : 'wrongToken');
      return;
    }
    this.report('wrongToken');
    sendText(request, response, 403, 'The verify token does not match.');
  }

  private refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
    this.log(`webhook refused (${status}): ${text}`);
    sendText(request, response, status, text);
  }

  private log(line: string, cause?: string): void {
    this.options.log?.(line, cause);
  }

  private report(outcome: WebhookOutcome): void {
    this.options.onOutcome?.(outcome);
  }
}

/** An app may have many flows that nobody measures. */
function unknownLines(flows: readonly string[]): readonly string[] {
  const lines = flows.slice(0, maxNamedFlows).map((id) => `flow ${id} is none of the meter's`);
  const more = flows.length - maxNamedFlows;
  return more > 0 ? [...lines, `${more} more flows are none of the meter's`] : lines;
}

/** One line for all of them: a clock that is wrong, here or there, makes many. */
function untimelyLines(notices: readonly AlertNotice[]): readonly string[] {
  const [first] = notices;
  if (!first) return [];
  const more = notices.length > 1 ? ` and ${notices.length - 1} more` : '';
  const time = new Date(first.time).toISOString();
  return [
    `${first.type} of flow ${first.flowId} at ${time}${more}: taken are times up to 24 hours after this computer's, ` +
      'and not from before figures are kept',
  ];
}

/** Undefined where it takes longer. */
async function withinTime<T>(result: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  return Promise.race([result, tooLate]).finally(() => clearTimeout(timer));
}

function parse(body: Buffer, now: number): WebhookReading | undefined {
  try {
    return readWebhook(parseJson(body.toString('utf8')), now);
  } catch {
    return undefined;
  }
}

/** Digests make the lengths equal, so that the comparison tells nothing. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
