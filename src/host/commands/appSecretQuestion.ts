import { isPrintableWord } from '../../util/printableWord';
import { l10n } from 'vscode';
import { askText, type InputResult, type StepPosition } from '../util/quickInput';

interface AppSecretQuestion extends StepPosition {
  readonly prompt: string;
  /** True where there is one already, which an empty answer keeps. */
  readonly known?: boolean;
  /** The message where none was entered and one is needed. */
  readonly missing?: string;
}

/** Asks for an app secret, which may be empty where one is known or none is needed. */
export function askAppSecret({ prompt, known, missing, ...place }: AppSecretQuestion): Promise<InputResult<string>> {
  return askText({
    ...place,
    prompt: known ? `${prompt} ${l10n.t('Leave it empty to keep the current one.')}` : prompt,
    password: true,
    validate: (text) => {
      if (text === '') return known ? undefined : missing;
      return isPrintableWord(text, 500) ? undefined : l10n.t('An app secret has no spaces and no special letters.');
    },
    // Endpoints on trial may have a made-up one.
    doubt: (text) =>
      text === '' || /^[0-9a-f]{32}$/i.test(text)
        ? undefined
        : l10n.t('Meta’s app secrets have 32 digits, 0–9 and a–f. Press Enter again to use this one all the same.'),
  });
}
