import type { Account } from '../../domain/account';
import { metricsErrorFrom, statusOfError } from '../../state/accountStatus';
import { speechNow } from './formats';
import { accountStatusTexts } from '../../presentation/texts/accountStatusTexts';

/** Why an account could not be read, in whole sentences. */
export function connectionErrorText(thrown: unknown, account: Account): string {
  const accountStatus = statusOfError(metricsErrorFrom(thrown));
  return accountStatusTexts(accountStatus, { account }, speechNow()).text;
}
