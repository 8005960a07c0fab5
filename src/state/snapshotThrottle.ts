import { elapsedBy, type SchedulingClock } from '../util/clock';

/** Between two firings, in milliseconds: views redraw once for a burst of answers. */
const pauseMs = 100;
/** No redraw takes longer; where more time has passed, the computer slept meanwhile. */
const longestRedrawMs = 5_000;

/** Fires at once for the first change, then at most ten times a second, and gives redraws a third of the time at most. */
export class SnapshotThrottle {
  private pausing = false;
  private waiting = false;
  private cancelTimer: () => void = () => undefined;

  constructor(
    private readonly clock: SchedulingClock,
    private readonly fire: () => void,
  ) {}

  schedule(): void {
    if (this.pausing) {
      this.waiting = true;
      return;
    }
    this.pausing = true;
    const begun = elapsedBy(this.clock);
    this.fire();
    const took = Math.min(elapsedBy(this.clock) - begun, longestRedrawMs);
    this.cancelTimer = this.clock.after(Math.max(pauseMs, 2 * took), () => {
      this.pausing = false;
      if (!this.waiting) return;
      this.waiting = false;
      this.schedule();
    });
  }

  /** Fires now what would have waited for the end of the pause. */
  flush(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.fire();
  }

  dispose(): void {
    this.cancelTimer();
  }
}
