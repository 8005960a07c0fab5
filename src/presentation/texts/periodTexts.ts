import type { Span } from '../../domain/model';
import type { Translate } from '../translate';
import { dateInZone, startOfDay } from '../../contract/calendar';
import { datesOf, isShort, type PanelRange, type PanelView, type PeriodDates } from '../../domain/view';
import type { Formats } from '../formats';
import type { Speech } from '../speech';

type Preset = Exclude<PanelRange, 'custom' | 'all'>;

/** "24 hours", "7 days", "30 days", "90 days". */
export function lengthOf(window: Preset, t: Translate): string {
  switch (window) {
    case '24h':
      return t('24 hours');
    case '7d':
      return t('7 days');
    case '30d':
      return t('30 days');
    case '90d':
      return t('90 days');
    case '180d':
      return t('180 days');
    case '1y':
      return t('365 days');
  }
}

/** "the last 24 hours" */
export function lastPhrase(window: Preset, t: Translate): string {
  return t('the last {0}', lengthOf(window, t));
}

/** "Last 24 hours" */
export function lastTitle(window: Preset, t: Translate): string {
  return t('Last {0}', lengthOf(window, t));
}

/**
 * Title of the period that is summed, and what it covers where the title does not say it: "Last 30 days" and
 * "Feb 11 – Mar 12"; "Feb 11 – Mar 12"; "All time".
 */
export function periodTitle(
  view: PanelView,
  period: Span,
  zone: string,
  speech: Speech,
): { readonly label: string; readonly covers?: string } {
  const { t } = speech;
  if (view.range === 'all') return { label: t('All time') };
  const covers = coveredText(view, period, zone, speech);
  return view.range === 'custom' || isShort(view, period)
    ? { label: covers }
    : { label: lastTitle(view.range, t), covers };
}

/** "Feb 11 – Mar 12"; hours by a person's own clock, with the time where they are no whole days: "Mar 12, 00:00 – 10:00". */
export function coveredText({ granularity }: PanelView, period: Span, zone: string, speech: Speech): string {
  const { t, timeZone, now } = speech;
  const byHour = granularity === 'HOUR';
  const { from, to } = datesOf(period, byHour ? timeZone : zone);
  const isWhole =
    !byHour || [period.begin, period.end].every((at) => at === startOfDay(dateInZone(at, timeZone), timeZone));
  const text = !isWhole
    ? speech.timeRange(period.begin, period.end)
    : from === to
      ? speech.day(from)
      : t('{0} – {1}', speech.day(from), speech.day(to));
  return period.end > now ? t('{0}, so far', text) : text;
}

/** Inside a sentence: "the last 30 days", "Feb 11 to Mar 12", "all time". */
export function periodPhrase(view: PanelView, dates: PeriodDates, formats: Formats): string {
  const { t } = formats;
  if (view.range === 'all') return t('all time');
  if (view.range !== 'custom') return lastPhrase(view.range, t);
  return dates.from === dates.to
    ? formats.day(dates.from)
    : t('{0} to {1}', formats.day(dates.from), formats.day(dates.to));
}

/** "compared with the 30 days before" */
export function beforeLabel(view: PanelView, intervals: number, t: Translate): string {
  if (view.range !== 'custom' && view.range !== 'all') {
    return t('compared with the {0} before', lengthOf(view.range, t));
  }
  if (view.granularity === 'HOUR') return t('compared with the {0} hours before', intervals);
  return intervals === 1 ? t('compared with the day before') : t('compared with the {0} days before', intervals);
}
