import { isPrintableWord } from '../../util/printableWord';
import { l10n } from 'vscode';
import { askText, type InputResult, type StepPosition } from '../util/quickInput';

interface AppSecretQuestion extends StepPosition {
  readonly prompt: string;
  /** True where there is one already, which an empty answer keeps. */
  readonly known: boolean;
  /** The message where no secret is stored and none was entered. */
  readonly missing: string;
}

/** Asks for an app secret. Empty stands for the one that is known. */
export function askAppSecret({ prompt, known, missing, ...place }: AppSecretQuestion): Promise<InputResult<string>> {
  return askText({
    ...place,
    prompt: known ? `${prompt} ${l10n.t('Leave it empty to keep the current one.')}` : prompt,
    password: true,
    validate: (text) => {
      if (text === '') return known ? undefined : missing;
      return isPrintableWord(text, 500) ? undefined : l10n.t('An app secret has no spaces and no special letters.');
    },
  });
}
