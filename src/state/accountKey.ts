import type { Account } from '../domain/account';

/** The same text for the same account: the settings are plain JSON, so two are one where they read the same. */
export function accountKey(account: Account): string {
  return JSON.stringify(Object.entries(account).sort());
}

export function sameAccount(a: Account, b: Account): boolean {
  return accountKey(a) === accountKey(b);
}
