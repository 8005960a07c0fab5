/** Meta's webhooks on the recorder's port: the handshake of a subscription, and signed notices of the field `flows`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { signatureHeader } from '../../contract/endpoint';
import type { MeterStore } from '../../server/meter/meterStore';
import { isSignedBy } from '../bodySignature';
import { answerPlainly } from '../forward';
import type { Webhook } from '../recorder';
import { readWebhook } from './flowsEvent';

/** What came of a request, where that says something about the set-up. */
export type WebhookNews =
  /** A handshake with the right verify token, and with another. */
  | 'subscribed'
  | 'wrongToken'
  /** A notice that was signed and is stored, as far as it and its flow are known; one that was signed with another app secret. */
  | 'stored'
  | 'wrongSignature'
  | 'notStored';

export interface WebhookOptions {
  /** What a person typed into the field "Verify token" at Meta. */
  readonly verifyToken: string;
  /** The app's secret, with which Meta signs. */
  readonly appSecret: string;
  readonly store: Pick<MeterStore, 'recordAlerts'>;
  /** One line without secrets. */
  readonly log?: (line: string) => void;
  readonly onNews?: (news: WebhookNews) => void;
  readonly now?: () => number;
}

/** Meta sends at most 1000 notices in one request. */
const maxBodyBytes = 3 * 1024 * 1024;
const maxNamedFlows = 20;

export function createWebhook(options: WebhookOptions): Webhook {
  const { verifyToken, appSecret, store, log = ignore, onNews = ignore, now = Date.now } = options;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (status: number, text: string): void => {
      log(`webhook refused (${status}): ${text}`);
      answerPlainly(request, response, status, text);
    };
    const body = await readBody(request);
    if (body === 'broken') return;
    if (body === 'tooLong') return refuse(413, `The body is too long: ${maxBodyBytes} bytes are allowed.`);
    const signature = request.headers[signatureHeader];
    if (!isSignedBy(body, typeof signature === 'string' ? signature : undefined, appSecret)) {
      // What has no signature at all is never from Meta: anybody may knock at a tunnel.
      if (signature !== undefined) onNews('wrongSignature');
      return refuse(403, 'X-Hub-Signature-256 is missing or does not belong to this body and app secret.');
    }
    const reading = parse(body, now());
    if (!reading) return refuse(400, 'The body is not the JSON of a webhook: an object with a list "entry".');
    // Meta wants its answer at once and repeats what is slow.
    answerPlainly(request, response, 200, 'ok');
    for (const [line, count] of reading.unknown) {
      log(`webhook passed over: ${line}${count > 1 ? ` (${count} times)` : ''}`);
    }
    for (const field of reading.otherFields) log(`webhook passed over: field ${field}`);
    try {
      const { unknownFlows } = await store.recordAlerts(reading.notices);
      for (const line of unknownLines(unknownFlows)) log(`webhook passed over: ${line}`);
      onNews('stored');
    } catch (error) {
      onNews('notStored');
      log(`webhook was not stored: ${(error as Error).message}`);
    }
  };

  return (request, response, search) => {
    if (request.method === 'GET') return shakeHands(request, response, search, verifyToken, onNews);
    if (request.method !== 'POST') return answerPlainly(request, response, 405, 'Only GET and POST are answered.');
    void take(request, response);
  };
}

function shakeHands(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  verifyToken: string,
  onNews: (news: WebhookNews) => void,
): void {
  const query = new URLSearchParams(search);
  const challenge = query.get('hub.challenge') ?? '';
  if (query.get('hub.mode') !== 'subscribe' || !/^[\w.~-]{1,256}$/.test(challenge)) {
    return answerPlainly(
      request,
      response,
      400,
      'A handshake has hub.mode=subscribe, hub.verify_token, hub.challenge.',
    );
  }
  if (!sameText(query.get('hub.verify_token') ?? '', verifyToken)) {
    onNews('wrongToken');
    return answerPlainly(request, response, 403, 'The verify token is another one.');
  }
  // The challenge alone: Meta compares every byte.
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': challenge.length,
    'x-content-type-options': 'nosniff',
  });
  response.end(challenge);
  onNews('subscribed');
}

/** An app may have many flows that nobody measures. */
function unknownLines(flows: readonly string[]): readonly string[] {
  const lines = flows.slice(0, maxNamedFlows).map((id) => `flow ${id} is none of the meter's`);
  const more = flows.length - maxNamedFlows;
  return more > 0 ? [...lines, `${more} more flows are none of the meter's`] : lines;
}

function parse(body: Buffer, now: number): ReturnType<typeof readWebhook> {
  try {
    return readWebhook(JSON.parse(body.toString('utf8')), now);
  } catch {
    return undefined;
  }
}

function readBody(request: IncomingMessage): Promise<Buffer | 'tooLong' | 'broken'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else resolve('tooLong');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => resolve('broken'));
  });
}

/** Digests make the lengths equal, so that the comparison tells nothing. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

function ignore(): void {}
