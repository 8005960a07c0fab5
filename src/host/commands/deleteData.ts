import { l10n } from 'vscode';
import type { CommandParts } from './commandParts';
import { removeAllAccounts } from '../storage/settingWrites';
import { deleteStoredData } from '../storage/storedData';
import { UserFacingError } from '../util/userFacingError';
import { showStatusMessage } from './targets';

/** Leaves nothing of Flowmeter on this computer but its settings of taste: the editor's uninstalling cannot do it. */
export async function deleteData({ notifier, credentials, meter, storedData, log }: CommandParts): Promise<void> {
  const sure = await notifier.confirm(
    l10n.t('Delete all Flowmeter data?'),
    l10n.t(
      'All accounts, their access tokens, and everything that Flowmeter keeps on this computer are deleted. This cannot be undone. Nothing changes at Meta or at another server.',
    ),
    l10n.t('Delete'),
  );
  if (!sure) return;
  // Accounts go first: what serves them ends, and nothing writes any more.
  await removeAllAccounts();
  const left: string[] = [];
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (thrown) {
      log.error(thrown);
      left.push(what);
    }
  };
  // The meter would go on writing for a while, also for other windows; one that could not be stopped keeps its files.
  let meterStays = true;
  await attempt(l10n.t('the meter and its files'), async () => {
    await meter.stop({ force: true });
    meterStays = false;
  });
  // Tokens are found by the notes of their ids, which are files: those of tokens that stay must stay with them.
  let tokensStay = true;
  await attempt(l10n.t('access tokens'), async () => {
    await credentials.removeAll();
    tokensStay = false;
  });
  await attempt(l10n.t('files'), () =>
    deleteStoredData(storedData, { exceptSecretIds: tokensStay, exceptMeter: meterStays }),
  );
  if (left.length > 0) {
    throw new UserFacingError(
      l10n.t('Not everything could be deleted. Left over: {0}. Run the command again.', left.join(', ')),
    );
  }
  showStatusMessage(l10n.t('All Flowmeter data is deleted.'));
}
