/**
 * How windows and meters find the meter of a folder: its record says where it is, and it proves that it knows the token of
 * the folder before anybody sends that there.
 */
import { ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { readOwner, readMeterToken, type OwnerRecord } from './folder';
import {
  helloPath,
  loopback,
  openVerifiedSocket,
  VerificationError,
  VerifiedAgent,
  type VerifiedSocket,
} from './verifiedSocket';
import { isNewer } from './version';
import { defined } from '../util/defined';

export const meterPaths = {
  hello: helloPath,
  watch: '/flowmeter/watch',
  reload: '/flowmeter/reload',
  secrets: '/flowmeter/secrets',
  stop: '/flowmeter/stop',
  replace: '/flowmeter/replace',
} as const;

/** One connection, which is never replaced by another: what proved itself on it is what hears the token. */
export interface VerifiedConnection {
  readonly owner: OwnerRecord;
  readonly url: string;
  readonly token: string;
  /** Of the meter; absent where it is of a release that told none. */
  readonly version?: string;
  /** Sends a request with the token; the answer's body is still to be read. */
  send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<IncomingMessage>;
  close(): void;
}

export type OwnerVerification =
  /** The meter of this folder. The line is the caller's to close. */
  | { readonly kind: 'verified'; readonly connection: VerifiedConnection }
  /** No program listens. */
  | { readonly kind: 'none' }
  /** A program listens that is not this folder's meter. */
  | { readonly kind: 'stranger'; readonly owner: OwnerRecord }
  /** A program took the connection and does not answer. */
  | { readonly kind: 'unresponsive'; readonly owner: OwnerRecord };

/** Looks up who is said to be the meter of this folder, and lets it prove itself. */
export async function verifyOwner(folder: string, timeoutMs = 1_000): Promise<OwnerVerification> {
  // In this order: a meter writes its token before it says where it is.
  const owner = await readOwner(folder);
  const token = await readMeterToken(folder);
  if (!owner || token === undefined) return { kind: 'none' };
  try {
    const verified = await openVerifiedSocket({ apiPort: owner.apiPort, token }, timeoutMs);
    return { kind: 'verified', connection: openConnection(owner, token, verified) };
  } catch (error) {
    const problem = error instanceof VerificationError ? error.problem : 'stranger';
    return problem === 'none' ? { kind: 'none' } : { kind: problem, owner };
  }
}

/** A meter that tells no version is of a release before those that do. */
export function isOlder({ version }: VerifiedConnection, than: string): boolean {
  return version === undefined || isNewer(than, version);
}

function openConnection(owner: OwnerRecord, token: string, { socket, version }: VerifiedSocket): VerifiedConnection {
  const { apiPort } = owner;
  let verified: Socket | undefined = socket;
  const agent = new VerifiedAgent(async () => {
    // Another connection may lead to the next meter, which has been told nothing yet.
    if (!verified || verified.destroyed) throw new Error('The connection to the meter is over.');
    const only = verified;
    verified = undefined;
    return only;
  }, 1);
  return {
    owner,
    token,
    ...defined({ version }),
    url: `http://${loopback}:${apiPort}`,
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers = {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
        };
        // Inside an editor `request` is another function, which opens a connection for each request.
        const sent = new ClientRequest({ agent, host: loopback, port: apiPort, method, path, headers }, resolve);
        sent.on('error', reject);
        // An answer that is none (101) ends without an error.
        sent.on('close', () => reject(new Error('The meter gave no HTTP answer.')));
        sent.end(text);
      }),
    close: () => {
      agent.destroy();
      socket.destroy();
    },
  };
}
