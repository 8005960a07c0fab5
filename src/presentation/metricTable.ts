/** The texts of each metric: labels, figures and changes. Its numbers: domain/metrics. */
import { type MetricName } from '../contract/metric';
import { metricRules, type MetricRules } from '../domain/metrics';
import type { LatencyBucket, PeriodTotals } from '../domain/model';
import type { FigureFormats, Formats } from './formats';
import type { Translate } from './translate';

/** The change against the period before, without a judgement by colour. */
export interface Change {
  readonly kind: 'up' | 'down' | 'same' | 'unknown';
  /** "6%", "×12", "5.2 pts", "2 s"; empty for `same` and `unknown`. */
  readonly amount: string;
  /** "more", "worse", "slower"; empty for `same` and `unknown`. */
  readonly word: string;
}

interface MetricDefinition extends MetricRules {
  /** Title of its chart and tree row: "Latency". */
  label(t: Translate): string;
  /** Name of its figure in tiles and tables: "p90 latency". */
  figureLabel(t: Translate): string;
  /** The same inside a sentence: "p90 latency". */
  sentenceName(t: Translate): string;
  /** The figure where room is short: "12.4% errors", "98.6% up", "p90 ≤ 6 s". */
  compact(value: number | undefined, formats: Formats): string;
  /** Codicon of its tree row. */
  readonly icon: string;
  limitText(limit: number, formats: FigureFormats): string;
  /** The figure as written: "12.4%", "≤ 6 s"; "–" where unknown. */
  format(value: number | undefined, formats: Formats): string;
  /** The figure as a screen reader says it. */
  formatSpoken(value: number | undefined, formats: Formats): string;
  change(now: number | undefined, before: number | undefined, formats: Formats): Change;
}

const unknownChange: Change = { kind: 'unknown', amount: '', word: '' };
const noChange: Change = { kind: 'same', amount: '', word: '' };

/** Counts change relatively; from tenfold on as a factor, and from nothing by the count itself. */
function countChange(now: number | undefined, before: number | undefined, formats: Formats): Change {
  const { t } = formats;
  if (now === undefined || before === undefined) return unknownChange;
  const kind = now > before ? 'up' : 'down';
  const word = now > before ? t('more') : t('fewer');
  if (before === 0) return now === 0 ? noChange : { kind, amount: formats.count(now), word };
  const relative = now / before - 1;
  if (Math.abs(relative) < 0.005) return noChange;
  if (now / before >= 10) return { kind, amount: `×${formats.count(Math.round(now / before))}`, word };
  return { kind, amount: `${formats.count(Math.round(Math.abs(relative) * 100))}%`, word };
}

function ratioChange(higherIsBetter: boolean): MetricDefinition['change'] {
  // In tenths of a percent, as formats write the figures beside the change: availability is cut, a rate rounded.
  const shown = (ratio: number): number => {
    if (ratio >= 1) return 1000;
    const exact = ratio * 100 * 10;
    return Math.min(higherIsBetter ? Math.floor(exact + 1e-9) : Math.round(exact), 999);
  };
  return (now, before, formats) => {
    const { t } = formats;
    if (now === undefined || before === undefined) return unknownChange;
    const steps = shown(now) - shown(before);
    if (steps === 0) return noChange;
    const up = steps > 0;
    return {
      kind: up ? 'up' : 'down',
      amount: t('{0} pts', formats.points(steps / 1000)),
      word: up === higherIsBetter ? t('better') : t('worse'),
    };
  };
}

const bucketChange: MetricDefinition['change'] = (now, before, formats) => {
  const { t } = formats;
  if (now === undefined || before === undefined) return unknownChange;
  if (now === before) return noChange;
  return {
    kind: now > before ? 'up' : 'down',
    amount: formats.secondsLimit(Math.abs(now - before)),
    word: now > before ? t('slower') : t('faster'),
  };
};

const counted = {
  limitText: (limit) => String(limit),
  format: (value, formats) => formats.count(value),
  formatSpoken: (value, formats) => formats.count(value),
  change: countChange,
} satisfies Partial<MetricDefinition>;

export const metricTable: Readonly<Record<MetricName, MetricDefinition>> = {
  ENDPOINT_REQUEST_COUNT: {
    ...metricRules.ENDPOINT_REQUEST_COUNT,
    ...counted,
    label: (t) => t('Requests'),
    figureLabel: (t) => t('Requests'),
    sentenceName: (t) => t('requests'),
    compact: (value, formats) => formats.t('{0} requests', formats.count(value)),
    icon: 'graph',
  },
  ENDPOINT_REQUEST_ERROR: {
    ...metricRules.ENDPOINT_REQUEST_ERROR,
    ...counted,
    label: (t) => t('Errors'),
    figureLabel: (t) => t('Errors'),
    sentenceName: (t) => t('errors'),
    compact: (value, formats) => formats.t('{0} errors', formats.count(value)),
    icon: 'bug',
  },
  ENDPOINT_REQUEST_ERROR_RATE: {
    ...metricRules.ENDPOINT_REQUEST_ERROR_RATE,
    label: (t) => t('Error rate'),
    figureLabel: (t) => t('Error rate'),
    sentenceName: (t) => t('error rate'),
    compact: (value, formats) => formats.t('{0} errors', formats.percent(value)),
    icon: 'graph-line',
    limitText: (limit, formats) => formats.percentLimit(limit),
    format: (value, formats) => formats.percent(value),
    formatSpoken: (value, formats) => formats.spoken.percent(value),
    change: ratioChange(false),
  },
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: {
    ...metricRules.ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL,
    label: (t) => t('Latency'),
    figureLabel: (t) => t('p90 latency'),
    sentenceName: (t) => t('p90 latency'),
    compact: (value, formats) => formats.t('p90 {0}', formats.latency(value as LatencyBucket | undefined)),
    icon: 'watch',
    limitText: (limit, formats) => formats.secondsLimit(limit),
    format: (value, formats) => formats.latency(value as LatencyBucket | undefined),
    formatSpoken: (value, formats) => formats.spoken.latency(value as LatencyBucket | undefined),
    change: bucketChange,
  },
  ENDPOINT_AVAILABILITY: {
    ...metricRules.ENDPOINT_AVAILABILITY,
    label: (t) => t('Availability'),
    figureLabel: (t) => t('Availability'),
    sentenceName: (t) => t('availability'),
    compact: (value, formats) => formats.t('{0} up', formats.availability(value)),
    icon: 'pulse',
    limitText: (limit, formats) => formats.percentLimit(limit),
    format: (value, formats) => formats.availability(value),
    formatSpoken: (value, formats) => formats.spoken.availability(value),
    change: ratioChange(true),
  },
};

/** The change of a metric between two periods. */
export function changeOf(
  metric: MetricName,
  now: PeriodTotals | undefined,
  before: PeriodTotals | undefined,
  formats: Formats,
): Change {
  const definition = metricTable[metric];
  return definition.change(now && definition.value(now), before && definition.value(before), formats);
}
