/**
 * How many calls an account may still make. Nothing here waits or sends: time comes from the clock that is handed in. All
 * is reckoned in time that has passed; instants are told, and kept for other windows, by the computer's clock.
 */
import { hourMs } from '../contract/calendar';
import { elapsedBy, type Clock } from '../util/clock';
import { appUsageHeader, usageHeader } from '../contract/routes';

/** Calls an hour where no header shows that there is room for more. */
export const unprovenCallsPerHour = 100;

/** The smallest limit that Meta publishes: what a call in flight may cost, which no header shows yet. */
const smallestLimitPerHour = 200;

/** From this share of the limit on, in percent, calls go out one by one, so that each can heed what the last one said. */
const tightPercent = 80;
const tightGapMs = 1000;

/** From this share on no call is made. What is left belongs to other users of the same limit. */
const fullPercent = 95;
/** When to look whether there is room again, where the server did not say, in milliseconds. */
const nextLookMs = 15 * 60_000;

/** No server is believed that wants a longer pause, in milliseconds. */
const longestPauseMs = 24 * hourMs;

/** What usage headers say: the share of the limit that is used up, and the minutes until calls are let in again. */
interface CallUsage {
  readonly percent: number;
  readonly regainMinutes: number;
}

/** Where calls are noted for other windows and for the time after a reload. */
export interface CallLog {
  /** The newest calls that were made elsewhere or before, epoch milliseconds, in any order. */
  others(): readonly number[];
  /** Takes note of the newest calls of this budget. */
  note(calls: readonly number[]): void;
}

const noMemory: CallLog = { others: () => [], note: () => undefined };

/** Why a call may not be made. */
export interface Refusal {
  /** The instant from which one may be made, in epoch milliseconds. */
  readonly until: number;
  /** True where Flowmeter holds back by itself, false while a server's own pause holds. */
  readonly own: boolean;
  /** The share of the server's limit, where that is the reason. */
  readonly usedPercent?: number;
}

export interface Budget {
  /**
   * Takes one call; undefined: it may be sent. `metered` calls count against the hour, others only heed the server. What
   * `insists` is sent in any case, and counts like the others.
   */
  take(metered: boolean, insists?: boolean): Refusal | undefined;
  /** So many calls that were taken are not in flight any more. */
  answered(calls: number): void;
  /** Believes the usage headers of an answer. Calls still in flight are not in them yet. */
  learn(usage: CallUsage): void;
  /** Lets no call through before that instant. Pauses are never shortened. */
  pauseUntil(instant: number): void;
  /** How many calls may travel together; 1 or less where each shall look at the answer before it. */
  readonly batchRoom: number;
  /** True while so many calls more should wait for the answers of those in flight, which tell whether there is room. */
  isCrowded(calls: number): boolean;
  /** How long the next call waits so that calls keep their distance, in milliseconds; 0 where there is room. */
  gap(): number;
  /** The share of the limit that is used up, in percent, where calls keep their distance for that. */
  readonly slowedAt: number | undefined;
}

/** One for each account, held longer than its client: what was spent stays spent when a client is made anew. */
export function createBudget(clock: Clock, memory: CallLog = noMemory): Budget {
  return new CallBudget(clock, memory);
}

