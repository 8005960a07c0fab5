/** The one table that owns what is particular to each metric: words, unit, direction, limits, figures and changes. */
import { metricNames, type MetricName } from '../contract/metric';
import type { LevelLimits } from '../contract/panel';
import type { FigureFormats, Formats } from './formats';
import type { LatencyBucket, PeriodTotals, Thresholds } from './model';
import type { Translate } from './translate';

/** What changed against the period before, without a judgement by colour. */
export interface Change {
  readonly kind: 'up' | 'down' | 'same' | 'unknown';
  /** "6%", "×12", "5.2 pts", "2 s"; empty for `same` and `unknown`. */
  readonly amount: string;
  /** "more", "worse", "slower"; empty for `same` and `unknown`. */
  readonly word: string;
}

export interface MetricDefinition {
  readonly name: MetricName;
  /** Title of its chart and tree row: "Latency". */
  label(t: Translate): string;
  /** Name of its figure in tiles and tables: "p90 latency". */
  figureLabel(t: Translate): string;
  /** The same inside a sentence: "p90 latency". */
  sentenceName(t: Translate): string;
  /** The figure where room is short: "12.4% errors", "98.6% up", "p90 ≤ 6 s". */
  compact(value: number | undefined, formats: Formats, t: Translate): string;
  /** The unit of `value`. */
  readonly unit: 'requests' | 'ratio' | 'bucket';
  readonly direction: 'lowerIsBetter' | 'higherIsBetter' | 'neutral';
  /** Codicon of its tree row. */
  readonly icon: string;
  /** The limits that judge it; undefined for counts, which are never judged. */
  limits(thresholds: Thresholds): LevelLimits | undefined;
  /** A limit (percent or seconds) in the unit of `value`. */
  limitValue(limit: number): number;
  limitText(limit: number, formats: FigureFormats): string;
  /** The period's figure; undefined where it is unknown. */
  value(totals: PeriodTotals): number | undefined;
  /** On how many requests or checks the figure stands. */
  sample(totals: PeriodTotals): number;
  /** From how many on it is judged. */
  readonly minimum: number;
  /** The figure as written: "12.4%", "≤ 6 s"; "–" where unknown. */
  format(value: number | undefined, formats: Formats): string;
  /** The figure as a screen reader says it. */
  speak(value: number | undefined, formats: Formats): string;
  change(now: number | undefined, before: number | undefined, formats: Formats, t: Translate): Change;
}

const unknownChange: Change = { kind: 'unknown', amount: '', word: '' };
const noChange: Change = { kind: 'same', amount: '', word: '' };

/** Counts change relatively; from tenfold on as a factor, and from nothing by the count itself. */
function countChange(now: number | undefined, before: number | undefined, formats: Formats, t: Translate): Change {
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
  return (now, before, formats, t) => {
    if (now === undefined || before === undefined) return unknownChange;
    const difference = now - before;
    // Below half a digit the text would read 0.0; the tiny extra forgives binary fractions.
    if (Math.abs(difference) < 0.0005 - 1e-12) return noChange;
    const up = difference > 0;
    return {
      kind: up ? 'up' : 'down',
      amount: t('{0} pts', formats.points(difference)),
      word: up === higherIsBetter ? t('better') : t('worse'),
    };
  };
}

const bucketChange: MetricDefinition['change'] = (now, before, formats, t) => {
  if (now === undefined || before === undefined) return unknownChange;
  if (now === before) return noChange;
  return {
    kind: now > before ? 'up' : 'down',
    amount: formats.secondsLimit(Math.abs(now - before)),
    word: now > before ? t('slower') : t('faster'),
  };
};

const counted = {
  unit: 'requests',
  limits: () => undefined,
  limitValue: (limit) => limit,
  limitText: (limit) => String(limit),
  minimum: 0,
  format: (value, formats) => formats.count(value),
  speak: (value, formats) => formats.count(value),
  change: countChange,
} satisfies Partial<MetricDefinition>;

const ratio = {
  unit: 'ratio',
  // Dividing both sides the same way keeps 7 of 100 from being above 7 %.
  limitValue: (limit) => limit / 100,
  limitText: (limit, formats) => formats.percentLimit(limit),
} satisfies Partial<MetricDefinition>;

