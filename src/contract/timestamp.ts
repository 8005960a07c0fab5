/** Timestamps as Graph writes them. */
/** The day that a timestamp named last: the hours of an answer come day by day. */
let lastDay = { year: 1970, month: 1, day: 1, begin: 0 };

const [plus, minus, colon, letterT] = ['+', '-', ':', 'T'].map((char) => char.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];

/** Epoch milliseconds of `YYYY-MM-DDTHH:MM:SS±HHMM`, or undefined for any other text or an impossible date or time. */
export function parseTimestamp(text: unknown): number | undefined {
  if (typeof text !== 'string' || text.length !== 24) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const offsetHour = twoDigits(text, 20);
  const offsetMinute = twoDigits(text, 22);
  const sign = text.charCodeAt(19) === plus ? 1 : text.charCodeAt(19) === minus ? -1 : 0;
  const separated =
    sign !== 0 &&
    text.charCodeAt(4) === minus &&
    text.charCodeAt(7) === minus &&
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon;
  if (!separated || hour > 23 || minute > 59 || second > 59 || offsetHour > 14 || offsetMinute > 59) return undefined;
  if (day !== lastDay.day || month !== lastDay.month || year !== lastDay.year) {
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) {
      return undefined;
    }
    lastDay = { year, month, day, begin: Date.UTC(year, month - 1, day) };
  }
  const minutes = (hour - sign * offsetHour) * 60 + minute - sign * offsetMinute;
  return lastDay.begin + (minutes * 60 + second) * 1000;
}

/** `2024-01-28T08:00:00+0000` */
export function formatTimestamp(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}+0000`;
}

/** A number above every bound of a date or time where the text has anything but digits there. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000_000;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
