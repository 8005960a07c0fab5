/** The mark by which a recorder knows a request that it has passed on itself. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Stands in the answer to a request that came back: whoever passed it on knows by it that no endpoint answered. */
export const loopHeader = 'x-flowmeter-circle';

/** An entry of the header `Via` (RFC 9110, 7.6.3) under a made-up name, which no other recorder has. */
export class LoopDetector {
  private readonly name = `flowmeter-${randomBytes(8).toString('hex')}`;

  /** The entry to be added. */
  viaEntry({ httpVersion }: IncomingMessage): string {
    return `${httpVersion} ${this.name}`;
  }

  hasPassed({ headers }: IncomingMessage): boolean {
    return headers.via?.includes(this.name) ?? false;
  }
}
