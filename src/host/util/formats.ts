import { env } from 'vscode';
import { createFormats } from '../../presentation/formats';
import { translate } from './translate';

export const formats = createFormats(env.language, undefined, translate);
