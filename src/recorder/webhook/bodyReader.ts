/**
 * Reads bodies of requests in a bounded memory: anybody may send one, and its signature can be checked only once all of it is
 * there. Where the bodies that are coming go beyond the limit, the one that has been coming for longest is refused: one of
 * Meta's is there within moments.
 */
import type { IncomingMessage } from 'node:http';

interface BodyLimits {
  /** Bytes of one body. */
  readonly perBody: number;
  /** Bytes of all bodies that are coming. */
  readonly total: number;
}

type ReadBody = Buffer | 'tooLong' | 'broken' | 'evicted';

/** The bytes that have come of a body, in one buffer: a buffer for each chunk would cost far more than a chunk of one byte. */
interface IncomingBody {
  buffer: Buffer;
  size: number;
  readonly end: (reading: ReadBody) => void;
}

const leastBytes = 4 * 1024;
const nothing = Buffer.alloc(0);

export class BodyReader {
  /** The one that has been coming for longest first. */
  private readonly bodies = new Set<IncomingBody>();
  private used = 0;

  constructor(private readonly limits: BodyLimits) {}

  read(request: IncomingMessage): Promise<ReadBody> {
    if (Number(request.headers['content-length'] ?? 0) > this.limits.perBody) return Promise.resolve('tooLong');
    return new Promise((resolve) => {
      const body: IncomingBody = {
        buffer: nothing,
        size: 0,
        end: (reading) => {
          if (!this.bodies.delete(body)) return;
          this.used -= body.buffer.length;
          body.buffer = nothing;
          request.off('data', take);
          resolve(reading);
        },
      };
      const take = (chunk: Buffer): void => this.add(body, chunk);
      this.bodies.add(body);
      request.on('data', take);
      request.on('end', () => body.end(body.buffer.subarray(0, body.size)));
      request.on('close', () => body.end('broken'));
    });
  }

  private add(body: IncomingBody, chunk: Buffer): void {
    const size = body.size + chunk.length;
    if (size > this.limits.perBody) return body.end('tooLong');
    if (size > body.buffer.length) this.grow(body, size);
    chunk.copy(body.buffer, body.size);
    body.size = size;
  }

  private grow(body: IncomingBody, size: number): void {
    const wider = Buffer.allocUnsafeSlow(
      Math.min(this.limits.perBody, Math.max(leastBytes, 2 * body.buffer.length, size)),
    );
    body.buffer.copy(wider);
    this.used += wider.length - body.buffer.length;
    body.buffer = wider;
    for (const oldest of this.bodies) {
      if (this.used <= this.limits.total) break;
      if (oldest !== body) oldest.end('evicted');
    }
  }
}
