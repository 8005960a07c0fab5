/**
 * Connections to a meter on which the other side has proved who it is. A port passes to whoever asks next once its process
 * is gone, so a proof counts for one connection only: each new one is proved anew, before anything secret is sent into it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Agent, ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { objectOf } from '../util/json';

export const helloPath = '/flowmeter/hello';
export const loopback = '127.0.0.1';

const maxAnswerBytes = 4_096;
const proofLimitMs = 1_000;

/** Where a meter is, and what it has to know. */
export interface MeterEndpoint {
  readonly apiPort: number;
  readonly token: string;
}

/** `none`: no program listens. `stranger`: another one answers. `unresponsive`: the connection is taken and not answered. */
export type VerificationFailure = 'none' | 'stranger' | 'unresponsive';

export class VerificationError extends Error {
  override readonly name = 'ProofError';

  constructor(readonly problem: VerificationFailure) {
    super('Who has the port of the meter does not prove to be the meter.');
  }
}

export interface VerifiedSocket {
  /** Ready for requests with the token. */
  readonly socket: Socket;
  /** Of the meter, proved like itself; absent where the meter is of a release that told none. */
  readonly version?: string;
}

/** A meter's answer to a hello. Windows of earlier releases read `proof` alone. */
interface Hello {
  readonly proof: string;
  readonly version: string;
  readonly versionProof: string;
}

export function helloOf(token: string, nonce: string, apiPort: number, version: string): Hello {
  return { proof: proofOf(token, nonce, apiPort), version, versionProof: proofOf(token, nonce, apiPort, version) };
}

/** Bound to the port, so that nobody can pass on what another meter answered; with a version, also to that. */
export function proofOf(token: string, nonce: string, apiPort: number, version?: string): string {
  const text = version === undefined ? `${nonce}:${apiPort}` : `${nonce}:${apiPort}:${version}`;
  return createHmac('sha256', token).update(text).digest('hex');
}

export function isNonce(text: string): boolean {
  return /^[0-9a-f]{16,64}$/.test(text);
}

/** A new connection on which the meter has proved itself; rejects with a `ProofError`. */
export async function openVerifiedSocket(endpoint: MeterEndpoint, timeoutMs = proofLimitMs): Promise<VerifiedSocket> {
  const { apiPort } = endpoint;
  const socket = connect(apiPort, loopback);
  // An error is told to the request that is under way; between requests there is nobody to hear it.
  socket.on('error', () => undefined);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, timeoutMs);
  try {
    const nonce = randomBytes(16).toString('hex');
    const answer = await askHello(socket, apiPort, nonce);
    const hello = readHello(answer, endpoint, nonce);
    if (!hello) throw new VerificationError('stranger');
    return { socket, ...hello };
  } catch (error) {
    socket.destroy();
    if (late) throw new VerificationError('unresponsive');
    throw new VerificationError((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'none' : 'stranger');
  } finally {
    clearTimeout(timer);
  }
}

/** Hands each new connection out once it is proved; keeps and reuses those that are. */
export class VerifiedAgent extends Agent {
  constructor(
    private readonly open: () => Promise<Socket>,
    maxSockets: number,
  ) {
    super({ keepAlive: true, maxSockets });
  }

  override createConnection(_: object, callback?: (error: Error | null, socket: Socket) => void): undefined {
    // Node's callback takes an error alone; its type does not say so.
    const fail = callback as (error: Error) => void;
    this.open().then((socket) => callback?.(null, socket), fail);
  }
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

/** The answer to a hello, once the connection is free for the next request. */
function askHello(socket: Socket, port: number, nonce: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = `${helloPath}?nonce=${nonce}`;
    const headers = { connection: 'keep-alive' };
    // Inside an editor `request` is another function, which opens a connection of its own.
    const request = new ClientRequest({ host: loopback, port, path, headers, createConnection: () => socket });
    let text: string | undefined;
    request.on('response', (response) => {
      readShort(response).then((body) => (text = body), reject);
    });
    request.on('error', reject);
    // An answer that is none (101), or that ends its connection, leaves nothing to send a token into.
    request.on('close', () => {
      setImmediate(() => {
        if (text === undefined || socket.destroyed) reject(new Error('The meter gave no HTTP answer.'));
        else resolve(text);
      });
    });
    request.end();
  });
}

/** Undefined where something in the answer is not proved. */
function readHello(answer: string, { apiPort, token }: MeterEndpoint, nonce: string): { version?: string } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const { proof, version, versionProof } = objectOf(json) ?? {};
  if (!isSame(proof, proofOf(token, nonce, apiPort))) return undefined;
  if (version === undefined) return {};
  if (typeof version !== 'string' || !isSame(versionProof, proofOf(token, nonce, apiPort, version))) return undefined;
  return { version };
}

function isSame(proof: unknown, expected: string): boolean {
  if (typeof proof !== 'string') return false;
  const [own, other] = [Buffer.from(proof), Buffer.from(expected)];
  return own.length === other.length && timingSafeEqual(own, other);
}
