import { commands, l10n } from 'vscode';
import { isDemo, isMeter } from '../../domain/account';
import { viewIds } from '../../ids';
import type { CommandParts } from './commandParts';
import { isNameTaken } from '../storage/accountSettings';
import { addAccount, removeAccount } from '../storage/settingWrites';
import { translate } from '../util/translate';
import { notices } from '../../presentation/texts/notices';

/** Adds the demo account, unless there is one, and shows the view and the dashboard of the flow that is worst off. */
export async function useDemo({ settings, state, refresher, panels }: CommandParts): Promise<void> {
  const known = settings.accounts.value.accounts.find(isDemo);
  const { name } = known ?? { name: freeName(l10n.t('Demo'), settings.takenNames) };
  if (!known) await addAccount({ name, source: 'demo' });
  await showView();
  await refresher.refresh('view', { accountName: name });
  const worst = state.snapshot.accounts.find(({ account }) => account.name === name)?.flows[0];
  if (worst) await panels.show({ accountName: name, flowId: worst.flow.id });
}

export async function disconnect(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, notifier, credentials, settings, meter, marks, tree } = parts;
  const account = await targets.account(argument, l10n.t('Remove Account'));
  if (!account) return;
  const question = notices.removeQuestion(account.name, translate);
  if (!(await notifier.confirm(question, notices.removeDetail(account, translate), l10n.t('Remove')))) return;
  await (await tree.arrangement())?.forget(account.name);
  // The account goes first: without its secret it would ask for a token in between.
  await removeAccount(account.name);
  await credentials.remove(account);
  await credentials.removeAccount(account.name, settings.accountNames);
  await (await marks.get()).removeAccount(account.name);
  if (isMeter(account)) await meter.stop();
}

export async function showView(): Promise<void> {
  await commands.executeCommand(`${viewIds.flows}.focus`);
}

/** The name, or the name with the first number that makes it free. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!isNameTaken(name, taken)) return name;
  for (let number = 2; ; number++) if (!isNameTaken(`${name} ${number}`, taken)) return `${name} ${number}`;
}
