/** The state of a flow as far as it is worth a message: how bad its figures are, and what Meta itself says. */
import type { HealthReason, HealthReport } from './model';

/** Mildest first. Attention is fine: it asks for a look, not for an interruption. */
export const alarms = ['fine', 'warning', 'critical'] as const;
export type Alarm = (typeof alarms)[number];

/** Mildest first: Meta lets the flow be sent, slows it down, or stops it. */
export const metaWords = ['none', 'limited', 'blocked'] as const;
type MetaWord = (typeof metaWords)[number];

export interface Condition {
  readonly alarm: Alarm;
  readonly meta: MetaWord;
}

/** Undefined where nothing is judged: that is neither better nor worse than what was known. */
export function conditionOf({ level, reasons }: HealthReport): Condition | undefined {
  if (level === 'unknown') return undefined;
  const causes = reasons.map(({ cause }) => cause);
  const meta: MetaWord =
    causes.includes('blocked') || causes.includes('cannotSend')
      ? 'blocked'
      : causes.includes('throttled') || causes.includes('limited')
        ? 'limited'
        : 'none';
  return { alarm: level === 'warning' || level === 'critical' ? level : 'fine', meta };
}

/** A flow of which nothing is judged, though it was looked at: whatever it gets from then on is a change. */
export function isFoundUnjudged({ reasons: [first] }: HealthReport): boolean {
  const { cause } = first ?? {};
  return unjudgedCauses.has(cause);
}

const unjudgedCauses: ReadonlySet<HealthReason['cause']> = new Set<HealthReason['cause']>([
  ...(['draft', 'deprecated', 'noEndpoint', 'notEnoughData', 'noRequests', 'tooFew'] as const),
]);

export const fineCondition: Condition = { alarm: 'fine', meta: 'none' };

/** Above 0 where `a` is worse; the level counts before Meta's word. */
export function compareConditions(a: Condition, b: Condition): number {
  return alarms.indexOf(a.alarm) - alarms.indexOf(b.alarm) || metaWords.indexOf(a.meta) - metaWords.indexOf(b.meta);
}

export function reaches({ alarm }: Condition, limit: Alarm): boolean {
  return alarms.indexOf(alarm) >= alarms.indexOf(limit);
}
