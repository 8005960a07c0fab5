/** When an account is read next: polls, pauses that a server asked for, and a refused token that holds everything back. */
import { isTokenStatus, type AccountStatus } from '../domain/model';
import { elapsedBy, type SchedulingClock } from '../util/clock';

const minuteMs = 60_000;
/** After a failure that may pass, the next attempt comes earlier than the next poll would. */
const retryMs = 15 * minuteMs;
const passing: ReadonlySet<AccountStatus['kind'] | undefined> = new Set(['offline', 'failed']);
/** Shortest pause, also where the server names no end of it, or one that has passed. */
const shortestPauseMs = minuteMs;
const defaultPauseMs = 15 * minuteMs;
/** No answer is fresh enough, though nobody insists. */
const nothingIsFresh = Number.MAX_VALUE;

export class RefreshSchedule {
  /** The token is missing or was refused: nothing is read until it changes, or a person insists. */
  stopped = false;
  /** Elapsed time, as `endedAt` is. */
  private pausedUntil = -Infinity;
  private endedAt: number | undefined;
  /** Both readings of the clock when the last run ended. */
  private lastEnd: { readonly now: number; readonly elapsed: number } | undefined;
  private kind: AccountStatus['kind'] | undefined;

  constructor(
    private readonly clock: SchedulingClock,
    /** Milliseconds between two polls; 0 where polling is off. */
    public interval: number,
  ) {}

  /** Milliseconds until the next poll; undefined where none is planned. An account that was never read is due at once. */
  get dueIn(): number | undefined {
    if (this.stopped) return undefined;
    // After the clock was set back, the age of the answers is unknown.
    if (this.endedAt === undefined || (this.wasSetBack && !this.paused)) return 0;
    if (this.interval === 0) return undefined;
    return Math.max(0, this.plannedAt(this.endedAt) - this.elapsed);
  }

  /** Answers younger than half the poll interval are fresh; with polling off every answer is. */
  get freshSince(): number {
    if (this.wasSetBack) return nothingIsFresh;
    return this.interval === 0 ? -Infinity : this.clock.now() - this.interval / 2;
  }

  /** Refused tokens and pauses hold back reads that no person asked for. */
  get isHeldBack(): boolean {
    return this.stopped || this.paused;
  }

  /** True where showing the view needs no read. */
  get isFresh(): boolean {
    if (this.endedAt === undefined || this.kind !== undefined || this.wasSetBack) return false;
    return this.interval === 0 || this.elapsed - this.endedAt < this.interval / 2;
  }

  get hasRun(): boolean {
    return this.endedAt !== undefined;
  }

  get isWell(): boolean {
    return this.kind === undefined;
  }

  /** Forgets pauses and ends of runs: a new token or another window makes them void. */
  reset(): void {
    this.stopped = false;
    this.pausedUntil = -Infinity;
    this.endedAt = undefined;
  }

  /** Plans on from the end of a run. A part that went well does not tell when the whole is due. */
  end(status: AccountStatus | undefined, inPart: boolean, fetchedAt: number | undefined): void {
    const now = this.clock.now();
    if (status || !inPart || this.endedAt === undefined) {
      // A window that took another window's answers reads a little after that one, and finds its next answers.
      this.endedAt = this.elapsed - (fetchedAt === undefined ? 0 : now - fetchedAt - this.interval / 20);
      this.lastEnd = { now, elapsed: this.elapsed };
      this.kind = status?.kind;
    }
    this.stopped = isTokenStatus(status);
    this.pausedUntil =
      status?.kind === 'throttled'
        ? this.elapsed + Math.max((status.retryAt ?? now + defaultPauseMs) - now, shortestPauseMs)
        : -Infinity;
  }

  private plannedAt(endedAt: number): number {
    // A run that a pause cut short goes on as soon as the pause is over.
    if (this.kind === 'throttled') return Math.max(this.pausedUntil, endedAt + shortestPauseMs);
    return endedAt + (passing.has(this.kind) ? Math.min(this.interval, retryMs) : this.interval);
  }

  private get elapsed(): number {
    return elapsedBy(this.clock);
  }

  private get paused(): boolean {
    return this.pausedUntil > this.elapsed;
  }

  /** True where the computer's clock was set back since the last run: stamps from before tell nothing now. */
  private get wasSetBack(): boolean {
    const { lastEnd } = this;
    if (!lastEnd) return false;
    const passed = Math.max(0, this.elapsed - lastEnd.elapsed);
    return this.clock.now() < lastEnd.now + passed - minuteMs;
  }
}
