/** Names of intervals, made once for a locale. */
import { dateInZone } from '../src/contract/calendar';
import { dayHours } from '../src/domain/windows';
import type { Formats } from '../src/presentation/formats';
import type { ChartData, Interval } from './chartData';
import type { Span } from '../src/domain/model';
import { coveredText } from '../src/presentation/texts/periodTexts';
import { texts } from './texts';

export interface IntervalNames {
  /** In a table: "Wed, Mar 11", "Mar 11, 06:00", "Mar 12, so far". */
  row(interval: Interval): string;
  /** In a note: "on Mar 11", "at 06:00". */
  note(interval: Interval): string;
  /** Over a reading: "Wed, Mar 11, 2026", "Mar 11, 06:00 – 07:00". */
  title(interval: Interval): string;
  /** The exact begin with its zone, and what is odd about the interval. */
  details(interval: Interval): string[];
}

/** Named as periods are: "Mar 3 – Mar 9", "Mar 12, 06:00 – 10:00". */
export function spanName({ granularity, zone }: ChartData, formats: Formats, span: Span): string {
  return coveredText({ granularity, range: 'custom' }, span, zone, { ...formats, now: Infinity });
}

export function intervalNames(
  { granularity, zone, intervals, keptUntil = -Infinity }: ChartData,
  formats: Formats,
): IntervalNames {
  const made = (options: Intl.DateTimeFormatOptions, timeZone?: string): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(formats.locale, { hourCycle: 'h23', ...options, ...(timeZone ? { timeZone } : {}) });
  const monthDay = { month: 'short', day: 'numeric' } as const;
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const weekday = made({ weekday: 'short', ...monthDay }, zone);
  const day = made(monthDay, zone);
  const hour = made({ ...monthDay, ...clock });
  const exact = made({ ...monthDay, ...clock, timeZoneName: 'short' });
  const soFar = (text: string, { running }: Interval): string => (running ? `${text}, ${texts.soFar}` : text);

  if (granularity === 'LIFETIME') {
    const since = ({ begin }: Interval): string => formats.dayLong(dateInZone(begin, zone));
    return { row: since, note: () => '', title: since, details: () => [] };
  }
  if (granularity === 'HOUR') {
    return {
      row: (interval) => soFar(hour.format(interval.begin), interval),
      note: (interval) =>
        soFar(
          intervals.length <= 25
            ? texts.atHour(formats.clock(interval.begin))
            : texts.onDay(hour.format(interval.begin)),
          interval,
        ),
      title: (interval) => soFar(`${hour.format(interval.begin)} – ${formats.clock(interval.end)}`, interval),
      details: ({ begin }) => [texts.begins(exact.format(begin))],
    };
  }
  return {
    row: (interval) => {
      if (interval.running) return soFar(day.format(interval.begin), interval);
      return interval.begin < keptUntil ? texts.kept(weekday.format(interval.begin)) : weekday.format(interval.begin);
    },
    note: (interval) => soFar(texts.onDay(day.format(interval.begin)), interval),
    title: (interval) => soFar(formats.dayLong(dateInZone(interval.begin, zone)), interval),
    details: ({ begin }) => {
      const hours = dayHours(begin, zone);
      return [
        texts.begins(exact.format(begin)),
        ...(hours === 24 ? [] : [texts.oddDay(hours)]),
        ...(begin < keptUntil ? [texts.keptHere] : []),
      ];
    },
  };
}
