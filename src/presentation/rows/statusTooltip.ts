/** The tooltip of the status bar's item, as Markdown. */
import { commandIds, viewIds } from '../../ids';
import { compareFlows } from '../../domain/health';
import type { AccountFigures, FlowFigures, Snapshot } from '../../domain/model';
import { readUpTo, serverNow } from '../../domain/windows';
import { commandLink, escapeMarkdown } from '../escape';
import type { Speech } from '../speech';
import { accountStatusTexts } from '../texts/accountStatusTexts';
import { levelLabel } from '../texts/labels';
import { headlineText, reasonOptions } from '../texts/reasonTexts';
import { nextReadText } from '../texts/nextReadText';
import { sourceTexts } from '../texts/sourceTexts';
import { accountFetchedText, accountIcon } from './accountRow';
import { levelIcon } from './rowModel';
import { isDemo } from '../../domain/account';
import { hiddenText } from './viewMessage';
import { attentionText, countedAccounts, countedFlows, needsAttention } from './viewBadge';

const mostFlows = 10;

/** The commands that its links may run. */
export const statusTooltipCommands: readonly string[] = [
  commandIds.openDashboard,
  commandIds.refresh,
  commandIds.hideStatusBar,
  `${viewIds.flows}.focus`,
];

/** A heading, a line for each account with its source and age, one for each flow, and links. */
export function statusTooltip(snapshot: Snapshot, speech: Speech): string {
  const { t } = speech;
  const accounts = countedAccounts(snapshot);
  const flows = accounts
    .flatMap((account) => account.flows.map((figures) => ({ account, figures })))
    .filter(({ figures }) => figures.counted)
    .sort((a, b) => compareFlows(a.figures, b.figures));
  const bad = countedFlows(snapshot).filter(needsAttention).length;
  const lines = flows
    .slice(0, mostFlows)
    .map(({ account, figures }) => flowLine(figures, account, accounts.length > 1, speech));
  const more = flows.length - mostFlows;
  if (more > 0) lines.push(t('and {0} more', speech.count(more)));
  const hidden = accounts.flatMap((account) => account.flows).filter((figures) => figures.hidden).length;
  if (hidden > 0) lines.push(hiddenText(hidden, speech));
  const links = [
    `[${t('Open')}](command:${viewIds.flows}.focus)`,
    `[${t('Refresh')}](command:${commandIds.refresh})`,
    `[${t('Hide')}](command:${commandIds.hideStatusBar})`,
  ];
  return [
    `**Flowmeter**${bad > 0 ? ` — ${attentionText(bad, speech)}` : ''}`,
    accounts.map((account) => accountLine(account, speech)).join('  \n'),
    lines.length > 0 ? lines.join('  \n') : t('No flows yet'),
    links.join(' · '),
  ].join('\n\n');
}

/** "Bistro Nord — Meta · data up to 3 h ago · fetched 2 min ago", and what is wrong with it. */
function accountLine(account: AccountFigures, speech: Speech): string {
  const { t, now } = speech;
  const { accountStatus, fetchedAt, info, flows } = account;
  const name = isDemo(account.account) ? '' : `**${escapeMarkdown(account.account.name)}** — `;
  const reaches = flows.map(({ dataUpTo }) => dataUpTo).filter((at) => at !== undefined);
  const upTo = reaches.length === 0 ? undefined : readUpTo(Math.max(...reaches), fetchedAt, info);
  const nextRead = nextReadText(account, speech);
  const facts = [
    sourceTexts(account.account, t).short,
    ...(upTo === undefined ? [] : [t('data up to {0}', speech.age(upTo, serverNow(info, now)))]),
    accountFetchedText(account, speech, speech.age) ?? t('not read yet'),
    ...(nextRead === undefined ? [] : [nextRead]),
  ];
  const trouble = accountStatus && accountStatusTexts(accountStatus, account, speech).text;
  return [
    `$(${accountIcon(account).id}) ${name}${escapeMarkdown(facts.join(' · '), 300)}`,
    ...(trouble === undefined ? [] : [escapeMarkdown(trouble, 300)]),
  ].join('  \n');
}

function flowLine(figures: FlowFigures, account: AccountFigures, ofSeveral: boolean, speech: Speech): string {
  const { flow, report, accountName } = figures;
  const link = commandLink(commandIds.openDashboard, { account: accountName, flowId: flow.id });
  const text = headlineText(report, speech, reasonOptions(account, speech));
  const owner = ofSeveral ? ` (${escapeMarkdown(accountName)})` : '';
  return `$(${levelIcon(report.level).id}) [${escapeMarkdown(flow.name) || flow.id}](${link})${owner} ${levelLabel(report.level, speech.t)} — ${escapeMarkdown(text, 300)}`;
}
