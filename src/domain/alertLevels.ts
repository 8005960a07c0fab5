/** Which metric an alert of Meta speaks of, and which level each of Meta's own limits is. */
import type { MeterAlert } from '../contract/alert';
import type { MetricName } from '../contract/metric';
import type { LimitLevel } from './model';

interface AlertRule {
  readonly metric: MetricName;
  /** From the unit of the event to that of the settings. */
  readonly limit: (threshold: number) => number;
  readonly levels: Readonly<Partial<Record<number, LimitLevel>>>;
}

const rules: Readonly<Partial<Record<string, AlertRule>>> = {
  ENDPOINT_ERROR_RATE: {
    metric: 'ENDPOINT_REQUEST_ERROR_RATE',
    limit: (threshold) => threshold,
    levels: { 5: 'attention', 10: 'warning', 50: 'critical' },
  },
  ENDPOINT_LATENCY: {
    metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
    limit: (threshold) => threshold / 1000,
    levels: { 1000: 'attention', 5000: 'warning', 7000: 'critical' },
  },
  ENDPOINT_AVAILABILITY: {
    metric: 'ENDPOINT_AVAILABILITY',
    limit: (threshold) => threshold,
    levels: { 90: 'critical' },
  },
};

/** Types come from outside: one may be called as what every object has. */
export function alertRuleOf(type: string): AlertRule | undefined {
  return Object.hasOwn(rules, type) ? rules[type] : undefined;
}

/** The level of the limit that was crossed; an alert without one of Meta's own limits is a warning. */
export function alertLevel({ type, threshold }: MeterAlert): LimitLevel {
  return (threshold === undefined ? undefined : alertRuleOf(type)?.levels[threshold]) ?? 'warning';
}

/** True while it has not ended. */
export function isActive({ state, until }: MeterAlert): boolean {
  return state === 'ACTIVATED' && until === undefined;
}
