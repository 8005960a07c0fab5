import { l10n } from 'vscode';
import { plainName } from '../../presentation/escape';
import type { FlowState } from '../../state/flowState';
import { isNameTaken, problemOfAccountName } from '../storage/accountSettings';
import { writeAccountName } from '../storage/settingWrites';
import { askText } from '../util/quickInput';
import { UserFacingError } from '../util/userFacingError';
import type { CommandParts } from './commandParts';

/** Gives an account another name; its secrets, marks and open dashboards go along. */
export async function renameAccount(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, settings, credentials, panels, state, log } = parts;
  const marks = await parts.marks.get();
  const title = l10n.t('Rename Account');
  const account = await targets.account(argument, title);
  if (!account) return;
  const taken = settings.takenNames.filter((name) => name !== account.name);
  const answer = await askText({
    title: `${title} — ${plainName(account.name)}`,
    prompt: l10n.t('Another name for this account. Its token stays with it.'),
    value: account.name,
    validate: (text) => problemOfNewName(text, taken),
  });
  if (answer.kind !== 'value' || answer.value === account.name) return;
  const name = answer.value;
  // The account may have gone meanwhile.
  if (!settings.takenNames.includes(account.name)) return;
  const dashboards = panels.ofAccount(account.name);
  // The secrets go first: without its token the account would ask for one in between.
  await credentials.copySecrets(account.name, name);
  await marks.copyAccount(account.name, name);
  try {
    await writeAccountName(account.name, name);
  } catch (thrown) {
    await credentials.removeAccount(name, undefined);
    await marks.removeAccount(name);
    log.error(thrown);
    throw new UserFacingError(l10n.t('The name could not be written into the user settings. Nothing was changed.'));
  }
  await credentials.removeAccount(account.name, undefined);
  await marks.removeAccount(account.name);
  if (dashboards.length === 0) return;
  await known(state, name);
  for (const { flowId, view } of dashboards) await panels.show({ accountName: name, flowId }, { view });
}

/** The problem with a name for an account; `taken` are those of others. */
export function problemOfNewName(name: string, taken: readonly string[]): string | undefined {
  if (isNameTaken(name, taken)) return l10n.t('Another account has this name already.');
  return problemOfAccountName(name) === undefined ? undefined : l10n.t('A name has 1 to 60 visible characters.');
}

/** Resolves once the account of the settings has come. */
async function known(state: FlowState, name: string): Promise<void> {
  if (state.account(name)) return;
  await new Promise<void>((resolve) => {
    const subscription = state.onDidChange(() => {
      if (!state.account(name)) return;
      subscription.dispose();
      resolve();
    });
  });
}
