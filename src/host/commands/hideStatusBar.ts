import { l10n } from 'vscode';
import type { CommandParts } from './commandParts';

/** Takes the item out of the status bar, and says how it comes back. */
export async function hideStatusBar({ settings, notifier, log }: CommandParts): Promise<void> {
  await settings.showStatusBar(false);
  const text = l10n.t('Flowmeter is hidden from the status bar. The setting “flowmeter.statusBar” shows it again.');
  notifier
    .info(text, { title: l10n.t('Show Again'), run: () => settings.showStatusBar(true) })
    .catch((error) => log.error(error));
}
