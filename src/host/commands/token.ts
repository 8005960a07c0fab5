import { isPrintableWord } from '../../util/printableWord';
import { l10n } from 'vscode';
import { needsToken, type Account } from '../../domain/account';
import { plainName } from '../../presentation/escape';
import { isThrottled, type MetricsError } from '../../contract/errors';
import { shortestSecret } from '../../util/secretEncodings';
import { metricsErrorFrom } from '../../state/accountStatus';
import type { CommandParts } from './commandParts';
import { connectionErrorText } from '../util/connectionErrorText';
import { UserFacingError } from '../util/userFacingError';
import { askPick, askText, type Choice, type QuestionLink, type TextQuestion } from '../util/quickInput';
import { showStatusMessage } from './targets';
import { translate } from '../util/translate';
import { formats } from '../util/formats';
import { sourceTexts, tokenHost } from '../../presentation/texts/sourceTexts';
import { pauseTexts } from '../../presentation/texts/errorTexts';
import { notices } from '../../presentation/texts/notices';

/** Asks for a token, tries it, and lets it replace the old one only where it works. */
export async function setToken(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, credentials, refresher } = parts;
  const title = l10n.t('Set Access Token');
  const account = await targets.account(argument, title, needsToken);
  const fullTitle = account && `${title} — ${plainName(account.name)}`;
  if (!account || !fullTitle || !(await wantsNewToken(parts, account, fullTitle))) return;
  let trial: TokenTrial = {};
  const answer = await askText({
    title: fullTitle,
    ...tokenQuestion(account),
    tryOut: async (text, signal) => {
      trial = await tryToken(parts, account, text, signal);
      return trial.problem;
    },
  });
  if (answer.kind !== 'value') return;
  // The account may have gone or changed meanwhile; the token was entered for the one that was asked about.
  if (!targets.read({ account: account.name }).accountName) return;
  await credentials.set(account, answer.value);
  showTokenStored(parts, account, trial);
  await refresher.tokenChanged(account.name, true);
}

export async function removeToken(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, credentials, notifier, refresher } = parts;
  const account = await targets.account(argument, l10n.t('Remove Access Token'), needsToken);
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
  showStatusMessage(l10n.t('The access token of “{0}” is removed.', plainName(account.name)));
  await refresher.tokenChanged(account.name, true);
}

/** The problem with a token's spelling; only the server knows whether it works. */
function problemOfToken(text: string): string | undefined {
  if (text === '') return l10n.t('Enter a token, or press Escape to leave everything as it is.');
  if (text.length < shortestSecret) return l10n.t('A token has at least {0} characters.', shortestSecret);
  return isPrintableWord(text) ? undefined : l10n.t('A token has no spaces and no special letters.');
}

type TokenQuestion = Pick<TextQuestion, 'prompt' | 'password' | 'validate' | 'clean' | 'links' | 'waitingText'>;

/** Asks for the token of an account, wherever that is done. */
export function tokenQuestion(account: Account): TokenQuestion {
  return {
    prompt: tokenPrompt(account),
    password: true,
    validate: problemOfToken,
    clean: tokenIn,
    links: sourceTexts(account, translate).isMeta ? tokenLinks() : [],
    waitingText: l10n.t('Waiting for {0} to answer…', tokenHost(account) ?? ''),
  };
}

/** Tokens are often copied with the header that they stood in. */
function tokenIn(text: string): string {
  return text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
}

/** Pages that Meta's guides send people to. */
function tokenLinks(): QuestionLink[] {
  return [
    { title: l10n.t('Open Your Apps at Meta (for a Temporary Token)'), url: 'https://developers.facebook.com/apps' },
    {
      title: l10n.t('Open Meta’s Guide to System User Tokens'),
      url: 'https://developers.facebook.com/docs/whatsapp/business-management-api/get-started#system-user-access-tokens',
    },
  ];
}

/** Names the host to which the token goes, so that nobody hands it to another than they think. */
function tokenPrompt(account: Account): string {
  return sourceTexts(account, translate).isMeta
    ? l10n.t(
        'Access token, sent only to {0}, with whatsapp_business_management and whatsapp_business_messaging: a temporary one (your app, WhatsApp › API Setup) ends after 24 hours, that of a system user (Business settings) lasts longer.',
        tokenHost(account) ?? '',
      )
    : l10n.t(
        'Access token, sent only to {0}. A Flowmeter server prints it when it starts. It stays in the secret storage.',
        tokenHost(account) ?? '',
      );
}

/** The outcome of trying a token; with neither it works. */
export interface TokenTrial {
  /** The problem with the account or its token. */
  readonly problem?: string;
  /** The token is taken, but the server asks for a pause. */
  readonly pause?: MetricsError;
}

/** Tries a token with one small request. Whom a server asks to wait, it knows: such a token is a valid one. */
export async function tryToken(
  { connections, log }: CommandParts,
  account: Account,
  token: string,
  signal: AbortSignal,
): Promise<TokenTrial> {
  try {
    await connections.probe(account, token, signal);
    return {};
  } catch (thrown) {
    const error = metricsErrorFrom(thrown);
    const problem = connectionErrorText(error, account, true);
    log.warn(problem);
    return isThrottled(error) ? { pause: error } : { problem };
  }
}

/** Says that the token is stored, and from when on the flows are read with it. */
export function showTokenStored(
  { notifier, settings, log }: CommandParts,
  account: Account,
  { pause }: TokenTrial,
): void {
  if (!pause) return;
  const { retryAt } = pause.details;
  const until = retryAt === undefined ? undefined : formats.moment(retryAt, Date.now());
  const isByHand = settings.refreshMinutes.value[account.source] === 0;
  const text = notices.storedInPause(
    account,
    pauseTexts(pause, until, isByHand, sourceTexts(account, translate), translate),
    translate,
  );
  notifier.info(text, notifier.showLog).catch((error) => log.error(error));
}

/**
 * Offers the token of a former name to an account that has none. Both are of one origin, so it goes nowhere else than
 * before. True where a new token is to be asked for.
 */
async function wantsNewToken(parts: CommandParts, account: Account, title: string): Promise<boolean> {
  const { credentials, settings, targets, refresher } = parts;
  if ((await credentials.get(account)) !== undefined) return true;
  const names = await credentials.formerNames(account, settings.accountNames);
  if (names.length === 0) return true;
  const choices: Choice<string>[] = names.map((name) => ({
    label: l10n.t('Use the token of “{0}”', plainName(name)),
    description: l10n.t('entered for {0}', tokenHost(account) ?? ''),
    detail: l10n.t('No account has this name any more.'),
    value: name,
  }));
  const another = { label: l10n.t('Enter another token'), value: '' };
  const answer = await askPick({ title, placeholder: l10n.t('Which token?'), choices: [...choices, another] });
  if (answer.kind !== 'value') return false;
  if (answer.value === '') return true;
  const former = { ...account, name: answer.value };
  const token = await credentials.get(former);
  if (token === undefined) return true;
  const trial = await tryToken(parts, account, token, new AbortController().signal);
  if (trial.problem !== undefined) throw new UserFacingError(trial.problem);
  if (!targets.read({ account: account.name }).accountName) return false;
  await credentials.set(account, token);
  await credentials.remove(former);
  showTokenStored(parts, account, trial);
  await refresher.tokenChanged(account.name, true);
  return false;
}

function ownerOf(account: Account): string {
  return sourceTexts(account, translate).object;
}
