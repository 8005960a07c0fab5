/**
 * Gives up exchanges in which nothing has moved for long. One timer looks after all of them: a timer of the socket for
 * each would cost more than all the rest of what the recorder adds to a request.
 */
export class SilenceWatch {
  /** In no order: a list, since a set makes itself anew ever so often where all that it holds comes and goes. */
  private readonly exchanges: Exchange[] = [];
  private readonly timer: NodeJS.Timeout;
  private tick = 0;

  constructor(silenceMs: number) {
    this.timer = setInterval(() => this.look(), silenceMs / ticks);
    this.timer.unref();
  }

  /** Begins to watch; `giveUp` is called once where nothing moves for the time, give or take a tenth of it. */
  begin(giveUp: () => void): Exchange {
    const exchange: Exchange = { giveUp, seen: this.tick, place: this.exchanges.length };
    this.exchanges.push(exchange);
    return exchange;
  }

  /** Something moved. */
  moved(exchange: Exchange): void {
    exchange.seen = this.tick;
  }

  /** Watches no longer; may be called again. */
  end(exchange: Exchange): void {
    const { place } = exchange;
    if (this.exchanges[place] !== exchange) return;
    const last = this.exchanges.pop()!;
    if (last === exchange) return;
    this.exchanges[place] = last;
    last.place = place;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.tick++;
    for (const exchange of [...this.exchanges]) {
      if (this.tick - exchange.seen <= ticks) continue;
      this.end(exchange);
      exchange.giveUp();
    }
  }
}

const ticks = 10;

/** One that is watched. */
export interface Exchange {
  readonly giveUp: () => void;
  /** The tick in which something moved last. */
  seen: number;
  /** Where it stands in the list. */
  place: number;
}
