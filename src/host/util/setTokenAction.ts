import { commands, l10n } from 'vscode';
import { commandIds } from '../../ids';
import type { NoticeAction } from '../app/notifier';

/** The button that helps against a refused token. */
export function setTokenAction(accountName: string): NoticeAction {
  return {
    title: l10n.t('Set Access Token…'),
    run: () => commands.executeCommand(commandIds.setToken, { account: accountName }),
  };
}
