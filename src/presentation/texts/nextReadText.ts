import { isMeter } from '../../domain/account';
import type { AccountFigures, AccountStatusKind } from '../../domain/model';
import type { Speech } from '../speech';
import type { Translate } from '../translate';

/** Their own sentences say how it goes on. */
const tellingStatuses: ReadonlySet<AccountStatusKind | undefined> = new Set<AccountStatusKind>([
  ...(['tokenMissing', 'tokenRefused', 'throttled', 'offline', 'failed'] as const),
]);

/** "next read at 15:16", or what the next read waits for; undefined where the account's status says it, and of a live meter. */
export function nextReadText(account: AccountFigures, { t, now, moment }: Speech): string | undefined {
  const { accountStatus, busy, byHand = false, nextRead, slowedAt } = account;
  if (tellingStatuses.has(accountStatus?.kind) || isMeter(account.account)) return undefined;
  if (busy) return slowedAt === undefined ? t('reading now') : t('reading slowly: {0}', usedText(slowedAt, t));
  if (byHand) return t('next read when you refresh');
  if (nextRead === 'onceSeen') return t('next read when this window has the focus');
  if (nextRead === undefined) return undefined;
  return nextRead <= now ? t('next read now') : t('next read at {0}', moment(nextRead, now));
}

/** "83% of the calls allowed are used up" */
export function usedText(percent: number, t: Translate): string {
  return t('{0}% of the calls allowed are used up', Math.floor(percent));
}
