/** X-Hub-Signature-256: how Meta signs what it sends, to endpoints and to webhooks. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The value of the header for a body. */
export function signBody(body: string | Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** Compares in a time that tells nothing about how much of the signature is right. */
export function isSignedBy(body: Buffer, header: string | undefined, appSecret: string): boolean {
  const match = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '');
  if (!match) return false;
  const right = createHmac('sha256', appSecret).update(body).digest();
  return timingSafeEqual(Buffer.from(match[1]!, 'hex'), right);
}
