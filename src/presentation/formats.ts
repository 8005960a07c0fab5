/** Numbers, dates and ages as a person reads them. All formatters are made once, with `createFormats`. */
import type { CalendarDate } from '../contract/calendar';
import { dayMs, hourMs } from '../contract/calendar';
import type { LatencyBucket } from '../domain/model';
import { english, type Translate } from './translate';

const minuteMs = 60_000;

/** Stands in place of an unknown figure. */
const unknownFigure = '–';

/** Keeps number and unit on one line. */
const nbsp = '\u00a0';

/** The figures that sentences are made of, either written or spoken. */
export interface FigureFormats {
  /** Ratio 0–1: "12.4%"; "0%" and "100%" only when exact. More digits where a sentence needs them. */
  percent(ratio: number | undefined, digits?: number): string;
  /** Ratio 0–1, cut and never rounded up: 0.9996 is "99.9%". */
  availability(ratio: number | undefined): string;
  /** "≤ 2 s", "> 10 s". */
  latency(bucket: LatencyBucket | undefined): string;
  /** "84 ms", "1,240 ms", "< 1 ms". */
  milliseconds(value: number | undefined): string;
  /** A limit in percent, bare: "10%". */
  percentLimit(percent: number): string;
  /** A limit in seconds: "5 s". */
  secondsLimit(seconds: number): string;
  /** "just now", "2 min ago", "3 h ago", "3 days ago", then the date. */
  age(instant: number, now: number): string;
}

export interface Formats extends FigureFormats {
  /** Puts sentences into the language of the figures. */
  readonly t: Translate;
  readonly locale: string;
  /** The zone of a person's clock, as IANA name. */
  readonly timeZone: string;
  /** For screen readers: "12.4 percent", "up to 6 seconds", "2 minutes ago". */
  readonly spoken: FigureFormats;
  /** "50,184" */
  count(value: number | undefined): string;
  /** Axis ticks: "2,500", and from 10,000 on "10k", "1.5M". */
  axisCount(value: number): string;
  /** A difference of ratios in percentage points, without sign or unit: "5.2". */
  points(difference: number): string;
  /** "14:18" */
  clock(instant: number): string;
  /** "14:18" on the day of `now`, "Mar 12, 14:18" in its year, else "Mar 12, 2025, 14:18". */
  moment(instant: number, now: number): string;
  /** The local date: "Mar 12". */
  date(instant: number): string;
  /** The local date: "Mar 12, 2026". */
  dateLong(instant: number): string;
  /** "Mar 12, 2026, 14:18" */
  dateTime(instant: number): string;
  /** With the zone: "Thu, Mar 12, 2026, 14:18 GMT+1". */
  dateTimeLong(instant: number): string;
  /** "Mar 11, 14:00 – Mar 12, 10:00"; "Mar 12, 00:00 – 10:00" within one day. */
  timeRange(begin: number, end: number): string;
  /** A day of the API's calendar: "Mar 12". */
  day(date: CalendarDate): string;
  /** A day of the API's calendar: "Thu, Mar 12, 2026". */
  dayLong(date: CalendarDate): string;
  /** "latency and availability" */
  list(items: readonly string[]): string;
  /** How old figures are: "3 h old"; at least a minute, since younger ones are as of now. */
  old(ms: number): string;
  /** A length of time in full words: "3 hours". */
  duration(ms: number): string;
  /** The text with a capital first letter. */
  sentence(text: string): string;
}

