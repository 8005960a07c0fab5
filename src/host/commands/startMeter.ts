import { env, l10n } from 'vscode';
import type { MeterState } from '../../domain/meterState';
import type { FlowRef } from '../../state/flowRef';
import { readMeterSettings, type MeterSettings } from '../../meter/settings';
import { leadsToRecorder } from '../../recorder/recorderFlow';
import type { CommandParts } from './commandParts';
import { freeName, showView } from './accounts';
import { UserFacingError } from '../util/userFacingError';
import { askText } from '../util/quickInput';
import { askSteps, step, type Step } from '../util/steps';
import { addAccount } from '../storage/settingWrites';
import { changeMeterSettings } from './changeMeterSettings';
import { flowQuestions, noFlowAnswers, type FlowAnswers } from './flowQuestions';
import { saveMeterFlow, meterAccount } from './saveMeterFlow';

interface Answers extends FlowAnswers {
  port: number;
}

/** Starts the meter; the first time it asks what shall be measured, later only for the port. */
export async function startMeter(parts: CommandParts, argument: unknown): Promise<void> {
  const { meter, settings, targets } = parts;
  const known = meterAccount(parts);
  const current = await readMeterSettings(meter.folder);
  // A row that says "stopped" means: go on as before. One that names a port in use asks for another.
  const { state } = meter;
  const portProblem = state.kind === 'failed' && state.port !== undefined;
  if (known && targets.read(argument).accountName === known.name && !portProblem) {
    showMeterProblem(await meter.start());
    return;
  }
  const { flow } = targets.read(argument);
  const answers: Answers = { ...noFlowAnswers(flow?.flowId, flowNameOf(parts, flow)), port: current.port };
  const first = current.flows.length === 0 && !known;
  const ofFlow = first ? flowQuestions<Answers>({ settings: current, secrets: [] }) : [];
  const done = await askSteps(l10n.t('Start Meter'), answers, [...ofFlow, askPort(current)]);
  if (!done) return;
  const account = known ?? {
    name: freeName(l10n.t('Meter'), settings.takenNames),
    source: 'meter' as const,
  };
  if (done.port !== current.port) await changeMeterSettings(meter, (before) => ({ ...before, port: done.port }));
  if (first) await saveMeterFlow(parts, account, done);
  if (!known) await addAccount(account);
  const started = await meter.start();
  await showView();
  showMeterProblem(started);
  if (first) showMeterAddress(parts, `http://127.0.0.1:${done.port}/${done.flowId}`);
}

/** From the dashboard of a flow at Meta it is clear which flow is meant; its name may not be known yet. */
export function flowNameOf({ state }: CommandParts, flow: FlowRef | undefined): string | undefined {
  const name = flow && state.account(flow.accountName)?.records.get(flow.flowId)?.flow.name;
  return name === flow?.flowId ? undefined : name;
}

function askPort({ flows }: MeterSettings): Step<Answers> {
  return step('port', async ({ port, upstream }, position) => {
    const upstreams = [upstream, ...flows.map((flow) => flow.upstream)].filter(Boolean);
    const answer = await askText({
      ...position,
      prompt: l10n.t('Port on this computer where the meter receives requests. Press Enter to use the one proposed.'),
      value: String(port),
      validate: (text) => problemOfPort(text, upstreams),
    });
    return answer.kind === 'value' ? { kind: 'value', value: Number(answer.value) } : answer;
  });
}

function problemOfPort(text: string, upstreams: readonly string[]): string | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text) || Number(text) > 65_535) {
    return l10n.t('A port is a number from 1 to 65535; those below 1024 are often reserved.');
  }
  return upstreams.some((upstream) => leadsToRecorder(upstream, Number(text)))
    ? l10n.t('Your endpoint has this port: the meter needs one of its own.')
    : undefined;
}

function showMeterProblem(state: MeterState): void {
  if (state.kind === 'failed') throw new UserFacingError(state.message);
  if (state.kind === 'starting')
    throw new UserFacingError(l10n.t('The meter is slow to start. Its row in the Flows view shows how it is doing.'));
}

/** Where requests are to be sent from now on. Nobody waits for the answer to a message. */
export function showMeterAddress({ notifier, log }: CommandParts, url: string): void {
  notifier
    .info(l10n.t('Send the flow’s requests to {0}: the meter counts them and passes them on to your endpoint.', url), {
      title: l10n.t('Copy Address'),
      run: () => env.clipboard.writeText(url),
    })
    .catch((error) => log.error(error));
}
