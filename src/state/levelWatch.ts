/** Which changes of flows have lasted long enough to be told. */
import { compareConditions, type Condition } from '../domain/condition';

/** A fall is told after this time, a recovery only after the longer one, in milliseconds: a flow that flaps stays fallen. */
const fallHoldMs = 2 * 60_000;
const recoveryHoldMs = 30 * 60_000;

interface Pending {
  /** Better or worse than what is known. */
  readonly isFall: boolean;
  /** When the flow was first seen so, by a clock that never goes back. */
  readonly since: number;
  readonly silent: boolean;
  condition: Condition;
}

interface LastingChange {
  readonly key: string;
  readonly from: Condition;
  readonly to: Condition;
  /** Not news for a person, who caused it by a setting. */
  readonly silent: boolean;
}

export class LevelWatch {
  private readonly known = new Map<string, Condition>();
  private readonly pending = new Map<string, Pending>();

  has(key: string): boolean {
    return this.known.has(key);
  }

  /** The first condition seen of a flow is known, and no change. Undefined, not judged, ends what was not told yet. */
  see(key: string, condition: Condition | undefined, now: number, silent = false): void {
    const known = this.known.get(key);
    const pending = this.pending.get(key);
    if (!condition) {
      this.pending.delete(key);
      return;
    }
    if (!known) {
      this.known.set(key, condition);
      return;
    }
    const difference = compareConditions(condition, known);
    if (difference === 0) {
      this.pending.delete(key);
      return;
    }
    const isFall = difference > 0;
    if (pending?.isFall === isFall) pending.condition = condition;
    else this.pending.set(key, { isFall, since: now, silent, condition });
  }

  /** Changes that have lasted. */
  due(now: number): readonly LastingChange[] {
    return [...this.pending]
      .filter(([, pending]) => endOf(pending) <= now)
      .map(([key, { condition, silent }]) => ({ key, from: this.known.get(key)!, to: condition, silent }));
  }

  /** When the next change will have lasted; undefined where nothing waits. */
  get nextDue(): number | undefined {
    return this.pending.size === 0 ? undefined : Math.min(...[...this.pending.values()].map(endOf));
  }

  /** What is known of the flow from now on. */
  settle(key: string, condition: Condition): void {
    this.known.set(key, condition);
    this.pending.delete(key);
  }

  /** Drops flows that are gone: one that comes back is seen for the first time. */
  retain(keys: { has(key: string): boolean }): void {
    for (const key of [...this.known.keys()]) {
      if (keys.has(key)) continue;
      this.known.delete(key);
      this.pending.delete(key);
    }
  }
}

function endOf({ isFall, since }: Pending): number {
  return since + (isFall ? fallHoldMs : recoveryHoldMs);
}
