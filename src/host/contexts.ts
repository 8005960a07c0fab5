import { commands } from 'vscode';
import type { ContextKeys } from '../ids';

const current: Partial<ContextKeys> = {};

/** Sets a key of `when` clauses; unchanged values are not sent again. */
export function setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  if (current[key] === value) return;
  current[key] = value;
  void commands.executeCommand('setContext', key, value);
}
