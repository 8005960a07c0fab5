/** The parameter `date_format` of Graph: how the times of an answer are written, in the letters of PHP's `date()`. */
import { badParameter } from './graphFailure';
import { parseTimestamp, formatTimestamp } from '../contract/timestamp';

/** Keys of an answer that hold a time. */
const timeKeys: ReadonlySet<string> = new Set(['timestamp', 'updated_at', 'expires_at', 'creation_time']);
const maxLength = 64;

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const two = (number: number): string => String(number).padStart(2, '0');

/** Letters that stand for a part of the time, which is UTC. */
const letters: Readonly<Record<string, (date: Date) => string>> = {
  d: (date) => two(date.getUTCDate()),
  j: (date) => String(date.getUTCDate()),
  D: (date) => days[date.getUTCDay()]!.slice(0, 3),
  l: (date) => days[date.getUTCDay()]!,
  N: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  m: (date) => two(date.getUTCMonth() + 1),
  n: (date) => String(date.getUTCMonth() + 1),
  M: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  F: (date) => months[date.getUTCMonth()]!,
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  H: (date) => two(date.getUTCHours()),
  G: (date) => String(date.getUTCHours()),
  h: (date) => two(date.getUTCHours() % 12 || 12),
  g: (date) => String(date.getUTCHours() % 12 || 12),
  i: (date) => two(date.getUTCMinutes()),
  s: (date) => two(date.getUTCSeconds()),
  v: () => '000',
  u: () => '000000',
  a: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  A: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  e: () => 'UTC',
  T: () => 'UTC',
  O: () => '+0000',
  P: () => '+00:00',
  p: () => 'Z',
  Z: () => '0',
  U: (date) => String(Math.floor(date.getTime() / 1000)),
  c: (date) => `${date.toISOString().slice(0, 19)}+00:00`,
  r: (date) => `${date.toUTCString().slice(0, -3)}+0000`,
};

/** Throws where the format cannot be used. */
export function checkDateFormat(format: string): void {
  if (format.length > maxLength) throw badParameter(`date_format must have at most ${maxLength} characters.`);
}

/** The answer with its times in that format; `U`, seconds since 1970, is a number as at Graph. */
export function withDates(value: unknown, format: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withDates(item, format));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const instant = timeKeys.has(key) ? parseTimestamp(item) : undefined;
      return [key, instant === undefined ? withDates(item, format) : formatDate(instant, format)];
    }),
  );
}

function formatDate(instant: number, format: string): string | number {
  if (format === 'U') return Math.floor(instant / 1000);
  if (format === '') return formatTimestamp(instant);
  const date = new Date(instant);
  // A backslash takes a letter as it is.
  return format.replace(/\\(.)|([A-Za-z])/g, (_, literal: string | undefined, letter: string | undefined) =>
    letter === undefined ? (literal ?? '') : (letters[letter]?.(date) ?? letter),
  );
}
