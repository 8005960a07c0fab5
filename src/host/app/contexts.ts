import { commands } from 'vscode';
import { isDemo, isMeter, needsToken, type Account } from '../../domain/account';
import type { ContextKeys } from '../../ids';

const current: Partial<ContextKeys> = {};

/** Sets a key of `when` clauses; unchanged values are not sent again. */
export function setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  if (current[key] === value) return;
  current[key] = value;
  void commands.executeCommand('setContext', key, value);
}

/** Context keys of the accounts, for menus and the welcome text. */
export function setAccountContexts(accounts: readonly Account[]): void {
  setContext('flowmeter.hasAccounts', accounts.length > 0);
  setContext('flowmeter.hasTokenAccounts', accounts.some(needsToken));
  setContext('flowmeter.hasMeter', accounts.some(isMeter));
  setContext('flowmeter.hasDemo', accounts.some(isDemo));
  setContext('flowmeter.ready', true);
}
