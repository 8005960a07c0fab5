import type { HealthWindow } from '../../domain/model';
import type { Translate } from '../translate';
import type { CalendarDate } from '../../contract/calendar';
import type { PanelView } from '../../domain/view';
import type { Formats } from '../formats';

/** "24 hours", "7 days", "30 days", "90 days". */
export function lengthOf(window: HealthWindow | '90d', t: Translate): string {
  switch (window) {
    case '24h':
      return t('24 hours');
    case '7d':
      return t('7 days');
    case '30d':
      return t('30 days');
    case '90d':
      return t('90 days');
  }
}

/** "the last 24 hours" */
export function lastPhrase(window: HealthWindow | '90d', t: Translate): string {
  return t('the last {0}', lengthOf(window, t));
}

/** "Last 24 hours" */
export function lastTitle(window: HealthWindow | '90d', t: Translate): string {
  return t('Last {0}', lengthOf(window, t));
}

/** First and last day (inclusive) of a period. */
export interface PeriodDates {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
}

/** Title of the period shown: "Last 30 days", "Feb 11 – Mar 12", "All time". */
export function periodLabel(view: PanelView, dates: PeriodDates, formats: Formats): string {
  const { t } = formats;
  if (view.range === 'all') return t('All time');
  if (view.range !== 'custom') return lastTitle(view.range, t);
  return dates.from === dates.to
    ? formats.day(dates.from)
    : t('{0} – {1}', formats.day(dates.from), formats.day(dates.to));
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
