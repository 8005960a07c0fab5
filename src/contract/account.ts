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

export const metaBaseUrl = 'https://graph.facebook.com';

/** The newest version of the Graph API when this was written; v16.0 of Meta's page expired in May 2025. */
export const defaultApiVersion = 'v26.0';

/** The WhatsApp Business Account that owns the demo flows. */
export const demoBusinessAccountId = '100200300400500';

/** The business account of a meter's flows, whatever their real one is. */
export const meterBusinessAccountId = '100200300400501';

/** The business account of our own servers, which an account need not name. */
export function embeddedBusinessAccountId(source: AccountSource): string | undefined {
  return source === 'demo' ? demoBusinessAccountId : source === 'meter' ? meterBusinessAccountId : undefined;
}

/** True where a token of the person's own is needed. */
export function needsToken(account: Account): boolean {
  return account.source === 'meta' || account.source === 'server';
}