/** `locale` is BCP 47; an unknown one falls back to English. `timeZone` defaults to the computer's. */
// Long, since all parts share the formatters of one language.
// eslint-disable-next-line max-lines-per-function
export function createFormats(locale: string, timeZone?: string, t: Translate = english): Formats {
  const language = knownLocale(locale);
  const number = (digits: number, most = digits): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: most });
  const whole = number(0);
  const oneDigit = number(1);
  const bare = number(0, 2);
  const dates = (options: Intl.DateTimeFormatOptions, zone = timeZone): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(language, { ...options, hourCycle: 'h23', ...(zone ? { timeZone: zone } : {}) });
  const monthDay = { month: 'short', day: 'numeric' } as const;
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const clock = dates(time);
  const year = dates({ year: 'numeric' });
  const date = dates(monthDay);
  const dateLong = dates({ ...monthDay, year: 'numeric' });
  const dateClock = dates({ ...monthDay, ...time });
  const dateTime = dates({ ...monthDay, year: 'numeric', ...time });
  const dateTimeLong = dates({ weekday: 'short', ...monthDay, year: 'numeric', ...time, timeZoneName: 'short' });
  const day = dates(monthDay, 'UTC');
  const dayLong = dates({ weekday: 'short', ...monthDay, year: 'numeric' }, 'UTC');
  const list = new Intl.ListFormat(language, { type: 'conjunction' });
  const noon = (calendarDate: CalendarDate): number => Date.parse(`${calendarDate}T12:00:00Z`);

  /** The digits of a percentage, and whether they are an upper bound; the caller adds the unit. */
  const share = (ratio: number, cut: boolean, digits: number): { readonly below: boolean; readonly text: string } => {
    if (ratio <= 0 || ratio >= 1) return { below: false, text: whole.format(ratio <= 0 ? 0 : 100) };
    const steps = 10 ** digits;
    const exact = ratio * 100 * steps;
    // The tiny extra forgives binary fractions: 0.57 × 1000 must not become 569.
    const rounded = cut ? Math.floor(exact + 1e-9) : Math.round(exact);
    const text = (value: number): string => (digits === 1 ? oneDigit : number(digits)).format(value / steps);
    return rounded < 1
      ? { below: true, text: text(1) }
      : { below: false, text: text(Math.min(rounded, 100 * steps - 1)) };
  };
  const written = (ratio: number | undefined, cut: boolean, digits = 1): string => {
    if (ratio === undefined) return unknownFigure;
    const { below, text } = share(ratio, cut, digits);
    return below ? `<${nbsp}${text}%` : `${text}%`;
  };
  const spoken = (ratio: number | undefined, cut: boolean, digits = 1): string => {
    if (ratio === undefined) return t('not known');
    const { below, text } = share(ratio, cut, digits);
    return below ? t('less than {0} percent', text) : t('{0} percent', text);
  };
  const seconds = (value: number): string => (value === 1 ? t('1 second') : t('{0} seconds', whole.format(value)));

  return {
    t,
    locale: language,
    timeZone: clock.resolvedOptions().timeZone,
    spoken: {
      percent: (ratio, digits) => spoken(ratio, false, digits),
      availability: (ratio) => spoken(ratio, true),
      latency: (bucket) =>
        bucket === undefined
          ? t('not known')
          : bucket === 11
            ? t('over {0}', seconds(10))
            : t('up to {0}', seconds(bucket)),
      milliseconds: (value) => {
        if (value === undefined) return t('not known');
        return value < 1
          ? t('less than 1 millisecond')
          : Math.round(value) === 1
            ? t('1 millisecond')
            : t('{0} milliseconds', whole.format(value));
      },
      percentLimit: (percent) => t('{0} percent', bare.format(percent)),
      secondsLimit: seconds,
      age: (instant, now) => {
        const ms = now - instant;
        if (ms < minuteMs) return t('just now');
        return ms <= 7 * dayMs ? t('{0} ago', durationOf(ms, t)) : dateLong.format(instant);
      },
    },
    percent: (ratio, digits) => written(ratio, false, digits),
    availability: (ratio) => written(ratio, true),
    percentLimit: (percent) => `${bare.format(percent)}%`,
    latency: (bucket) =>
      bucket === undefined
        ? unknownFigure
        : bucket === 11
          ? `>${nbsp}${whole.format(10)}${nbsp}s`
          : `≤${nbsp}${whole.format(bucket)}${nbsp}s`,
    milliseconds: (value) => {
      if (value === undefined) return unknownFigure;
      return value < 1 ? `<${nbsp}${whole.format(1)}${nbsp}ms` : `${whole.format(value)}${nbsp}ms`;
    },
    secondsLimit: (value) => `${bare.format(value)}${nbsp}s`,
    age: (instant, now) => {
      const ms = now - instant;
      if (ms < minuteMs) return t('just now');
      if (ms < hourMs) return t('{0} min ago', Math.floor(ms / minuteMs));
      if (ms <= 48 * hourMs) return t('{0} h ago', Math.floor(ms / hourMs));
      return ms <= 7 * dayMs ? t('{0} days ago', Math.floor(ms / dayMs)) : dateLong.format(instant);
    },
    count: (value) => (value === undefined ? unknownFigure : whole.format(value)),
    axisCount: (value) => {
      if (value < 10_000) return bare.format(value);
      return value < 1_000_000 ? `${bare.format(value / 1000)}k` : `${bare.format(value / 1_000_000)}M`;
    },
    points: (difference) => oneDigit.format(Math.abs(difference) * 100),
    clock: (instant) => clock.format(instant),
    moment: (instant, now) => {
      if (dateLong.format(instant) === dateLong.format(now)) return clock.format(instant);
      return (year.format(instant) === year.format(now) ? dateClock : dateTime).format(instant);
    },
    date: (instant) => date.format(instant),
    dateLong: (instant) => dateLong.format(instant),
    dateTime: (instant) => dateTime.format(instant),
    dateTimeLong: (instant) => dateTimeLong.format(instant),
    // The thin spaces around the dash look like none.
    timeRange: (begin, end) => dateClock.formatRange(begin, end).replaceAll('\u2009', ' '),
    day: (calendarDate) => day.format(noon(calendarDate)),
    dayLong: (calendarDate) => dayLong.format(noon(calendarDate)),
    list: (items) => list.format(items),
    old: (ms) => {
      if (ms < hourMs) return t('{0} min old', Math.max(1, Math.floor(ms / minuteMs)));
      return ms <= 48 * hourMs ? t('{0} h old', Math.floor(ms / hourMs)) : t('{0} days old', Math.floor(ms / dayMs));
    },
    duration: (ms) => durationOf(ms, t),
    sentence: (text) => {
      const first = text.codePointAt(0);
      // A metric's own name such as p90 keeps its small letter.
      if (first === undefined || /^p\d/.test(text)) return text;
      const letter = String.fromCodePoint(first);
      return letter.toLocaleUpperCase(language) + text.slice(letter.length);
    },
  };
}

function durationOf(ms: number, t: Translate): string {
  const minutes = Math.max(1, Math.floor(ms / minuteMs));
  if (minutes < 60) return minutes === 1 ? t('1 minute') : t('{0} minutes', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours <= 48) return hours === 1 ? t('1 hour') : t('{0} hours', hours);
  return t('{0} days', Math.floor(hours / 24));
}

function knownLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
