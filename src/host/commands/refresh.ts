import { commands, l10n, window } from 'vscode';
import type { MetricsError } from '../../contract/errors';
import type { AccountFigures, FlowFigures } from '../../core/model';
import { flowName, notices, troubleWords } from '../../core/wording';
import { commandIds, viewIds } from '../../ids';
import type { CommandParts } from '../commandParts';
import type { NoticeAction } from '../notifier';
import { setTokenAction } from '../setTokenAction';
import { translate } from '../translate';
import { formats } from '../words';

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

function actionsFor({ account, trouble }: AccountFigures, again: NoticeAction, showLog: NoticeAction): NoticeAction[] {
  if (trouble?.kind === 'throttled') return [showLog];
  const needsNewToken =
    trouble?.kind === 'tokenRefused' || trouble?.kind === 'tokenMissing' || trouble?.kind === 'permission';
  return [needsNewToken ? setTokenAction(account.name) : again, showLog];
}

/** What could not be read, in one sentence; undefined where all went well. */
function failureOf(account: AccountFigures, flowId: string | undefined): string | undefined {
  const { trouble, flows, byHand } = account;
  const now = Date.now();
  if (trouble?.kind === 'noFlows') return undefined;
  if (trouble?.kind === 'tokenRefused') return notices.tokenRefused(account.account, trouble.error, translate);
  if (trouble && (!trouble.error || trouble.kind !== 'offline')) {
    return troubleWords(trouble, account.account, formats, translate, now, byHand).text;
  }
  const wanted = flows.filter(({ flow }) => flowId === undefined || flow.id === flowId);
  const failed = wanted.filter((figures) => errorOf(figures));
  const [first] = failed;
  const error = trouble?.error ?? (first && errorOf(first));
  if (!error) return undefined;
  const name =
    failed.length === 1 && first && !trouble
      ? flowName(first.flow)
      : trouble
        ? account.account.name
        : l10n.t('{0} flows', failed.length);
  // Of what could never be read no figures stay.
  const kept = failed.filter(({ totals, unread }) => totals && !unread).map(({ fetchedAt }) => fetchedAt ?? now);
  const keptFrom = kept.length === 0 ? undefined : Math.min(...kept);
  return notices.refreshFailed(name, error, account.account, keptFrom, formats, translate, now);
}

function errorOf({ failures }: FlowFigures): MetricsError | undefined {
  return Object.values(failures)[0];
}
