import { l10n } from 'vscode';
import type { CommandParts } from './commandParts';
import { showStatusBar } from '../storage/settingWrites';

/** Takes the item out of the status bar, and says how it comes back. */
export async function hideStatusBar({ notifier, log }: CommandParts): Promise<void> {
  await showStatusBar(false);
  const text = l10n.t('Flowmeter is hidden from the status bar. The setting “flowmeter.statusBar” shows it again.');
  notifier
    .info(text, { title: l10n.t('Show Again'), run: () => showStatusBar(true) })
    .catch((error) => log.error(error));
}
