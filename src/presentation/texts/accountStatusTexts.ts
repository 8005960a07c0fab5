import { isOwnLimit, type MetricsError } from '../../contract/errors';
import type { AccountStatus, AccountFigures } from '../../domain/model';
import type { Speech } from '../speech';
import { sourceTexts, tokenHost, type SourceTexts } from './sourceTexts';
import { plainName } from '../escape';
import { tokenTexts } from './tokenTexts';
import { managementPermission, pauseTexts, withRetry, withdrawnText, errorText, graphObjectName } from './errorTexts';
import { isMeter, type Account } from '../../domain/account';
import type { Translate } from '../translate';

/** The status of an account in a row of the tree. */
interface AccountStatusTexts {
  readonly label: string;
  readonly description: string;
  /** Whole sentences, for tooltip and screen reader. */
  readonly text: string;
}

/** `byHand`: the account is not polled, so nothing goes on by itself. `isEntering`: a person is asked for the token. */
// Long, since it has one case for each status.
// eslint-disable-next-line max-lines-per-function
export function accountStatusTexts(
  accountStatus: AccountStatus,
  {
    account,
    byHand = false,
    isEntering = false,
  }: Pick<AccountFigures, 'account' | 'byHand'> & { readonly isEntering?: boolean },
  speech: Speech,
): AccountStatusTexts {
  const { t, now } = speech;
  const source = sourceTexts(account, t);
  const name = plainName(account.name);
  switch (accountStatus.kind) {
    case 'tokenMissing':
    case 'tokenRefused': {
      const missing = accountStatus.kind === 'tokenMissing';
      const words = tokenTexts(accountStatus.error, missing, speech);
      const former = accountStatus.formerName === undefined ? undefined : plainName(accountStatus.formerName);
      return {
        label: words.short,
        description:
          former !== undefined
            ? t('Use the token of “{0}”…', former)
            : source.isMeta
              ? t('Set Access Token…')
              : t('{0} · Set Access Token…', tokenHost(account) ?? plainName(account.name)),
        text: !missing
          ? isEntering
            ? t('{0}. {1} refused the token of “{2}”. Enter another one.', words.headline, source.subject, name)
            : t('{0}. {1} refused the token of “{2}”. Set a new one.', words.headline, source.subject, name)
          : former !== undefined
            ? t(
                '“{0}” has no access token for {1} on this computer. That of “{2}” is still here: use it, or set another one.',
                name,
                source.object,
                former,
              )
            : t('“{0}” has no access token for {1} on this computer. Set one to read its flows.', name, source.object),
      };
    }
    case 'permission':
      return {
        label: t('A permission is missing'),
        description: managementPermission,
        text: t('The token of “{0}” needs the permission {1}.', name, managementPermission),
      };
    case 'throttled': {
      const until = accountStatus.retryAt === undefined ? undefined : speech.moment(accountStatus.retryAt, now);
      const { headline, text } = pauseTexts(accountStatus.error, until, byHand, source, t);
      return {
        label: pausedLabel(accountStatus.error, until, source, t),
        description: '',
        text: t('{0}. {1}', headline, text),
      };
    }
    case 'offline':
      if (isMeter(account)) {
        return {
          label: t('No meter'),
          description: t('Start Meter…'),
          text: t('The meter is not running, so nothing is recorded. Its row in the Flows view shows why.'),
        };
      }
      return {
        label: t('Offline'),
        description: t('{0} could not be reached', source.subject),
        text: withRetry(
          accountStatus.error
            ? errorText(accountStatus.error, source, t)
            : t('{0} could not be reached.', source.subject),
          accountStatus.retryAt,
          speech,
          byHand,
        ),
      };
    case 'withdrawn':
      return {
        label: t('Metrics no longer available'),
        description: source.short,
        text: withdrawnText(source, t),
      };
    case 'notFound':
      if (accountStatus.error?.details.objectType !== undefined) {
        return wrongIdTexts(accountStatus.error.details.objectType, account, t);
      }
      return {
        label: t('Account not found'),
        description: '',
        text: t(
          '{0} does not know the business account or the flows of “{1}”, or this token cannot see them.',
          source.subject,
          name,
        ),
      };
    case 'noFlows':
      if (isMeter(account)) {
        return {
          label: t('No flows yet'),
          description: t('Add Flow to Meter…'),
          text: t('The meter measures no flow yet. Add one, and send its requests through the meter.'),
        };
      }
      return {
        label: t('No flows yet'),
        description: '',
        text: t('“{0}” has no flows yet. Create one in WhatsApp Manager, then refresh.', name),
      };
    case 'failed':
      return {
        label: t('Could not be read'),
        description: source.short,
        text: withRetry(
          accountStatus.error ? errorText(accountStatus.error, source, t) : t('“{0}” could not be read.', name),
          accountStatus.retryAt,
          speech,
          byHand,
        ),
      };
  }
}

function wrongIdTexts(objectType: string, account: Account, t: Translate): AccountStatusTexts {
  const name = plainName(account.name);
  const what = graphObjectName(objectType, t);
  const { businessAccountId, flowIds } = account;
  if (businessAccountId === undefined) {
    return {
      label: t('Wrong ID'),
      description: t('of {0}', what),
      text: t(
        'The ID {0} of “{1}” is that of {2}, not of a flow. Connect again with the right one: WhatsApp Manager shows it under Flows.',
        flowIds?.[0] ?? '',
        name,
        what,
      ),
    };
  }
  return {
    label: t('Wrong ID'),
    description: t('of {0}', what),
    text: t(
      'The ID {0} of “{1}” is that of {2}, not of a WhatsApp Business Account. Connect again with the right one: WhatsApp Manager shows it under Account tools › Overview.',
      businessAccountId,
      name,
      what,
    ),
  };
}

/** "Throttled" is what Meta does to a flow; an API limit, or Flowmeter's own, only pauses reading. */
function pausedLabel(
  error: MetricsError | undefined,
  until: string | undefined,
  { isMeta }: SourceTexts,
  t: Translate,
): string {
  if (isOwnLimit(error)) {
    return until === undefined
      ? t('Paused by Flowmeter’s own limit')
      : t('Paused by Flowmeter’s own limit until {0}', until);
  }
  if (isMeta)
    return until === undefined ? t('Paused by Meta’s API limit') : t('Paused by Meta’s API limit until {0}', until);
  return until === undefined
    ? t('Paused by the server’s API limit')
    : t('Paused by the server’s API limit until {0}', until);
}
