import { l10n } from 'vscode';
import type { CommandParts } from './commandParts';
import { showStatusMessage } from './targets';

/** Stops the meter for every window; what it measured stays. */
export async function stopMeter({ meter }: CommandParts): Promise<void> {
  try {
    await meter.stop();
  } catch (thrown) {
    // Its row says again that it is there, and which process it is.
    void meter.start();
    throw thrown;
  }
  showStatusMessage(l10n.t('The meter is stopped.'));
}
