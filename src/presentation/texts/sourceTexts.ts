import { type Account, accountAddress } from '../../domain/account';
import type { Translate } from '../translate';
import { metaBaseUrl } from '../../contract/routes';
import { plainName } from '../escape';

/** How the other side is named. */
export interface SourceTexts {
  /** "Meta, account “Bistro Nord”", "Demo data", "Your measurements", "Server at HOST". */
  readonly text: string;
  /** "Meta", "Demo data", …, for the head of the page. */
  readonly short: string;
  /** At the beginning of a sentence: "Meta", "Demo data", "The server at HOST". */
  readonly subject: string;
  /** Inside a sentence: "the server at HOST". */
  readonly object: string;
  readonly isMeta: boolean;
}

export function sourceTexts(account: Account, t: Translate): SourceTexts {
  switch (account.source) {
    case 'meta':
      // Settings with another address are refused; should one come another way, no text calls it Meta.
      if ((account.baseUrl ?? metaBaseUrl) !== metaBaseUrl) return serverSourceTexts(account, t);
      return {
        text: t('Meta, account “{0}”', plainName(account.name)),
        short: t('Meta'),
        subject: t('Meta'),
        object: t('Meta'),
        isMeta: true,
      };
    case 'demo':
      return localSourceTexts(t('Demo data'), t('demo data'));
    case 'meter':
      return localSourceTexts(t('Your measurements'), t('your measurements'));
    case 'server':
      return serverSourceTexts(account, t);
  }
}

function serverSourceTexts(account: Account, t: Translate): SourceTexts {
  const host = tokenHost(account) ?? plainName(account.name);
  const text = t('Server at {0}', host);
  return {
    text,
    short: text,
    subject: t('The server at {0}', host),
    object: t('the server at {0}', host),
    isMeta: false,
  };
}

function localSourceTexts(words: string, object: string): SourceTexts {
  return { text: words, short: words, subject: words, object, isMeta: false };
}

/** The host to which an account's token goes, as a person is shown it before entering one. */
export function tokenHost(account: Account): string | undefined {
  const url = accountAddress(account);
  return url && new URL(url.origin).host;
}
