/** Which level a flow has, and why. Two spans are judged, the worse wins; without evidence nothing is green or red. */
import type { MeterAlert } from '../contract/alert';
import type { Flow } from '../contract/flow';
import type { MetricName } from '../contract/metric';
import { alertLevel, isActive } from './alertLevels';
import { isUnread, judgedMetrics, metricRules } from './metrics';
import type {
  FlowFigures,
  HealthLevel,
  HealthReason,
  HealthReport,
  HealthWindow,
  LimitLevel,
  PeriodTotals,
  ReasonSpan,
  Thresholds,
} from './model';
import { retiredStatus, isNotMeasured } from './flowRules';

/** Worst first, as flows are listed. */
export const levelOrder: readonly HealthLevel[] = ['critical', 'warning', 'attention', 'healthy', 'unknown'];

/** The levels that a limit can have, worst first. */
export const limitLevels = ['critical', 'warning', 'attention'] as const satisfies readonly LimitLevel[];

/** Negative where `a` is worse than `b`. */
export function compareLevels(a: HealthLevel, b: HealthLevel): number {
  return levelOrder.indexOf(a) - levelOrder.indexOf(b);
}

export interface Crossing {
  readonly level: LimitLevel;
  /** In percent or seconds, as in the settings. */
  readonly threshold: number;
}

/**
 * The worst level that a metric's value crosses: strictly above its limit, for availability strictly below.
 * `value` is a ratio 0–1 or a latency bucket 1–11; as buckets are upper bounds, bucket 6 is above 5 s.
 */
export function crossingOf(
  metric: MetricName,
  value: number | undefined,
  thresholds: Thresholds,
): Crossing | undefined {
  const definition = metricRules[metric];
  const limits = definition.limits(thresholds);
  if (!limits || value === undefined) return undefined;
  for (const level of limitLevels) {
    const threshold = limits[level];
    if (threshold === undefined) continue;
    const limit = definition.limitValue(threshold);
    if (definition.direction === 'higherIsBetter' ? value < limit : value > limit) return { level, threshold };
  }
  return undefined;
}

/** Why a flow without enough figures is not judged. */
export type UnknownCause = 'notEnoughData' | 'notRead' | 'failed' | 'withdrawn' | 'auth';

export interface JudgeInput {
  readonly flow: Flow;
  readonly thresholds: Thresholds;
  /** The window of `totals`. */
  readonly window?: HealthWindow;
  readonly totals?: PeriodTotals;
  /** The newest three complete hours. */
  readonly recent?: PeriodTotals;
  /** Those that still hold count as Meta's word. */
  readonly alerts?: readonly MeterAlert[];
  /** Why figures are absent, where they are. */
  readonly cause?: UnknownCause;
  /** Metrics whose answers could not be read. */
  readonly unread?: readonly MetricName[];
}

/** Meta's word on the flow, worst first; the status goes before what it implies. */
function metaReasons(flow: Flow): HealthReason[] {
  const reasons: HealthReason[] = [];
  const canSend = flow.health?.canSendMessage;
  if (flow.status === 'BLOCKED') reasons.push({ level: 'critical', span: 'meta', cause: 'blocked' });
  else if (canSend === 'BLOCKED') reasons.push({ level: 'critical', span: 'meta', cause: 'cannotSend' });
  if (flow.status === 'THROTTLED') reasons.push({ level: 'warning', span: 'meta', cause: 'throttled' });
  else if (canSend === 'LIMITED') reasons.push({ level: 'warning', span: 'meta', cause: 'limited' });
  return reasons;
}

function alertReasons(alerts: readonly MeterAlert[]): HealthReason[] {
  return alerts
    .filter(isActive)
    .map((alert) => ({ level: alertLevel(alert), span: 'meta', cause: 'alert', text: alert.text, alert }));
}

interface Finding {
  readonly metric: MetricName;
  readonly span: ReasonSpan;
  readonly value: number;
  readonly crossing: Crossing | undefined;
}

