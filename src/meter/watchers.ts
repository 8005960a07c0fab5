/** The windows that watch a meter: each gets every report, and the last that leaves begins the meter's end. */
import type { ServerResponse } from 'node:http';
import type { MeterReport } from '../domain/meterState';
import { formatWatchLine, type EndReason } from './watchLine';

interface WatchersOptions {
  readonly report: () => Omit<MeterReport, 'successionRank'>;
  /** Called once nobody has watched for so long, in milliseconds. */
  readonly graceMs: number;
  readonly onAbandoned: () => void;
}

/** Changes within this time are reported together. */
const throttleMs = 250;
/** Without any change there is a line all the same, so that a window tells an idle meter from one that hangs. */
export const heartbeatMs = 2_000;

export class Watchers {
  private readonly watching = new Set<ServerResponse>();
  private readonly heartbeat: NodeJS.Timeout;
  private graceTimer: NodeJS.Timeout | undefined;
  private throttleTimer: NodeJS.Timeout | undefined;
  private changed = false;
  private ended = false;

  constructor(private readonly options: WatchersOptions) {
    this.heartbeat = setInterval(() => this.broadcast(), heartbeatMs);
    this.startGracePeriod();
  }

  add(response: ServerResponse): void {
    if (this.ended) {
      response.destroy();
      return;
    }
    clearTimeout(this.graceTimer);
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    this.watching.add(response);
    response.on('close', () => {
      this.watching.delete(response);
      if (this.watching.size === 0 && !this.ended) this.startGracePeriod();
      // Those after it have moved up one rank.
      this.change();
    });
    this.broadcast();
  }

  /** Sends a report now, or a moment later where one was just sent. */
  change(): void {
    if (this.throttleTimer || this.ended) {
      this.changed = true;
      return;
    }
    this.broadcast();
    this.throttleTimer = setTimeout(() => {
      this.throttleTimer = undefined;
      if (!this.changed) return;
      this.changed = false;
      this.change();
    }, throttleMs);
  }

  /** Ends every watch, with a last word where the end is meant. */
  end(endReason?: EndReason): void {
    this.ended = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.graceTimer);
    clearTimeout(this.throttleTimer);
    for (const response of this.watching) {
      if (endReason) response.end(formatWatchLine({ endReason }));
      else response.destroy();
    }
    this.watching.clear();
  }

  private startGracePeriod(): void {
    clearTimeout(this.graceTimer);
    this.graceTimer = setTimeout(() => this.options.onAbandoned(), this.options.graceMs);
  }

  private broadcast(): void {
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
