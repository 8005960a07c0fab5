/**
 * Room in memory for bodies that anybody may send: whether one is signed is only known once all of it is there. All that
 * come at once share the room. Who would go beyond it takes that of the body that has been coming for longest: one of Meta's
 * is there within moments.
 */
import type { IncomingMessage } from 'node:http';

export interface RoomLimits {
  /** Bytes of one body. */
  readonly body: number;
  /** Bytes of all bodies that are coming. */
  readonly all: number;
}

export type BodyReading = Buffer | 'tooLong' | 'broken' | 'crowdedOut';

/** What has come of a body. One buffer, since each piece of its own would cost far more than a piece of one byte holds. */
interface Coming {
  buffer: Buffer;
  size: number;
  readonly end: (reading: BodyReading) => void;
}

const leastBytes = 4 * 1024;
const nothing = Buffer.alloc(0);

export class BodyRoom {
  /** The one that has been coming for longest first. */
  private readonly coming = new Set<Coming>();
  private used = 0;

  constructor(private readonly limits: RoomLimits) {}

  read(request: IncomingMessage): Promise<BodyReading> {
    // What is too long by its own word need not come.
    if (Number(request.headers['content-length'] ?? 0) > this.limits.body) return Promise.resolve('tooLong');
    return new Promise((resolve) => {
      const own: Coming = {
        buffer: nothing,
        size: 0,
        end: (reading) => {
          if (!this.coming.delete(own)) return;
          this.used -= own.buffer.length;
          own.buffer = nothing;
          request.off('data', take);
          resolve(reading);
        },
      };
      const take = (piece: Buffer): void => this.add(own, piece);
      this.coming.add(own);
      request.on('data', take);
      request.on('end', () => own.end(own.buffer.subarray(0, own.size)));
      request.on('close', () => own.end('broken'));
    });
  }

  private add(own: Coming, piece: Buffer): void {
    const size = own.size + piece.length;
    if (size > this.limits.body) return own.end('tooLong');
    if (size > own.buffer.length) this.widen(own, size);
    piece.copy(own.buffer, own.size);
    own.size = size;
  }

  private widen(own: Coming, size: number): void {
    const wider = Buffer.allocUnsafeSlow(Math.min(this.limits.body, Math.max(leastBytes, 2 * own.buffer.length, size)));
    own.buffer.copy(wider);
    this.used += wider.length - own.buffer.length;
    own.buffer = wider;
    for (const oldest of this.coming) {
      if (this.used <= this.limits.all) break;
      if (oldest !== own) oldest.end('crowdedOut');
    }
  }
}
