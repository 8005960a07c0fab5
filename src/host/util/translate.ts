import { l10n } from 'vscode';
import type { Translate } from '../../presentation/translate';

/** The editor's display language, for whatever a person reads. */
export const translate: Translate = (message, ...args) => l10n.t(message, ...args);
