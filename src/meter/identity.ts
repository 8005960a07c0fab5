/**
 * How a meter proves that it is the one of this folder, before anybody sends it the token: a nonce goes there, and only
 * who can read the token file can answer with the right digest.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Agent, ClientRequest, type IncomingMessage } from 'node:http';
import { readOwner, readToken, type OwnerRecord } from './folder';

export const meterPaths = {
  hello: '/flowmeter/hello',
  watch: '/flowmeter/watch',
  reload: '/flowmeter/reload',
  secrets: '/flowmeter/secrets',
  stop: '/flowmeter/stop',
} as const;

const loopback = '127.0.0.1';
const maxAnswerBytes = 4_096;

/** Bound to the port, so that nobody can pass on what another meter answered. */
export function proofOf(token: string, nonce: string, apiPort: number): string {
  return createHmac('sha256', token).update(`${nonce}:${apiPort}`).digest('hex');
}

export function isNonce(text: string): boolean {
  return /^[0-9a-f]{16,64}$/.test(text);
}

/** One connection, which is never replaced by another: what proved itself on it is what hears the token. */
export interface Line {
  readonly owner: OwnerRecord;
  readonly url: string;
  readonly token: string;
  /** Sends a request with the token; the answer's body is still to be read. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<IncomingMessage>;
  close(): void;
}

export type Meeting =
  /** The meter of this folder. The line is the caller's to close. */
  | { readonly kind: 'proven'; readonly line: Line }
  /** Nobody is there. */
  | { readonly kind: 'none' }
  /** Somebody is there who is not this folder's meter. */
  | { readonly kind: 'stranger'; readonly owner: OwnerRecord }
  /** Somebody took the connection and says nothing. */
  | { readonly kind: 'silent'; readonly owner: OwnerRecord };

/** Looks up who is said to be the meter of this folder, and lets it prove itself. */
export async function meetOwner(folder: string, timeoutMs = 1_000): Promise<Meeting> {
  const [owner, token] = await Promise.all([readOwner(folder), readToken(folder)]);
  if (!owner || token === undefined) return { kind: 'none' };
  const line = openLine(owner, token);
  const nonce = randomBytes(16).toString('hex');
  try {
    const answer = await line.hello(nonce, timeoutMs);
    if (answer === 'silent') {
      line.close();
      return { kind: 'silent', owner };
    }
    if (isProof(answer, proofOf(token, nonce, owner.apiPort))) return { kind: 'proven', line };
    line.close();
    return { kind: 'stranger', owner };
  } catch (error) {
    line.close();
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? { kind: 'none' } : { kind: 'stranger', owner };
  }
}

function isProof(answer: string, expected: string): boolean {
  let proof: unknown;
  try {
    ({ proof } = JSON.parse(answer) as { proof?: unknown });
  } catch {
    return false;
  }
  if (typeof proof !== 'string' || proof.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(proof), Buffer.from(expected));
}

interface NewLine extends Line {
  hello(nonce: string, timeoutMs: number): Promise<string>;
}

function openLine(owner: OwnerRecord, token: string): NewLine {
  const { apiPort } = owner;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let proven = false;

  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const options = { agent, host: loopback, port: apiPort, method, path, headers: { ...headers, ...length } };
      // Inside an editor `request` is another function, which opens a connection for each request.
      const sent = new ClientRequest(options, resolve);
      sent.on('error', reject);
      // An answer that is none (101) ends without an error.
      sent.on('close', () => reject(new Error('The meter gave no HTTP answer.')));
      sent.on('socket', () => {
        // Nothing is on the wire yet: a new connection may lead to somebody else, who must not hear the token.
        if (proven && !sent.reusedSocket) sent.destroy(new Error('The connection to the meter is over.'));
        proven = true;
      });
      sent.end(body);
    });

  return {
    owner,
    token,
    url: `http://${loopback}:${apiPort}`,
    async hello(nonce, timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<'silent'>((resolve) => {
        timer = setTimeout(() => resolve('silent'), timeoutMs);
      });
      const answer = send('GET', `${meterPaths.hello}?nonce=${nonce}`, {}).then(readShort);
      try {
        return await Promise.race([answer, silence]);
      } finally {
        clearTimeout(timer);
        answer.catch(() => undefined);
      }
    },
    ask: (method, path, body) =>
      send(
        method,
        path,
        { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    close: () => agent.destroy(),
  };
}

/** A short body as text; what is longer is not from a meter. */
export async function readShort(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > maxAnswerBytes) throw new Error('The answer is too long.');
  }
  return text;
}
