import type { SchedulingClock } from '../../../src/util/clock';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only a test moves. */
export class HandClock implements SchedulingClock {
  private readonly timers = new Set<Timer>();
  private passed = 1_000;

  constructor(private instant = Date.parse('2026-03-12T14:30:00Z')) {}

  now(): number {
    return this.instant;
  }

  elapsed(): number {
    return this.passed;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.passed + ms, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  get waiting(): number {
    return this.timers.size;
  }

  /** Moves on, timer by timer, and lets everything that follows from each come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.passed + ms;
    for (;;) {
      await settle();
      const next = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.moveTo(next.at);
      this.timers.delete(next);
      next.callback();
    }
    this.moveTo(end);
    await settle();
  }

  /**
   * The computer's clock changes while no timer runs. Where it goes forward the computer slept, or the clock was set,
   * which looks the same: timers lag behind. Where it goes back the clock was set, and nothing else changes.
   */
  jump(ms: number): void {
    this.instant += ms;
    if (ms < 0) return;
    const late = [...this.timers];
    this.timers.clear();
    for (const { at, callback } of late) this.timers.add({ at: at + ms, callback });
    this.passed += ms;
  }

  private moveTo(passed: number): void {
    if (passed <= this.passed) return;
    this.instant += passed - this.passed;
    this.passed = passed;
  }
}

/** Lets promises that need no timer run to their end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
