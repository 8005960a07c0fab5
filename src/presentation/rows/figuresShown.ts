import { isMeter } from '../../domain/account';
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
  return isAged(figures, account, speech.now) ? [ageText(figures, speech)] : [];
}

/** "not updated since 14:18" after a failure, else "3 h old"; of figures that are aged. */
export function ageText({ stale, fetchedAt = 0 }: FlowFigures, speech: Speech): string {
  return stale ? notUpdatedText(fetchedAt, speech) : speech.old(speech.now - fetchedAt);
}

/**
 * "fetched 14:16", or since when reading has failed: times, since the text stands while ages grow. Undefined where nothing
 * was ever read, and of a meter, which tells of news by itself: when it was last asked says nothing.
 */
export function fetchedText(
  figures: FlowFigures,
  account: AccountFigures | undefined,
  speech: Speech,
): string | undefined {
  const { stale, fetchedAt } = figures;
  if (fetchedAt === undefined) return undefined;
  if (stale) return notUpdatedText(fetchedAt, speech);
  if (account && isMeter(account.account) && !isAged(figures, account, speech.now)) return undefined;
  return speech.t('fetched {0}', speech.moment(fetchedAt, speech.now));
}

export function notUpdatedText(fetchedAt: number, speech: Speech): string {
  return speech.t('not updated since {0}', speech.moment(fetchedAt, speech.now));
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
