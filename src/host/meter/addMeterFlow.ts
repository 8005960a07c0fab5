import { l10n } from 'vscode';
import type { CommandParts } from '../commandParts';
import { HumanError } from '../humanError';
import { askSteps } from '../quickInput';
import { flowQuestions, noFlowAnswers } from './flowQuestions';
import { keepFlow, meterAccount } from './keepFlow';
import { startMeter, tellAddress } from './startMeter';

/** Asks for a flow and its endpoint, and lets the meter measure it from the next request on. */
export async function addMeterFlow(parts: CommandParts, argument: unknown): Promise<void> {
  const { meter, credentials, state, targets } = parts;
  const account = meterAccount(parts);
  if (!account) return startMeter(parts, argument);
  const title = l10n.t('Add Flow to Meter');
  const settings = await meter.settings();
  const { flow } = targets.read(argument);
  // From the dashboard of a flow at Meta it is clear which flow is meant.
  const name = flow && state.account(flow.accountName)?.records.get(flow.flowId)?.flow.name;
  const secrets = Object.keys(await credentials.appSecrets(account.name));
  const done = await askSteps(
    noFlowAnswers(flow?.flowId, name === flow?.flowId ? undefined : name),
    flowQuestions({ title, settings, secrets }),
  );
  if (!done) return;
  await keepFlow(parts, account, done);
  const started = await meter.start();
  if (started.kind === 'failed') throw new HumanError(started.message);
  tellAddress(parts, `http://127.0.0.1:${settings.port}/${done.flowId}`);
}
