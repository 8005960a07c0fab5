/** How many calls an account may still make. Nothing here waits or sends: time comes from the clock that is handed in. */
import { hourMs } from '../contract/calendar';
import { appUsageHeader, usageHeader } from '../contract/routes';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** Calls an hour where no header shows that there is room for more. */
export const unprovenCallsPerHour = 100;

/** The smallest limit that Meta publishes, by which calls since the last header are estimated. */
const smallestLimitPerHour = 200;

/** Above this share of the limit, in percent, a header no longer shows room; requests in flight fit above it. */
const roomBelowPercent = 75;

/** No server is believed that wants a longer pause, in milliseconds. */
const longestPauseMs = 24 * hourMs;

/** What usage headers say: the share of the limit that is used up, and the minutes until calls are let in again. */
export interface Usage {
  readonly percent: number;
  readonly regainMinutes: number;
}

/** Where calls are noted for other windows and for the time after a reload. */
export interface CallMemory {
  /** The newest calls that were made elsewhere or before, epoch milliseconds, in any order. */
  others(): readonly number[];
  /** Takes note of the newest calls of this budget. */
  note(calls: readonly number[]): void;
}

const noMemory: CallMemory = { others: () => [], note: () => undefined };

export interface Budget {
  /**
   * Takes one call. Undefined: it may be sent; else the instant (epoch milliseconds) from which one may be.
   * `metered` calls count against the hour; others only heed a pause.
   */
  take(metered: boolean): number | undefined;
  /** True while a server's own pause holds. */
  isPaused(): boolean;
  /** Believes the usage headers of an answer. */
  learn(usage: Usage): void;
  /** Lets no call through before that instant. Pauses are never shortened. */
  pauseUntil(instant: number): void;
}

/** One for each account, held longer than its client: what was spent stays spent when a client is made anew. */
export function createBudget(clock: Clock, memory: CallMemory = noMemory): Budget {
  let calls: number[] = [];
  let pausedUntil = -Infinity;
  let reading: { readonly at: number; readonly percent: number } | undefined;
  let callsSinceReading = 0;

  function showsRoom(now: number): boolean {
    if (!reading || now - reading.at >= hourMs) return false;
    return reading.percent + (callsSinceReading * 100) / smallestLimitPerHour < roomBelowPercent;
  }

  const budget: Budget = {
    take(metered) {
      const now = clock.now();
      if (now < pausedUntil) return pausedUntil;
      if (!metered) return undefined;
      // Calls that seem to lie ahead were made before the computer's clock was set back: they no longer say anything.
      const counts = (at: number): boolean => at > now - hourMs && at <= now;
      calls = calls.filter(counts);
      const all = [...calls, ...memory.others().filter(counts)].sort((a, b) => a - b);
      if (all.length >= unprovenCallsPerHour && !showsRoom(now)) {
        return all[all.length - unprovenCallsPerHour]! + hourMs;
      }
      calls.push(now);
      callsSinceReading++;
      // Older ones decide over nothing.
      memory.note(calls.slice(-unprovenCallsPerHour));
      return undefined;
    },
    isPaused: () => clock.now() < pausedUntil,
    learn({ percent, regainMinutes }) {
      reading = { at: clock.now(), percent };
      callsSinceReading = 0;
      if (regainMinutes > 0) budget.pauseUntil(clock.now() + regainMinutes * 60_000);
    },
    pauseUntil(instant) {
      pausedUntil = Math.max(pausedUntil, Math.min(instant, clock.now() + longestPauseMs));
    },
  };
  return budget;
}

/** Reads X-App-Usage and X-Business-Use-Case-Usage; of several figures the highest counts. Undefined without any. */
export function readUsage(header: (name: string) => string | null): Usage | undefined {
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
