import type { Account } from '../contract/account';
import { troubleWords } from '../core/wording';
import { metricsErrorFrom, troubleOfError } from '../state/trouble';
import { translate } from './translate';
import { formats } from './words';

/** Why an account could not be read, in whole sentences. */
export function explain(thrown: unknown, account: Account): string {
  const trouble = troubleOfError(metricsErrorFrom(thrown));
  return troubleWords(trouble, account, formats, translate, Date.now()).text;
}
