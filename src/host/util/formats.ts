import { env } from 'vscode';
import { createFormats } from '../../presentation/formats';
import type { Speech } from '../../presentation/speech';
import { translate } from './translate';

export const formats = createFormats(env.language, undefined, translate);

/** The editor's language, as of now. */
export function speechNow(): Speech {
  return { ...formats, now: Date.now() };
}
