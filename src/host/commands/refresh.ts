import { commands, l10n, window } from 'vscode';
import type { MetricsError } from '../../contract/errors';
import { isTokenStatus, type AccountFigures, type FlowFigures } from '../../domain/model';
import { commandIds, viewIds } from '../../ids';
import type { CommandParts } from './commandParts';
import type { NoticeAction } from '../app/notifier';
import { setTokenAction } from '../util/setTokenAction';
import { speechNow } from '../util/formats';
import { flowName } from '../../presentation/texts/labels';
import { accountStatusTexts } from '../../presentation/texts/accountStatusTexts';
import { notices } from '../../presentation/texts/notices';

/** Reads all accounts, one account, or one flow, and says so where that fails: a person asked for it. */
export async function refresh(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, refresher, state, notifier, log } = parts;
  const { accountName, flow } = targets.read(argument);
  const scope = flow ?? (accountName === undefined ? {} : { accountName });
  await window.withProgress({ location: { viewId: viewIds.flows } }, () => refresher.refresh('command', scope));
  const again: NoticeAction = {
    title: l10n.t('Try Again'),
    run: () => commands.executeCommand(commandIds.refresh, argument),
  };
  for (const account of state.snapshot.accounts) {
    if (accountName !== undefined && account.account.name !== accountName) continue;
    const text = failureOf(account, flow?.flowId);
    if (text !== undefined)
      notifier.warn(text, ...actionsFor(account, again, notifier.showLog)).catch((error) => log.error(error));
  }
}

function actionsFor(
  { account, accountStatus }: AccountFigures,
  again: NoticeAction,
  showLog: NoticeAction,
): NoticeAction[] {
  if (accountStatus?.kind === 'throttled') return [showLog];
  const needsNewToken = isTokenStatus(accountStatus) || accountStatus?.kind === 'permission';
  return [needsNewToken ? setTokenAction(account.name) : again, showLog];
}

/** One sentence on the reads that failed; undefined where none did. */
function failureOf(account: AccountFigures, flowId: string | undefined): string | undefined {
  const { accountStatus, flows } = account;
  const speech = speechNow();
  if (accountStatus?.kind === 'noFlows') return undefined;
  if (accountStatus?.kind === 'tokenRefused')
    return notices.tokenRefused(account.account, accountStatus.error, speech.t);
  if (accountStatus && (!accountStatus.error || accountStatus.kind !== 'offline')) {
    return accountStatusTexts(accountStatus, account, speech).text;
  }
  const wanted = flows.filter(({ flow }) => flowId === undefined || flow.id === flowId);
  const failed = wanted.filter((figures) => errorOf(figures));
  const [first] = failed;
  const error = accountStatus?.error ?? (first && errorOf(first));
  if (!error) return undefined;
  const name =
    failed.length === 1 && first && !accountStatus
      ? flowName(first.flow)
      : accountStatus
        ? account.account.name
        : l10n.t('{0} flows', failed.length);
  // Of what could never be read no figures stay.
  const kept = failed.filter(({ totals, unread }) => totals && !unread).map(({ fetchedAt }) => fetchedAt ?? speech.now);
  const keptFrom = kept.length === 0 ? undefined : Math.min(...kept);
  return notices.refreshFailed(name, error, account.account, keptFrom, speech);
}

function errorOf({ failures }: FlowFigures): MetricsError | undefined {
  return Object.values(failures)[0];
}
