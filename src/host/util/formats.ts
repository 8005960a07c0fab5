import { env } from 'vscode';
import { createFormats, type Formats } from '../../presentation/formats';
import type { Speech } from '../../presentation/speech';
import { translate } from './translate';

export const formats = createFormats(env.language, undefined, translate);

/** The formats by the clock of a page, which may stand in another zone than the computer that the editor runs on. */
export function formatsIn(zone: string | undefined): Formats {
  if (zone === undefined || zone === formats.timeZone) return formats;
  if (zoned?.timeZone !== zone) zoned = createFormats(env.language, zone, translate);
  return zoned;
}

let zoned: Formats | undefined;

/** The editor's language, as of now. */
export function speechNow(): Speech {
  return { ...formats, now: Date.now() };
}
