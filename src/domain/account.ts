import { metaBaseUrl, defaultApiVersion } from '../contract/routes';
import { parseBaseUrl } from '../contract/baseUrl';

/** An account as it stands in the settings: where flows come from. The token is never part of it. */

export const accountSources = ['meta', 'demo', 'meter', 'server'] as const;
export type AccountSource = (typeof accountSources)[number];

export interface Account {
  /** Unique; a person chose it. */
  readonly name: string;
  readonly source: AccountSource;
  readonly businessAccountId?: string;
  readonly flowIds?: readonly string[];
  /** Origin and path before the version; required for `server`, optional for `meta`. */
  readonly baseUrl?: string;
  /** `vN.N`. */
  readonly apiVersion?: string;
}

/** The WhatsApp Business Account that owns the demo flows. */
export const demoBusinessAccountId = '100200300400500';

/** The business account of a meter's flows, whatever their real one is. */
export const meterBusinessAccountId = '100200300400501';

/** The business account of our own servers, which an account need not name. */
export function embeddedBusinessAccountId(source: AccountSource): string | undefined {
  return source === 'demo' ? demoBusinessAccountId : source === 'meter' ? meterBusinessAccountId : undefined;
}

export function isDemo({ source }: Pick<Account, 'source'>): boolean {
  return source === 'demo';
}

export function isMeta({ source }: Pick<Account, 'source'>): boolean {
  return source === 'meta';
}

/** True for the account whose flows the meter on this computer measures. */
export function isMeter({ source }: Pick<Account, 'source'>): boolean {
  return source === 'meter';
}

/** True where a token of the person's own is needed. */
export function needsToken(account: Account): boolean {
  return account.source === 'meta' || account.source === 'server';
}

export interface AccountAddress {
  /** Origin and path before the version, without a slash at its end. */
  readonly baseUrl: string;
  readonly origin: string;
  /** `vN.N` */
  readonly version: string;
}

/**
 * Where an account's requests go. `embeddedUrl` is the address of the running server of `demo` and `meter` accounts, and
 * means nothing for others. Undefined where the address is missing or not allowed.
 */
export function accountAddress(account: Account, embeddedUrl?: string): AccountAddress | undefined {
  const { source, baseUrl } = account;
  const text = needsToken(account) ? (baseUrl ?? (source === 'meta' ? metaBaseUrl : undefined)) : embeddedUrl;
  const check = text === undefined ? undefined : parseBaseUrl(text);
  if (!check?.ok) return undefined;
  return { baseUrl: check.value.url, origin: check.value.origin, version: account.apiVersion ?? defaultApiVersion };
}
