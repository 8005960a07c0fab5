import type { MetricsError } from '../../contract/errors';
import { type AccountStatus, isTokenStatus } from '../../domain/model';
import type { Formats } from '../formats';
import type { Translate } from '../translate';

/** Why a token is of no use, for all the places that say so. */
interface TokenTexts {
  /** "The access token has expired" */
  readonly headline: string;
  /** "the access token has expired" */
  readonly reason: string;
  /** "Token expired" */
  readonly short: string;
  /** "token expired", in the row of a flow */
  readonly inRow: string;
}

export function tokenTexts(error: MetricsError | undefined, missing: boolean, formats: Formats): TokenTexts {
  const { t, sentence } = formats;
  const [reason, inRow] = missing
    ? [t('there is no access token'), t('token missing')]
    : refusalTexts(error?.details.reason, t);
  return { headline: sentence(reason), reason, short: sentence(inRow), inRow };
}

function refusalTexts(reason: MetricsError['details']['reason'], t: Translate): readonly [string, string] {
  switch (reason) {
    case 'invalid':
      return [t('the access token is not valid'), t('token not valid')];
    case 'passwordChanged':
      return [t('the access token ended with a change of password'), t('token expired')];
    case 'expired':
    case undefined:
      return [t('the access token has expired'), t('token expired')];
  }
}

/** Undefined where the account is not stopped by its token. */
export function accountTokenTexts(status: AccountStatus | undefined, formats: Formats): TokenTexts | undefined {
  return isTokenStatus(status) ? tokenTexts(status.error, status.kind === 'tokenMissing', formats) : undefined;
}
