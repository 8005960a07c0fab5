import type { HealthReason, FlowFigures, AccountFigures } from '../../domain/model';
import type { Speech } from '../speech';

/** A draft, a deprecated flow and one without endpoint have figures of the past at most. */
export function hidesFigures(reasons: readonly HealthReason[]): boolean {
  return reasons.some(({ cause }) => cause === 'draft' || cause === 'deprecated' || cause === 'noEndpoint');
}

/** True where nothing is known of a flow because its server no longer has metrics. */
export function isWithdrawn({ totals, unread = [], failures }: FlowFigures): boolean {
  return !totals && unread.length > 0 && unread.every((metric) => failures[metric]?.kind === 'withdrawn');
}

export function ageParts(figures: FlowFigures, speech: Speech, account: AccountFigures | undefined): string[] {
  const { now } = speech;
  return isAged(figures, account, now) ? [speech.old(now - figures.fetchedAt!)] : [];
}

export const minuteMs = 60_000;

/** True where figures are older than a person would expect: after a failure, from another time, or not reached yet. */
export function isAged({ stale, fetchedAt }: FlowFigures, account: AccountFigures | undefined, now: number): boolean {
  if (fetchedAt === undefined) return false;
  const age = now - fetchedAt;
  if (stale || !account) return stale;
  // Figures just read need no age, also where the rest is still being read.
  return account.read ? age > (account.freshFor ?? Infinity) : age >= minuteMs;
}
