/** The line above the tree, for what concerns all of it. */
import { serverNow } from '../../domain/windows';
import type { Speech } from '../speech';
import type { Snapshot } from '../../domain/model';
import { sourceTexts } from '../texts/sourceTexts';

/** Undefined where there is nothing to say, or where a row says it. */
export function viewMessage(snapshot: Snapshot, speech: Speech): string | undefined {
  const { t, now } = speech;
  const { accounts } = snapshot;
  if (accounts.some(({ read, flows, accountStatus }) => !read && !accountStatus && flows.length === 0))
    return t('Reading flows…');
  const lines = accounts.flatMap((account) => {
    const { flows, accountStatus } = account;
    const known = flows.filter(({ dataUpTo }) => dataUpTo !== undefined);
    // Single flows may have no traffic; only where all stand still the figures are late.
    if (accountStatus || known.length === 0 || !known.every(({ late }) => late)) return [];
    const newest = Math.max(...known.map(({ dataUpTo }) => dataUpTo!));
    const age = speech.old(serverNow(account.info, now) - newest);
    return [t('{0}: the newest figures are {1}.', sourceTexts(account.account, t).short, age)];
  });
  return lines.length === 0 ? undefined : lines.join(' ');
}
