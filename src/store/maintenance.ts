import type { StoreEngine, SweepTimes } from './storeEngine';

const sweepMs = 60_000;
/** Between two steps where there is more to delete. */
const nextStepMs = 20;
/** Between two looks whether the file is still there: whoever moves it away finds in it what was acknowledged before. */
const probeMs = 1_000;

/** Background work of a store while it is open. An error is left to the next caller, who meets it too. */
export class Maintenance {
  private sweepTimer: NodeJS.Timeout | undefined;
  private readonly probeTimer: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly engine: Pick<StoreEngine, 'open' | 'sweep'>,
    private readonly times: () => SweepTimes,
  ) {
    this.probeTimer = setInterval(() => void engine.open().catch(() => undefined), probeMs).unref();
    void this.sweep();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.sweepTimer);
    clearInterval(this.probeTimer);
  }

  private async sweep(): Promise<void> {
    const isMore = await this.engine.sweep(this.times()).catch(() => false);
    if (this.stopped) return;
    this.sweepTimer = setTimeout(() => void this.sweep(), isMore ? nextStepMs : sweepMs).unref();
  }
}
