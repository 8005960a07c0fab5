import type { Clock } from '../../../src/state/clock';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only a test moves. */
export class HandClock implements Clock {
  private readonly timers = new Set<Timer>();

  constructor(private instant = Date.parse('2026-03-12T14:30:00Z')) {}

  now(): number {
    return this.instant;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.instant + ms, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  get waiting(): number {
    return this.timers.size;
  }

  /** Moves on, timer by timer, and lets everything that follows from each come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.instant + ms;
    for (;;) {
      await settle();
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.instant = Math.max(this.instant, next.at);
      this.timers.delete(next);
      next.callback();
    }
    this.instant = end;
    await settle();
  }

  /** The wall clock changes while no timer runs: a computer that slept, or a clock that was set. Timers lag behind. */
  jump(ms: number): void {
    const late = [...this.timers];
    this.timers.clear();
    for (const { at, callback } of late) this.timers.add({ at: at + ms, callback });
    this.instant += ms;
  }
}

/** Lets promises that need no timer run to their end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