class CallBudget implements Budget {
  /** When each of the newest calls was made, in elapsed time, as all the instants below. */
  private calls: number[] = [];
  private pausedUntil = -Infinity;
  private reading: { readonly at: number; readonly percent: number } | undefined;
  private nextLookAt = -Infinity;
  private callsSinceReading = 0;
  private inFlight = 0;
  private lastTight = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly memory: CallLog,
  ) {}

  take(metered: boolean, insists = false): Refusal | undefined {
    const refusal = insists ? undefined : this.refusalOf(metered);
    if (refusal) return refusal;
    if (metered) {
      const present = this.elapsed;
      // Older calls decide over nothing.
      this.calls = [...this.calls, present].slice(-unprovenCallsPerHour);
      this.memory.note(this.calls.map((at) => this.inMs(at - present)));
    }
    this.callsSinceReading++;
    this.inFlight++;
    return undefined;
  }

  answered(count: number): void {
    this.inFlight -= count;
  }

  learn({ percent, regainMinutes }: CallUsage): void {
    this.reading = { at: this.elapsed, percent };
    this.nextLookAt = this.reading.at + nextLookMs;
    this.callsSinceReading = this.inFlight;
    if (regainMinutes > 0) this.pauseUntil(this.clock.now() + regainMinutes * 60_000);
  }

  pauseUntil(instant: number): void {
    const end = this.elapsed + Math.min(instant - this.clock.now(), longestPauseMs);
    this.pausedUntil = this.nextLookAt = Math.max(this.pausedUntil, end);
  }

  get batchRoom(): number {
    const percent = this.usedPercent ?? 0;
    return percent >= tightPercent ? 1 : Math.floor(((fullPercent - percent) * smallestLimitPerHour) / 100);
  }

  isCrowded(count: number): boolean {
    return this.inFlight > 0 && !this.fits(this.usedPercent, count);
  }

  get slowedAt(): number | undefined {
    return (this.usedPercent ?? 0) < tightPercent || this.isFull ? undefined : this.usedPercent;
  }

  gap(): number {
    if (this.slowedAt === undefined) return 0;
    const present = this.elapsed;
    // Never further ahead than time could bring it back.
    this.lastTight = this.lastTight > present + hourMs ? present : Math.max(present, this.lastTight + tightGapMs);
    return this.lastTight - present;
  }

  private get elapsed(): number {
    return elapsedBy(this.clock);
  }

  /** The share that the headers named last; after an hour it is unknown. */
  private get usedPercent(): number | undefined {
    return this.reading && this.elapsed - this.reading.at < hourMs ? this.reading.percent : undefined;
  }

  private get isFull(): boolean {
    return (this.usedPercent ?? 0) >= fullPercent && this.elapsed < this.nextLookAt;
  }

  private fits(percent: number | undefined, more: number): boolean {
    if (percent === undefined) return this.recentAges().length + more <= unprovenCallsPerHour;
    return percent + ((this.callsSinceReading + more) * 100) / smallestLimitPerHour <= fullPercent;
  }

  /** Ages of the calls of the last hour, the oldest first. A call ahead of the clock is from before it was set back. */
  private recentAges(): readonly number[] {
    const own = this.calls.map((at) => this.elapsed - at);
    const others = this.memory.others().map((at) => this.clock.now() - at);
    return [...own, ...others].filter((age) => age >= 0 && age < hourMs).sort((a, b) => b - a);
  }

  /** The instant in so many milliseconds, by the computer's clock. */
  private inMs(ms: number): number {
    return Math.round(this.clock.now() + ms);
  }

  private refusalOf(metered: boolean): Refusal | undefined {
    const present = this.elapsed;
    if (present < this.pausedUntil) return { until: this.inMs(this.pausedUntil - present), own: false };
    const percent = this.usedPercent;
    if (percent !== undefined && this.isFull) {
      return { until: this.inMs(this.nextLookAt - present), own: true, usedPercent: percent };
    }
    if (!metered) return undefined;
    const ages = this.recentAges();
    if (ages.length < unprovenCallsPerHour || (percent !== undefined && this.fits(percent, 1))) return undefined;
    return { until: this.inMs(hourMs - ages[ages.length - unprovenCallsPerHour]!), own: true };
  }
}

/** For what a person asks by hand: it is sent whatever was spent, counts, and what its answer tells holds from then on. */
export function byHand(budget: Budget): Budget {
  return {
    take: (metered) => budget.take(metered, true),
    answered: (calls) => budget.answered(calls),
    learn: (usage) => budget.learn(usage),
    pauseUntil: (instant) => budget.pauseUntil(instant),
    batchRoom: 1,
    isCrowded: () => false,
    gap: () => 0,
    slowedAt: undefined,
  };
}

/** Reads X-App-Usage and X-Business-Use-Case-Usage; of several figures the highest counts. Undefined without any. */
export function readUsage(header: (name: string) => string | null): CallUsage | undefined {
  const entries = [
    ...objectsOf(parseJson(header(appUsageHeader))),
    ...Object.values(objectsOf(parseJson(header(usageHeader)))[0] ?? {}).flatMap(objectsOf),
  ];
  const percents = entries
    .flatMap(({ call_count: count, total_cputime: cpu, total_time: time }) => [count, cpu, time])
    .filter(isFigure);
  const minutes = entries.map((entry) => entry.estimated_time_to_regain_access).filter(isFigure);
  if (percents.length === 0 && minutes.length === 0) return undefined;
  // Without a share nothing shows that there is room.
  return { percent: percents.length > 0 ? Math.max(...percents) : 100, regainMinutes: Math.max(0, ...minutes) };
}

/** The instant that Retry-After names, in seconds or as an HTTP date; undefined where it names none. */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const instant = /^\d+$/.test(value.trim()) ? now + Number(value) * 1000 : Date.parse(value);
  return Number.isFinite(instant) ? Math.min(Math.max(instant, now), now + longestPauseMs) : undefined;
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return values.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
}

function isFigure(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
