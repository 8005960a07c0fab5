/** The intervals of a series in any zone: hours begin where the zone's clock shows a full hour, days at its midnight. */
import { addDays, dateInZone, hourMs, startOfDay, zoneOffset } from '../contract/calendar';
import type { Granularity } from '../contract/metric';
import type { StoreSpan } from './metricStore';

/** Begins of the intervals that begin in the span, and at last where the last one ends. */
export function intervalBounds({ begin, end }: StoreSpan, granularity: Granularity, zone: string): number[] {
  if (granularity === 'LIFETIME') return [begin, Math.max(begin, end)];
  const found: number[] = [];
  let date = dateInZone(begin, zone);
  for (let day = startOfDay(date, zone); day < end;) {
    date = addDays(date, 1);
    const nextDay = startOfDay(date, zone);
    if (granularity === 'DAY') found.push(day);
    else found.push(...hoursOf(day, nextDay, zone));
    day = nextDay;
  }
  const from = found.findIndex((instant) => instant >= begin);
  const inSpan = from < 0 ? [] : found.slice(from).filter((instant) => instant < end);
  const last = inSpan.at(-1);
  if (last === undefined) return [];
  return [...inSpan, found.find((instant) => instant > last) ?? startOfDay(date, zone)];
}

function hoursOf(day: number, nextDay: number, zone: string): number[] {
  const hours: number[] = [];
  // Where clocks change by part of an hour (Lord Howe), an interval of half an hour brings them back to full ones.
  const steady = (zoneOffset(day, zone) - zoneOffset(nextDay, zone)) % hourMs === 0;
  for (let hour = day; hour < nextDay;) {
    hours.push(hour);
    hour += steady ? hourMs : hourMs - ((hour + zoneOffset(hour, zone)) % hourMs);
  }
  return hours;
}
