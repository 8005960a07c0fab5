/** Commands that need an account, where there is none: they stay in the palette and lead to one. */
import { commands, l10n } from 'vscode';
import { isMeta, isMeter, needsToken, type Account } from '../../domain/account';
import { commandIds } from '../../ids';
import type { CommandHandler, CommandParts } from './commandParts';
import { askPick, type Choice } from '../util/quickInput';

type Need = (account: Account) => boolean;

const anyAccount: Need = () => true;

/** The handler where there is an account of that kind; else the person is asked how to get one. */
export function withAccount(parts: CommandParts, handler: CommandHandler, need: Need = anyAccount): CommandHandler {
  return (argument) => {
    if (parts.settings.accounts.value.accounts.some(need)) return handler(argument);
    // Whoever calls the command does not wait for the person.
    askWayIn(need).catch((error) => parts.log.error(error));
    return undefined;
  };
}

async function askWayIn(need: Need): Promise<void> {
  const { placeholder, choices } = waysTo(need);
  const answer = await askPick({ title: 'Flowmeter', placeholder, choices });
  if (answer.kind === 'value') await commands.executeCommand(answer.value);
}

function waysTo(need: Need): { readonly placeholder: string; readonly choices: readonly Choice<string>[] } {
  const connect = {
    label: l10n.t('Connect to WhatsApp…'),
    description: l10n.t('Meta, or another server of this API'),
    value: commandIds.connect,
  };
  const tryDemo = {
    label: l10n.t('Try with Demo Data'),
    description: l10n.t('no token, no network'),
    value: commandIds.useDemo,
  };
  const startMeter = {
    label: l10n.t('Start Meter…'),
    description: l10n.t('measures your own endpoint on this computer'),
    value: commandIds.startMeter,
  };
  if (need === isMeter)
    return { placeholder: l10n.t('There is no meter yet. Start one first.'), choices: [startMeter] };
  if (need === isMeta) return { placeholder: l10n.t('No account is at Meta. Connect one first.'), choices: [connect] };
  if (need === needsToken) {
    return { placeholder: l10n.t('No account needs an access token. Connect one first.'), choices: [connect] };
  }
  return {
    placeholder: l10n.t('There is no account yet. Connect one first.'),
    choices: [connect, tryDemo, startMeter],
  };
}
