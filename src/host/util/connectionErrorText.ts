import { isMeter, type Account } from '../../domain/account';
import { metricsErrorFrom, statusOfError } from '../../state/accountStatus';
import { speechNow } from './formats';
import { accountStatusTexts } from '../../presentation/texts/accountStatusTexts';
import { sourceTexts } from '../../presentation/texts/sourceTexts';
import { unreachableAdvice } from '../../presentation/texts/unreachableTexts';

/** Why an account could not be read and what to do, in whole sentences; also to a person who enters its token. */
export function connectionErrorText(thrown: unknown, account: Account, isEntering = false): string {
  const error = metricsErrorFrom(thrown);
  const speech = speechNow();
  const { text } = accountStatusTexts(statusOfError(error), { account, isEntering }, speech);
  const advice = isMeter(account) ? undefined : unreachableAdvice(error, sourceTexts(account, speech.t), speech.t);
  return advice === undefined ? text : `${text} ${advice}`;
}
