/** The line above the tree, for what concerns all of it. */
import { serverNow } from '../../domain/windows';
import type { Speech } from '../speech';
import type { AccountFigures, Snapshot } from '../../domain/model';
import type { ArrangedFlows } from './arrangement';
import { filterLabel } from './groupRow';
import { usedText } from '../texts/nextReadText';
import { sourceTexts } from '../texts/sourceTexts';

/** Undefined where there is nothing to say, or where a row says it. */
export function viewMessage(snapshot: Snapshot, speech: Speech, arranged: ArrangedFlows): string | undefined {
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
  const all = [...arrangementTexts(arranged, speech), ...accounts.flatMap((one) => slowedTexts(one, speech)), ...lines];
  return all.length === 0 ? undefined : all.join(' ');
}

/** Why a read takes minutes. */
function slowedTexts({ account, busy, slowedAt }: AccountFigures, speech: Speech): string[] {
  const { t } = speech;
  return busy && slowedAt !== undefined
    ? [t('{0} is read slowly: {1}.', sourceTexts(account, t).short, usedText(slowedAt, t))]
    : [];
}

/** That flows are left out, for nobody would look for what is not there. */
function arrangementTexts({ arrangement, matching, total, hidden }: ArrangedFlows, speech: Speech): string[] {
  const { t } = speech;
  const { filter, showsHidden } = arrangement;
  const texts: string[] = [];
  if (filter) {
    const name = filterLabel(filter, speech);
    texts.push(
      matching === 0
        ? t('Filter {0}: no flow matches.', name)
        : t('Filter {0}: {1} of {2} flows.', name, speech.count(matching), speech.count(total)),
    );
  }
  if (hidden > 0 && showsHidden) texts.push(t('Hidden flows are shown.'));
  else if (hidden > 0) texts.push(hiddenText(hidden, speech));
  return texts;
}

/** "2 flows are hidden." */
export function hiddenText(count: number, { t, count: figure }: Speech): string {
  return count === 1 ? t('1 flow is hidden.') : t('{0} flows are hidden.', figure(count));
}
