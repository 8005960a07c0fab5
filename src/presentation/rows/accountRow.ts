import type { AccountFigures } from '../../domain/model';
import type { Speech } from '../speech';
import type { RowIcon, RowModel } from './rowModel';
import { plainName, escapeMarkdown } from '../escape';
import { flowCountText } from '../texts/labels';
import { nextReadText } from '../texts/nextReadText';
import { sourceTexts } from '../texts/sourceTexts';
import { accountStatusTexts } from '../texts/accountStatusTexts';
import { isMeta, isMeter, needsToken } from '../../domain/account';
import { statusIcons } from './accountStatusRow';
import { notUpdatedText } from './figuresShown';
import { levelCountText, worstLevel } from './worstLevel';

const sourceIcons = {
  meta: 'comment-discussion',
  demo: 'beaker',
  meter: 'dashboard',
  server: 'server',
} as const;

/** An account, shown where there are several. `matching`: so many of its flows pass the filter. */
export function accountRow(account: AccountFigures, speech: Speech, matching?: number): RowModel {
  const { t } = speech;
  const { flows, accountStatus, read } = account;
  const name = plainName(account.account.name);
  const source = sourceTexts(account.account, t);
  const words = accountStatus && accountStatusTexts(accountStatus, account, speech);
  // A meter tells of news by itself: when it was last asked says nothing.
  const fetched = isMeter(account.account) && !accountStatus ? undefined : accountFetchedText(account, speech);
  const hidden = flows.filter((figures) => figures.hidden).length;
  const seen = flows.length - hidden;
  const count =
    matching === undefined
      ? flowCountText(seen, speech)
      : t('{0} of {1} flows', speech.count(matching), speech.count(seen));
  // A row below says what is wrong; here the icon tells of it, for that row may be folded away.
  const unknown = accountStatus !== undefined && flows.length === 0;
  const worst = worstLevel(account);
  const known = [
    ...(worst ? [levelCountText(worst, speech)] : []),
    count,
    ...(hidden > 0 ? [t('{0} hidden', speech.count(hidden))] : []),
  ].join(' · ');
  const description = unknown ? '' : read || flows.length > 0 ? known : t('reading…');
  return {
    label: name,
    description,
    icon: accountIcon(account),
    tooltip: [
      `**${escapeMarkdown(account.account.name)}** — ${escapeMarkdown(source.short)}`,
      escapeMarkdown(words?.text ?? description, 300),
      ...[fetched, nextReadText(account, speech)]
        .filter((text) => text !== undefined)
        .map((text) => escapeMarkdown(speech.sentence(text), 200)),
    ].join('  \n'),
    accessibilityLabel: [name, source.short, ...(words ? [words.text] : []), description].filter(Boolean).join(', '),
    contextValue: [
      'account',
      ...(needsToken(account.account) ? ['tokenAccount'] : []),
      ...(isMeta(account.account) ? ['meta'] : []),
    ].join(' '),
  };
}

/** The account's trouble, or where its figures come from. */
export function accountIcon({ account, accountStatus }: AccountFigures): RowIcon {
  return accountStatus ? statusIcons[accountStatus.kind] : { id: sourceIcons[account.source] };
}

/** When all of the account was read last, as `when` says it, and that it could not be since. */
export function accountFetchedText(
  { fetchedAt, accountStatus }: AccountFigures,
  speech: Speech,
  when = speech.moment,
): string | undefined {
  const { t, now } = speech;
  if (fetchedAt === undefined) return undefined;
  if (!accountStatus || accountStatus.kind === 'noFlows') return t('fetched {0}', when(fetchedAt, now));
  // A pause comes in the midst of a read, so some flows may be newer.
  if (accountStatus.kind === 'throttled') return t('not fully updated since {0}', speech.moment(fetchedAt, now));
  return notUpdatedText(fetchedAt, speech);
}
