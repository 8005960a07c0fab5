/** What only a server of one's own knows, as the dashboard shows it: percentiles in milliseconds, and Meta's alerts. */
import type { MeterAlert } from '../contract/alert';
import type { MilliSeries } from '../contract/latency';
import type { Granularity, MetricName } from '../contract/metric';
import type { PanelAlert, PanelMilliseconds } from '../contract/panel';
import { alertDetails } from './alertDetails';
import { plainName } from './escape';
import type { Formats } from './formats';
import { metricTable } from './metrics';
import type { Span } from './model';
import type { Translate } from './translate';

/**
 * The percentiles of what is shown; undefined where there are none of its granularity. Percentiles cannot be cut to a
 * part of what they stand on: where that begins before the period, `since` says so.
 */
export function panelMilliseconds(
  series: MilliSeries | undefined,
  granularity: Granularity,
  period: Span | undefined,
  now: number,
  formats: Formats,
  t: Translate,
): PanelMilliseconds | undefined {
  if (!series?.period || !period || series.granularity !== granularity) return undefined;
  const { begins, p50, p90, p99 } = series;
  const [first] = begins;
  const earlier = first !== undefined && granularity !== 'LIFETIME' && first < period.begin;
  return {
    period: { p50: series.period.p50, p90: series.period.p90, p99: series.period.p99 },
    ...(earlier ? { since: t('since {0}', formats.moment(first, now)) } : {}),
    series: { begins, p50, p90, p99 },
  };
}

/** What Meta's events speak of, the unit of their figures, and which level each of Meta's own limits is. */
const events: Readonly<
  Partial<
    Record<
      string,
      {
        readonly metric: MetricName;
        readonly figure: (value: number, formats: Formats) => string;
        /** From the unit of the event to that of the settings. */
        readonly limit: (threshold: number) => number;
        readonly levels: Readonly<Partial<Record<number, PanelAlert['level']>>>;
      }
    >
  >
> = {
  ENDPOINT_ERROR_RATE: {
    metric: 'ENDPOINT_REQUEST_ERROR_RATE',
    figure: (value, formats) => formats.percent(value / 100),
    limit: (threshold) => threshold,
    levels: { 5: 'attention', 10: 'warning', 50: 'critical' },
  },
  ENDPOINT_LATENCY: {
    metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    figure: (value, formats) => formats.milliseconds(value),
    limit: (threshold) => threshold / 1000,
    levels: { 1000: 'attention', 5000: 'warning', 7000: 'critical' },
  },
  ENDPOINT_AVAILABILITY: {
    metric: 'ENDPOINT_AVAILABILITY',
    figure: (value, formats) => formats.availability(value / 100),
    limit: (threshold) => threshold,
    levels: { 90: 'critical' },
  },
};

const maxText = 200;

/** Types come from outside: one may be called as what every object has. */
function eventOf(type: string): (typeof events)[string] {
  return Object.hasOwn(events, type) ? events[type] : undefined;
}

/** The level of the limit that was crossed; an alert without one of Meta's own limits is a warning. */
export function alertLevel({ type, threshold }: MeterAlert): PanelAlert['level'] {
  return (threshold === undefined ? undefined : eventOf(type)?.levels[threshold]) ?? 'warning';
}

/** True while it has not ended. */
export function holds({ state, until }: MeterAlert): boolean {
  return state === 'ACTIVATED' && until === undefined;
}

/** Meta's alerts in words: those that still hold first, then the newest. */
export function panelAlerts(
  alerts: readonly MeterAlert[],
  now: number,
  formats: Formats,
  t: Translate,
): readonly PanelAlert[] {
  return [...alerts]
    .sort((a, b) => Number(holds(b)) - Number(holds(a)) || b.time - a.time)
    .map((alert) => {
      const { type, state, time, until, value, threshold, text } = alert;
      const event = eventOf(type);
      const definition = event && metricTable[event.metric];
      const details = alertDetails(alert, formats, t);
      // What follows it goes on in the same sentence.
      const told = plainName(text, maxText).replace(/\.$/, '') || plainName(type, 60);
      return {
        type,
        state,
        level: alertLevel(alert),
        begin: time,
        ...(event ? { metric: event.metric } : {}),
        ...(until === undefined ? {} : { end: until }),
        text:
          event && definition && value !== undefined && threshold !== undefined
            ? crossing(
                `${definition.sentenceName(t)} ${event.figure(value, formats)}`,
                definition.limitText(event.limit(threshold), formats),
                definition.direction === 'higherIsBetter',
                t,
              )
            : told,
        when:
          until === undefined
            ? t('since {0}', formats.moment(time, now))
            : t('{0} to {1}', formats.moment(time, now), formats.moment(until, time)),
        ...(details === undefined ? {} : { details }),
      };
    });
}

function crossing(figure: string, limit: string, below: boolean, t: Translate): string {
  return below ? t('{0} is below {1}', figure, limit) : t('{0} is above {1}', figure, limit);
}