/** The metric's figure of one span, where it stands on enough requests or checks. */
function find(
  metric: MetricName,
  totals: PeriodTotals | undefined,
  span: ReasonSpan | undefined,
  thresholds: Thresholds,
): Finding | undefined {
  if (!totals || !span) return undefined;
  const definition = metricRules[metric];
  const value = definition.value(totals);
  if (value === undefined || definition.sample(totals) < definition.minimum) return undefined;
  return { metric, span, value, crossing: crossingOf(metric, value, thresholds) };
}

/** Of one metric's findings the worse; the window's where they are equal. */
function worse(window: Finding | undefined, now: Finding | undefined): Finding | undefined {
  if (!window || !now) return window ?? now;
  return compareLevels(levelOf(now), levelOf(window)) < 0 ? now : window;
}

function levelOf(finding: Finding): HealthLevel {
  return finding.crossing?.level ?? 'healthy';
}

/** Judges a flow from its figures and Meta's word. */
export function judge(input: JudgeInput): HealthReport {
  const { flow, thresholds, window, totals, recent } = input;
  const judged = window && totals ? { window } : {};
  const unknown = (
    cause: NonNullable<HealthReason['cause']>,
    fine: readonly HealthReason[] = [],
    missing: readonly MetricName[] = [],
  ): HealthReport => ({
    level: 'unknown',
    reasons: [{ level: 'unknown', span: window ?? 'meta', cause }],
    fine,
    missing,
    ...judged,
  });
  const status = retiredStatus(flow);
  if (status) return unknown(status);
  const reasons = [...metaReasons(flow), ...alertReasons(input.alerts ?? [])];
  reasons.sort((a, b) => compareLevels(a.level, b.level));
  if (flow.endpointUri === null) {
    return reasons.length > 0 ? { level: reasons[0]!.level, reasons, fine: [], missing: [] } : unknown('noEndpoint');
  }

  const findings = judgedMetrics.map((metric) => ({
    metric,
    finding: worse(find(metric, totals, window, thresholds), find(metric, recent, 'now', thresholds)),
  }));
  const fine: HealthReason[] = [];
  const missing: MetricName[] = [];
  for (const { metric, finding } of findings) {
    if (!finding) missing.push(metric);
    else if (finding.crossing) {
      const { level, threshold } = finding.crossing;
      reasons.push({ level, span: finding.span, metric, value: finding.value, threshold });
    } else fine.push({ level: 'healthy', span: finding.span, metric, value: finding.value });
  }
  if (reasons.length > 0) {
    // The sort is stable: Meta's word stays before figures of the same level.
    reasons.sort((a, b) => compareLevels(a.level, b.level));
    return { level: reasons[0]!.level, reasons, fine, missing, ...judged };
  }
  const rateKnown = !missing.includes('ENDPOINT_REQUEST_ERROR_RATE');
  if (rateKnown && fine.length > 1) return { level: 'healthy', reasons: [], fine, missing, ...judged };
  const { cause, unread = [] } = input;
  // A figure that could not be read is unknown, not zero.
  if (cause === undefined && isUnread('ENDPOINT_REQUEST_ERROR_RATE', unread) && !rateKnown) {
    return {
      level: 'unknown',
      reasons: [{ level: 'unknown', span: window ?? 'meta', cause: 'failed', unread }],
      fine,
      missing,
      ...judged,
    };
  }
  return unknown(cause ?? causeOf(totals), fine, missing);
}

/** Why figures that were read are not enough. */
function causeOf(totals: PeriodTotals | undefined): NonNullable<HealthReason['cause']> {
  if (!totals) return 'notRead';
  const known = totals.requests !== undefined || totals.measured !== undefined || totals.availability !== undefined;
  return !known || totals.requests === 0 ? 'noRequests' : 'tooFew';
}

let collator: Intl.Collator | undefined;

/** Order of flows: worst first, parked ones last, then by name with numbers as numbers. */
export function compareFlows(a: FlowFigures, b: FlowFigures): number {
  collator ??= new Intl.Collator(undefined, { numeric: true });
  return (
    compareLevels(a.report.level, b.report.level) ||
    Number(isNotMeasured(a.flow)) - Number(isNotMeasured(b.flow)) ||
    collator.compare(a.flow.name, b.flow.name) ||
    // Two flows of one name keep their places from refresh to refresh.
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}
