import { l10n } from 'vscode';
import { readMeterSettings } from '../../meter/settings';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import { askSteps } from '../util/steps';
import { flowQuestions, noFlowAnswers } from './flowQuestions';
import { saveMeterFlow, meterAccount } from './saveMeterFlow';
import { flowNameOf, startMeter, showMeterAddress } from './startMeter';

/** Asks for a flow, with that id in the field where the argument names none, and its endpoint, and lets the meter measure it from the next request on. */
export async function addMeterFlow(parts: CommandParts, argument: unknown, flowId?: string): Promise<void> {
  const { meter, credentials, targets } = parts;
  const account = meterAccount(parts);
  if (!account) return startMeter(parts, argument);
  const settings = await readMeterSettings(meter.folder);
  const { flow } = targets.read(argument);
  const secrets = Object.keys(await credentials.appSecrets(account.name));
  const answers = noFlowAnswers(flow?.flowId ?? flowId, flowNameOf(parts, flow));
  const done = await askSteps(l10n.t('Add Flow to Meter'), answers, flowQuestions({ settings, secrets }));
  if (!done) return;
  await saveMeterFlow(parts, account, done);
  const started = await meter.start();
  if (started.kind === 'failed') throw new UserFacingError(started.message);
  showMeterAddress(parts, `http://127.0.0.1:${settings.port}/${done.flowId}`);
}
