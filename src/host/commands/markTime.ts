/** The time of a mark as a person writes it, by the clock of the computer. */
import { instantOf } from '../../contract/event';

const shape = /^(?:(\d{4})-(\d\d?)-(\d\d?)[T ]+)?(\d\d?):(\d\d)$/;

/** "2026-03-12 14:18" */
export function writeMarkTime(instant: number): string {
  const date = new Date(instant);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Day and time, the time of today, or ISO 8601 with its zone; `later` where it has not come yet, undefined where it is none. */
export function readMarkTime(text: string, now: number): number | 'later' | undefined {
  const instant = instantOfText(text.trim(), now);
  return instant !== undefined && instant > now ? 'later' : instant;
}

function instantOfText(text: string, now: number): number | undefined {
  const match = shape.exec(text);
  if (!match) return instantOf(text);
  const today = new Date(now);
  const [, year, month, day, hour, minute] = match.map((part) => (part === undefined ? undefined : Number(part)));
  const date = new Date(
    year ?? today.getFullYear(),
    month === undefined ? today.getMonth() : month - 1,
    day ?? today.getDate(),
    hour,
    minute,
  );
  // Days and hours that do not exist would be counted on into the next ones.
  const isMeant =
    (day === undefined || (date.getDate() === day && date.getMonth() + 1 === month)) &&
    hour! < 24 &&
    minute! < 60 &&
    date.getTime() >= 0;
  return isMeant ? date.getTime() : undefined;
}
