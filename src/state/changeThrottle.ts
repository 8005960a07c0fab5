/** Gathers the changes that a server reports, and passes them on at most every two seconds, while a view is visible. */
import { elapsedBy, type SchedulingClock } from '../util/clock';

/** Flow ids, or the whole account. */
export type ChangeScope = ReadonlySet<string> | 'all';

const pauseMs = 2_000;

export class ChangeThrottle {
  private readonly waiting = new Map<string, Set<string> | 'all'>();
  private lastAt = -Infinity;
  private inUse = false;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly clock: SchedulingClock,
    private readonly read: (accountName: string, scope: ChangeScope) => void,
  ) {}

  /** Without a flow the whole account is meant. */
  add(accountName: string, flowId?: string): void {
    const known = this.waiting.get(accountName);
    if (flowId === undefined) this.waiting.set(accountName, 'all');
    else if (known === undefined) this.waiting.set(accountName, new Set([flowId]));
    else if (known !== 'all') known.add(flowId);
    this.schedule();
  }

  setInUse(inUse: boolean): void {
    this.inUse = inUse;
    this.schedule();
  }

  dispose(): void {
    this.cancelTimer?.();
    this.waiting.clear();
  }

  private schedule(): void {
    if (!this.inUse || this.cancelTimer || this.waiting.size === 0) return;
    const wait = Math.min(pauseMs, Math.max(0, this.lastAt + pauseMs - elapsedBy(this.clock)));
    this.cancelTimer = this.clock.after(wait, () => {
      this.cancelTimer = undefined;
      if (!this.inUse) return;
      this.lastAt = elapsedBy(this.clock);
      const all = [...this.waiting];
      this.waiting.clear();
      for (const [accountName, scope] of all) this.read(accountName, scope);
    });
  }
}
