import { l10n, ProgressLocation, window } from 'vscode';
import { plainName } from '../../presentation/escape';
import { readMeterSettings, type MeterFlow } from '../../meter/settings';
import { readRegularFile } from '../../process/regularFile';
import { pingEndpoint } from '../../recorder/ping/pingEndpoint';
import { pingText } from '../../recorder/ping/pingText';
import { parsePublicKey } from '../../recorder/ping/publicKey';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import { askPick, separator, type Choice } from '../util/quickInput';
import { askSteps, step, textStep, type Step } from '../util/steps';
import { problemOfUpstream } from './flowQuestions';
import { meterAccount } from './saveMeterFlow';
import { askAppSecret } from './appSecretQuestion';
import { askPublicKey } from './publicKeyQuestion';

interface Target {
  readonly url: string;
  readonly pem: string;
  readonly appSecret: string;
}

/** Makes the health check of WhatsApp once, and says what came of it; the log has each step with its time. */
export async function pingFlowEndpoint(parts: CommandParts, argument: unknown): Promise<void> {
  const { notifier, log } = parts;
  const target = await targetOf(parts, argument);
  if (!target) return;
  const reading = parsePublicKey(target.pem);
  if (!reading.ok) throw new UserFacingError(l10n.t('The public key cannot be used: {0}', reading.problem));
  if (target.appSecret !== '') log.hide(target.appSecret);
  const report = await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: l10n.t('Pinging {0}…', hostOf(target.url)),
      cancellable: true,
    },
    (_, cancellation) => {
      const ending = new AbortController();
      cancellation.onCancellationRequested(() => ending.abort());
      return pingEndpoint({
        url: target.url,
        publicKey: reading.value,
        signal: ending.signal,
        ...(target.appSecret === '' ? {} : { appSecret: target.appSecret }),
      });
    },
  );
  log.info(pingText(report));
  if (report.failure?.reason === 'cancelled') return;
  const milliseconds = Math.round(report.totalMilliseconds);
  const steps = { title: l10n.t('Show Steps'), run: () => log.show() };
  // The command does not wait for the message to be closed.
  const shown = report.failure
    ? notifier.warn(l10n.t('{0} failed the ping: {1}', hostOf(target.url), report.failure.text), steps)
    : notifier.info(l10n.t('{0} is active: it answered the ping in {1} ms.', hostOf(target.url), milliseconds), steps);
  shown.catch((error) => log.error(error));
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** The flow of the row, the one that is picked, or an endpoint that the meter does not know. */
async function targetOf(parts: CommandParts, argument: unknown): Promise<Target | undefined> {
  const { meter, targets } = parts;
  const account = meterAccount(parts);
  const { flow } = targets.read(argument);
  const known = account
    ? (await readMeterSettings(meter.folder)).flows.filter(({ publicKeyFile }) => publicKeyFile !== undefined)
    : [];
  const named = flow && flow.accountName === account?.name ? known.find(({ id }) => id === flow.flowId) : undefined;
  if (named) return storedTarget(parts, named);
  if (known.length === 0) return askTarget();
  const choices: Choice<MeterFlow | 'other'>[] = [
    ...known.map((one) => ({
      label: plainName(one.name ?? one.id),
      description: `${one.id} · ${one.upstream}`,
      value: one,
    })),
    separator(''),
    { label: l10n.t('Another endpoint…'), value: 'other' },
  ];
  const answer = await askPick({ title: pingTitle(), placeholder: l10n.t('Which endpoint?'), choices });
  if (answer.kind !== 'value') return undefined;
  return answer.value === 'other' ? askTarget() : storedTarget(parts, answer.value);
}

async function storedTarget(parts: CommandParts, { id, upstream, publicKeyFile }: MeterFlow): Promise<Target> {
  const pem = await readRegularFile(publicKeyFile!).catch(() => {
    throw new UserFacingError(
      l10n.t('The public key file of flow {0} is missing. Add the flow to the meter again.', id),
    );
  });
  const account = meterAccount(parts);
  const secrets = account ? await parts.credentials.appSecrets(account.name) : {};
  return { url: upstream, pem: pem.toString('utf8'), appSecret: secrets[id] ?? '' };
}

function pingTitle(): string {
  return l10n.t('Ping Endpoint');
}

interface Answers {
  url: string;
  pem: string;
  appSecret: string;
}

function askTarget(): Promise<Target | undefined> {
  return askSteps<Answers>(pingTitle(), { url: '', pem: '', appSecret: '' }, [address, publicKey, secret]);
}

const address: Step<Answers> = textStep('url', () => ({
  prompt: l10n.t('URL of the endpoint, as it stands in the flow.'),
  placeholder: 'https://example.com/flow',
  validate: (text) => problemOfUpstream(text),
}));

const publicKey: Step<Answers> = {
  ask: async (answers, position) => {
    const answer = await askPublicKey({ ...position, hasKey: false, optional: false });
    if (answer.kind === 'value' && answer.value.kind === 'chosen') answers.pem = answer.value.pem;
    return answer;
  },
};

const secret: Step<Answers> = step('appSecret', (_, position) =>
  askAppSecret({
    ...position,
    prompt: l10n.t(
      'App secret to sign the ping with; it is not stored. If you leave it empty, a made-up secret signs it, which endpoints that check signatures refuse.',
    ),
  }),
);
