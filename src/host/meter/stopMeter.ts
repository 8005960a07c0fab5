import { l10n } from 'vscode';
import type { CommandParts } from '../commandParts';
import { sayInPassing } from '../targets';

/** Stops the meter for every window; what it measured stays. */
export async function stopMeter({ meter }: CommandParts): Promise<void> {
  await meter.stop();
  sayInPassing(l10n.t('The meter is stopped.'));
}
