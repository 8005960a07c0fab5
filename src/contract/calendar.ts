/** Calendar dates and zones. Dates are `YYYY-MM-DD` strings, which sort as text; instants are epoch milliseconds. */

export type CalendarDate = string;

export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** The zone in which Meta cuts its days. */
export const metaZone = 'America/Los_Angeles';

/** True for a date that exists in the Gregorian calendar, written `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const firstInstant = Date.UTC(1970, 0, 2);
const lastInstant = Date.UTC(9999, 11, 30);

/** An instant of which every zone can tell the day: beyond these, dates have years of other lengths, or there are none. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && value >= firstInstant && value <= lastInstant;
}

/** The date `days` later (or earlier, when negative). */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** Whole days from `from` to `to`. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

// Making an Intl formatter costs far more than using it, and a process meets only a few zones.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** How far the zone's clock is ahead of UTC at that instant, in milliseconds. */
export function zoneOffset(instant: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) parts[type] = Number(value);
  const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/** The date that the zone's calendar shows at that instant. */
export function dateInZone(instant: number, zone: string): CalendarDate {
  return new Date(instant + zoneOffset(instant, zone)).toISOString().slice(0, 10);
}

/** The instant at which that date begins in the zone. Where midnight is skipped, the first instant of the day. */
export function startOfDay(date: CalendarDate, zone: string): number {
  const wall = Date.parse(`${date}T00:00:00Z`);
  // The offset a day before and after brackets every offset that can hold at that midnight.
  const before = wall - zoneOffset(wall - dayMs, zone);
  const after = wall - zoneOffset(wall + dayMs, zone);
  const early = Math.min(before, after);
  const late = Math.max(before, after);
  return dateInZone(early, zone) === date ? early : late;
}

/** The zone of this computer's clock. */
export function localZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  // Where the computer's own zone is none that is known, Intl may name one that it does not take.
  return isZone(timeZone) ? timeZone : 'UTC';
}

/** True when Intl knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** End of the interval that begins at `begin`: an hour later, or the next midnight of the zone (days of 23 or 25 h). */
export function intervalEnd(begin: number, granularity: 'HOUR' | 'DAY', zone: string): number {
  if (granularity === 'HOUR') return begin + hourMs;
  // Half a day past the begin lies in the same day in every zone, whatever its length.
  return startOfDay(addDays(dateInZone(begin + dayMs / 2, zone), 1), zone);
}

/** Begin of the interval that holds the instant. */
export function intervalBegin(instant: number, granularity: 'HOUR' | 'DAY', zone: string): number {
  return granularity === 'HOUR' ? Math.floor(instant / hourMs) * hourMs : startOfDay(dateInZone(instant, zone), zone);
}
