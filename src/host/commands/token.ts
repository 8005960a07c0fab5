import { l10n } from 'vscode';
import { needsToken, type Account } from '../../contract/account';
import { plainName } from '../../core/escape';
import { sourceWords } from '../../core/wording';
import type { CommandParts } from '../commandParts';
import { explain } from '../explain';
import { HumanError } from '../humanError';
import { askText } from '../quickInput';
import { sayInPassing } from '../targets';
import { translate } from '../translate';

/** Asks for a token, tries it, and lets it replace the old one only where it works. */
export async function setToken(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, credentials, refresher } = parts;
  const title = l10n.t('Set Access Token');
  const account = await accountWithToken(parts, argument, title);
  if (!account) return;
  const answer = await askText({
    title: `${title} — ${plainName(account.name)}`,
    prompt: tokenPrompt(account),
    password: true,
    validate: problemOfToken,
    tryOut: (text, signal) => tryToken(parts, account, text, signal),
  });
  if (answer.kind !== 'value') return;
  // The account may have gone or changed meanwhile; the token was entered for the one that was asked about.
  if (!targets.read({ account: account.name }).accountName) return;
  await credentials.set(account, answer.value);
  await refresher.tokenChanged(account.name, true);
}

export async function removeToken(parts: CommandParts, argument: unknown): Promise<void> {
  const { credentials, notifier, refresher } = parts;
  const account = await accountWithToken(parts, argument, l10n.t('Remove Access Token'));
  if (!account) return;
  const sure = await notifier.confirm(
    l10n.t('Remove the access token of “{0}”?', plainName(account.name)),
    l10n.t(
      'It is deleted from this computer, and Flowmeter stops reading these flows. Nothing changes at {0}.',
      ownerOf(account),
    ),
    l10n.t('Remove'),
  );
  if (!sure) return;
  await credentials.remove(account);
  sayInPassing(l10n.t('The access token of “{0}” is removed.', plainName(account.name)));
  await refresher.tokenChanged(account.name, true);
}

/** What is wrong with a token as it stands; whether it works only the server knows. */
export function problemOfToken(text: string): string | undefined {
  if (text === '') return l10n.t('Enter a token, or press Escape to leave everything as it is.');
  return /^[\x21-\x7e]+$/.test(text) ? undefined : l10n.t('A token has no spaces and no special letters.');
}

export function tokenPrompt(account: Account): string {
  return account.source === 'meta'
    ? l10n.t(
        'Access token with whatsapp_business_management and whatsapp_business_messaging: a temporary one (your app, WhatsApp › API Setup) ends after 24 hours, that of a system user (Business settings) lasts longer.',
      )
    : l10n.t(
        'Access token of the server. A Flowmeter server prints it when it starts. It stays in the secret storage.',
      );
}

/** What is wrong with the account or its token, found out with one small request; undefined where both are right. */
export async function tryToken(
  { connections, log }: CommandParts,
  account: Account,
  token: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await connections.probe(account, token, signal);
    return undefined;
  } catch (thrown) {
    const problem = explain(thrown, account);
    log.warn(problem);
    return problem;
  }
}

async function accountWithToken(parts: CommandParts, argument: unknown, title: string): Promise<Account | undefined> {
  const accounts = parts.settings.accounts.value.accounts.filter(needsToken);
  if (accounts.length === 0) throw new HumanError(l10n.t('No account needs an access token. Connect one first.'));
  return parts.targets.account(argument, title, needsToken);
}

function ownerOf(account: Account): string {
  return sourceWords(account, translate).object;
}
