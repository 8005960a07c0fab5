/**
 * Timeouts of exchanges in which nothing has moved for long. One timer serves all of them: a timer of the socket for each
 * would cost more than all the rest of what the recorder adds to a request.
 */
export class IdleTimeouts {
  /** In no order: a list, since a set makes itself anew ever so often where all that it holds comes and goes. */
  private readonly timeouts: IdleTimeout[] = [];
  private readonly timer: NodeJS.Timeout;
  private tick = 0;

  constructor(timeoutMs: number) {
    this.timer = setInterval(() => this.check(), timeoutMs / ticks);
    this.timer.unref();
  }

  /** `onTimeout` is called once where nothing moves for the time, give or take a tenth of it. */
  start(onTimeout: () => void): IdleTimeout {
    const timeout: IdleTimeout = { onTimeout, lastActive: this.tick, index: this.timeouts.length };
    this.timeouts.push(timeout);
    return timeout;
  }

  touch(timeout: IdleTimeout): void {
    timeout.lastActive = this.tick;
  }

  /** May be called again. */
  stop(timeout: IdleTimeout): void {
    const { index } = timeout;
    if (this.timeouts[index] !== timeout) return;
    const last = this.timeouts.pop()!;
    if (last === timeout) return;
    this.timeouts[index] = last;
    last.index = index;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    this.tick++;
    for (const timeout of [...this.timeouts]) {
      if (this.tick - timeout.lastActive <= ticks) continue;
      this.stop(timeout);
      timeout.onTimeout();
    }
  }
}

const ticks = 10;

export interface IdleTimeout {
  readonly onTimeout: () => void;
  /** The tick in which something moved last. */
  lastActive: number;
  index: number;
}
