import { isDemo, isMeter, type Account } from '../../domain/account';
import type { MetricsError } from '../../contract/errors';
import type { Translate } from '../translate';
import { plainName } from '../escape';
import type { Speech } from '../speech';
import { sourceTexts } from './sourceTexts';
import { withLowerCaseSubject, errorText, type PauseTexts } from './errorTexts';

/** Sentences of notifications; buttons are the caller's. */
export const notices = {
  tokenRefused: (account: Account, error: MetricsError | undefined, t: Translate): string => {
    const name = plainName(account.name);
    switch (error?.details.reason) {
      case 'invalid':
        return t('The access token of “{0}” is not valid.', name);
      case 'passwordChanged':
        return t('The access token of “{0}” ended with a change of password.', name);
      case 'expired':
      case undefined:
        return t('The access token of “{0}” has expired.', name);
    }
  },
  /** `keptFrom`: when the figures that stay were read. */
  refreshFailed: (
    name: string,
    error: MetricsError,
    account: Account,
    keptFrom: number | undefined,
    speech: Speech,
  ): string => {
    const { t, now } = speech;
    const source = sourceTexts(account, t);
    const text = t(
      'Could not refresh {0}: {1}',
      plainName(name),
      withLowerCaseSubject(errorText(error, source, t), source),
    );
    return keptFrom === undefined ? text : t('{0} The figures from {1} stay.', text, speech.moment(keptFrom, now));
  },
  storedInPause: (account: Account, { headline, text }: PauseTexts, t: Translate): string =>
    t('The access token of “{0}” is stored. {1}. {2}', plainName(account.name), headline, text),
  saved: (fileName: string, t: Translate): string => t('Saved {0}.', plainName(fileName)),
  removeQuestion: (accountName: string, t: Translate): string => t('Remove “{0}”?', plainName(accountName)),
  removeDetail: (account: Account, t: Translate): string => {
    const kept = t('The days and marks that are kept of its flows on this computer are deleted.');
    if (isDemo(account)) return t('Its marks are deleted. Demo data can be added again at any time.');
    if (isMeter(account)) {
      return t('The meter stops. What it measured stays on this computer, for the next Start Meter. {0}', kept);
    }
    return t(
      'Its token is deleted from this computer. {0} Nothing changes at {1}.',
      kept,
      sourceTexts(account, t).object,
    );
  },
} as const;
