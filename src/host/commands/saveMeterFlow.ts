import { l10n } from 'vscode';
import { isMeter, type Account } from '../../domain/account';
import { writeKey } from '../../meter/folder';
import type { MeterFlow, MeterSettings } from '../../meter/settings';
import { changeMeterSettings } from './changeMeterSettings';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import type { FlowAnswers } from './flowQuestions';
import { defined } from '../../util/defined';

/** The meter's account in the settings; there is one at most. */
export function meterAccount({ settings }: Pick<CommandParts, 'settings'>): Account | undefined {
  return settings.accounts.value.accounts.find(isMeter);
}

/** Writes down what was answered: the key into the meter's folder, the secret into the secret storage. */
export async function saveMeterFlow(
  { meter, credentials }: CommandParts,
  account: Account,
  answers: FlowAnswers,
): Promise<void> {
  const { flowId, name, upstream, key, signed, appSecret } = answers;
  const chosen = key.kind === 'chosen' ? await writeKey(meter.folder, flowId, key.pem) : undefined;
  if (key.kind === 'none' || !signed) {
    await credentials.setAppSecret(account.name, flowId, '');
    await meter.forgetAppSecret(flowId);
  } else if (appSecret !== '') await credentials.setAppSecret(account.name, flowId, appSecret);
  const publicKeyFile = (settings: MeterSettings): string | undefined =>
    key.kind === 'present' ? settings.flows.find(({ id }) => id === flowId)?.publicKeyFile : chosen;
  const flow = (settings: MeterSettings): MeterFlow => {
    const file = publicKeyFile(settings);
    return {
      id: flowId,
      upstream,
      ...(name === '' ? {} : { name }),
      ...defined({ publicKeyFile: file }),
    };
  };
  const problem = await changeMeterSettings(meter, (settings) => ({
    ...settings,
    flows: [...settings.flows.filter(({ id }) => id !== flowId), flow(settings)],
  }));
  if (problem !== undefined) throw new UserFacingError(l10n.t('The meter cannot use its settings: {0}', problem));
}
