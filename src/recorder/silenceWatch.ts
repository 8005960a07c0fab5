/**
 * Gives up exchanges in which nothing has moved for long. One timer looks after all of them: a timer of the socket for
 * each would cost more than all the rest of what the recorder adds to a request.
 */
export class SilenceWatch {
  private readonly exchanges = new Set<Exchange>();
  private readonly timer: NodeJS.Timeout;
  private tick = 0;

  constructor(silenceMs: number) {
    this.timer = setInterval(() => this.look(), silenceMs / ticks);
    this.timer.unref();
  }

  /** Begins to watch; `giveUp` is called once where nothing moves for the time, give or take a tenth of it. */
  begin(giveUp: () => void): Watched {
    const exchange: Exchange = { giveUp, seen: this.tick };
    this.exchanges.add(exchange);
    return {
      moved: () => {
        exchange.seen = this.tick;
      },
      end: () => void this.exchanges.delete(exchange),
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.tick++;
    for (const exchange of this.exchanges) {
      if (this.tick - exchange.seen <= ticks) continue;
      this.exchanges.delete(exchange);
      exchange.giveUp();
    }
  }
}

const ticks = 10;

interface Exchange {
  readonly giveUp: () => void;
  seen: number;
}

export interface Watched {
  moved(): void;
  end(): void;
}