export const metricTable: Readonly<Record<MetricName, MetricDefinition>> = {
  ENDPOINT_REQUEST_COUNT: {
    ...counted,
    name: 'ENDPOINT_REQUEST_COUNT',
    label: (t) => t('Requests'),
    figureLabel: (t) => t('Requests'),
    sentenceName: (t) => t('requests'),
    compact: (value, formats, t) => t('{0} requests', formats.count(value)),
    direction: 'neutral',
    icon: 'graph',
    value: (totals) => totals.requests,
    sample: (totals) => totals.requests ?? 0,
  },
  ENDPOINT_REQUEST_ERROR: {
    ...counted,
    name: 'ENDPOINT_REQUEST_ERROR',
    label: (t) => t('Errors'),
    figureLabel: (t) => t('Errors'),
    sentenceName: (t) => t('errors'),
    compact: (value, formats, t) => t('{0} errors', formats.count(value)),
    direction: 'lowerIsBetter',
    icon: 'bug',
    value: (totals) => totals.errors,
    sample: (totals) => totals.requests ?? 0,
  },
  ENDPOINT_REQUEST_ERROR_RATE: {
    ...ratio,
    name: 'ENDPOINT_REQUEST_ERROR_RATE',
    label: (t) => t('Error rate'),
    figureLabel: (t) => t('Error rate'),
    sentenceName: (t) => t('error rate'),
    compact: (value, formats, t) => t('{0} errors', formats.percent(value)),
    direction: 'lowerIsBetter',
    icon: 'graph-line',
    limits: (thresholds) => thresholds.errorRatePercent,
    value: (totals) => totals.errorRate,
    sample: (totals) => totals.requests ?? 0,
    minimum: 20,
    format: (value, formats) => formats.percent(value),
    speak: (value, formats) => formats.spoken.percent(value),
    change: ratioChange(false),
  },
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: {
    name: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    label: (t) => t('Latency'),
    figureLabel: (t) => t('p90 latency'),
    sentenceName: (t) => t('p90 latency'),
    compact: (value, formats, t) => t('p90 {0}', formats.latency(value as LatencyBucket | undefined)),
    unit: 'bucket',
    direction: 'lowerIsBetter',
    icon: 'watch',
    limits: (thresholds) => thresholds.p90Seconds,
    limitValue: (limit) => limit,
    limitText: (limit, formats) => formats.secondsLimit(limit),
    value: (totals) => totals.p90,
    sample: (totals) => totals.measured ?? 0,
    minimum: 20,
    format: (value, formats) => formats.latency(value as LatencyBucket | undefined),
    speak: (value, formats) => formats.spoken.latency(value as LatencyBucket | undefined),
    change: bucketChange,
  },
  ENDPOINT_AVAILABILITY: {
    ...ratio,
    name: 'ENDPOINT_AVAILABILITY',
    label: (t) => t('Availability'),
    figureLabel: (t) => t('Availability'),
    sentenceName: (t) => t('availability'),
    compact: (value, formats, t) => t('{0} up', formats.availability(value)),
    direction: 'higherIsBetter',
    icon: 'pulse',
    limits: (thresholds) => thresholds.availabilityPercent,
    value: (totals) => totals.availability,
    sample: (totals) => (totals.succeeded ?? 0) + (totals.failed ?? 0),
    minimum: 10,
    format: (value, formats) => formats.availability(value),
    speak: (value, formats) => formats.spoken.availability(value),
    change: ratioChange(true),
  },
};

/** The table in the order in which Flowmeter shows metrics. */
export const metricDefinitions: readonly MetricDefinition[] = metricNames.map((name) => metricTable[name]);

/** The metrics that have limits, in the order in which sentences name them. */
export const judgedMetrics = [
  'ENDPOINT_REQUEST_ERROR_RATE',
  'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
  'ENDPOINT_AVAILABILITY',
] as const satisfies readonly MetricName[];

/** The error rate is computed of both; and where no requests are known, no point of errors does not mean none. */
const madeOf: Partial<Readonly<Record<MetricName, readonly MetricName[]>>> = {
  ENDPOINT_REQUEST_ERROR_RATE: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
  ENDPOINT_REQUEST_ERROR: ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'],
};

/** True where the metric's figure, if it is unknown, is so because an answer could not be read. */
export function isUnread(metric: MetricName, unread: readonly MetricName[] = []): boolean {
  return (madeOf[metric] ?? [metric]).some((one) => unread.includes(one));
}

/** The change of a metric between two periods. */
export function changeOf(
  metric: MetricName,
  now: PeriodTotals | undefined,
  before: PeriodTotals | undefined,
  formats: Formats,
  t: Translate,
): Change {
  const definition = metricTable[metric];
  return definition.change(now && definition.value(now), before && definition.value(before), formats, t);
}
