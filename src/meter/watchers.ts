/** The windows that watch a meter: what they are told, and that nobody watches any more. */
import type { ServerResponse } from 'node:http';
import type { MeterReport } from '../domain/meterState';
import { formatWatchLine, type EndReason } from './report';

export interface WatchersOptions {
  readonly report: () => Omit<MeterReport, 'successionRank'>;
  /** Called once nobody has watched for so long, in milliseconds. */
  readonly graceMs: number;
  readonly onAbandoned: () => void;
}

/** Changes within this time are told together. */
const pauseMs = 250;
/** Without any change there is a line all the same, so that a window knows a quiet meter from one that hangs. */
export const heartbeatMs = 2_000;

export class Watchers {
  private readonly watching = new Set<ServerResponse>();
  private readonly heartbeat: NodeJS.Timeout;
  private grace: NodeJS.Timeout | undefined;
  private pausing: NodeJS.Timeout | undefined;
  private changed = false;
  private ended = false;

  constructor(private readonly options: WatchersOptions) {
    this.heartbeat = setInterval(() => this.tell(), heartbeatMs);
    this.awaitSomebody();
  }

  add(response: ServerResponse): void {
    if (this.ended) {
      response.destroy();
      return;
    }
    clearTimeout(this.grace);
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    this.watching.add(response);
    response.on('close', () => {
      this.watching.delete(response);
      if (this.watching.size === 0 && !this.ended) this.awaitSomebody();
      // Who follows has moved up one place.
      this.change();
    });
    this.tell();
  }

  /** Something is new; it is told in a moment. */
  change(): void {
    if (this.pausing || this.ended) {
      this.changed = true;
      return;
    }
    this.tell();
    this.pausing = setTimeout(() => {
      this.pausing = undefined;
      if (!this.changed) return;
      this.changed = false;
      this.change();
    }, pauseMs);
  }

  /** Ends every watch, with a last word where the end is meant. */
  end(endReason?: EndReason): void {
    this.ended = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.grace);
    clearTimeout(this.pausing);
    for (const response of this.watching) {
      if (endReason) response.end(formatWatchLine({ endReason }));
      else response.destroy();
    }
    this.watching.clear();
  }

  private awaitSomebody(): void {
    clearTimeout(this.grace);
    this.grace = setTimeout(() => this.options.onAbandoned(), this.options.graceMs);
  }

  private tell(): void {
    if (this.watching.size === 0) return;
    const report = this.options.report();
    let rank = 0;
    // A window that does not read gets the next line only once it has read this one.
    for (const response of this.watching) {
      const successionRank = rank++;
      if (!response.writableNeedDrain) response.write(formatWatchLine({ report: { ...report, successionRank } }));
    }
  }
}
