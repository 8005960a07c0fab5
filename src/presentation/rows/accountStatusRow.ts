import { isMeter, type Account } from '../../domain/account';
import type { AccountStatus, AccountStatusKind, AccountFigures } from '../../domain/model';
import type { Speech } from '../speech';
import type { RowModel, RowIcon } from './rowModel';
import { accountStatusTexts } from '../texts/accountStatusTexts';
import { plainName, escapeMarkdown } from '../escape';
import type { Formats } from '../formats';
import { isAged } from './figuresShown';
import { rowAction, type HelpfulCommand } from './rowAction';

/** The command that helps with each status; what passes by itself only has the log. */
const statusCommands: Readonly<Record<AccountStatusKind, HelpfulCommand>> = {
  tokenMissing: 'setToken',
  tokenRefused: 'setToken',
  permission: 'setToken',
  throttled: 'showLog',
  offline: 'refresh',
  withdrawn: 'addMeterFlow',
  notFound: 'showLog',
  noFlows: 'refresh',
  failed: 'refresh',
};

/** Other commands help where the server is the meter on this computer. */
const meterProblemCommands: Readonly<Partial<Record<AccountStatusKind, HelpfulCommand>>> = {
  offline: 'startMeter',
  noFlows: 'addMeterFlow',
};

/** The row that says what is wrong with an account; undefined where nothing is. */
export function accountStatusRow(account: AccountFigures, speech: Speech): RowModel | undefined {
  const { t } = speech;
  const { accountStatus } = account;
  if (!accountStatus) return undefined;
  const words = accountStatusTexts(accountStatus, account, speech);
  const name = plainName(account.account.name);
  const action = rowAction(helpfulCommand(account.account, accountStatus), account.account.name, t);
  const reach = accountStatus.kind === 'throttled' ? reachText(account, speech) : '';
  return {
    label: words.label,
    description: accountStatus.kind === 'throttled' ? reach : words.description,
    icon: statusIcons[accountStatus.kind],
    tooltip: escapeMarkdown(words.text, 400),
    accessibilityLabel: [name, words.text, reach, action.title].filter(Boolean).join(', '),
    contextValue: 'trouble',
    action,
  };
}

export function helpfulCommand(account: Account, { kind, error }: AccountStatus): HelpfulCommand {
  const isWrongId = error?.details.objectType !== undefined;
  const own = isMeter(account) ? meterProblemCommands[kind] : isWrongId ? 'connect' : undefined;
  return own ?? statusCommands[kind];
}

/** That an account has more flows than are shown; undefined where all are. */
export function limitText({ account, limitedTo }: AccountFigures, formats: Formats): string | undefined {
  if (limitedTo === undefined) return undefined;
  return formats.t(
    '“{0}” has more flows than Flowmeter reads: the first {1} of its list are shown. To watch others, connect to them by their flow IDs.',
    plainName(account.name),
    formats.count(limitedTo),
  );
}

/** The row that says so; undefined where all flows are shown. */
export function limitRow(account: AccountFigures, formats: Formats): RowModel | undefined {
  const { t } = formats;
  const text = limitText(account, formats);
  if (text === undefined) return undefined;
  const name = plainName(account.account.name);
  const label = t('The first {0} flows', formats.count(account.limitedTo));
  return {
    label,
    description: t('there are more'),
    icon: { id: 'info' },
    tooltip: escapeMarkdown(text, 400),
    accessibilityLabel: [name, text].join(', '),
    contextValue: 'limit',
  };
}

/** How far reading came before a pause: "some not updated since 09:18 · 12 flows not read yet"; empty where nothing is old. */
function reachText(account: AccountFigures, speech: Speech): string {
  const { t, now } = speech;
  const { flows } = account;
  const aged = flows.filter((figures) => isAged(figures, account, now)).map(({ fetchedAt }) => fetchedAt!);
  const unread = flows.filter(({ report }) => report.reasons[0]?.cause === 'notRead').length;
  const oldest = aged.reduce((a, b) => Math.min(a, b), Infinity);
  return [
    ...(aged.length === 0 ? [] : [t('some not updated since {0}', speech.moment(oldest, now))]),
    ...(unread === 0
      ? []
      : [unread === 1 ? t('1 flow not read yet') : t('{0} flows not read yet', speech.count(unread))]),
  ].join(' · ');
}

export const statusIcons: Readonly<Record<AccountStatusKind, RowIcon>> = {
  tokenMissing: { id: 'key', color: 'charts.yellow' },
  tokenRefused: { id: 'key', color: 'charts.yellow' },
  permission: { id: 'lock', color: 'charts.yellow' },
  throttled: { id: 'watch', color: 'charts.yellow' },
  offline: { id: 'debug-disconnect', color: 'charts.yellow' },
  withdrawn: { id: 'circle-slash', color: 'charts.yellow' },
  notFound: { id: 'search-stop', color: 'charts.yellow' },
  noFlows: { id: 'inbox' },
  failed: { id: 'warning', color: 'charts.yellow' },
};
