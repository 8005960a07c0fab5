import { randomBytes } from 'node:crypto';
import { env, l10n } from 'vscode';
import { readMeterSettings } from '../../meter/settings';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import { leadsToRecorder } from '../../recorder/recorderFlow';
import { forwardUrlProblem } from '../../recorder/webhook/webhookForward';
import { askPick } from '../util/quickInput';
import { askSteps, pickStep, step, textStep, type Step } from '../util/steps';
import { showStatusMessage } from './targets';
import { askAppSecret } from './appSecretQuestion';
import { meterAccount } from './saveMeterFlow';

type AlertsChoice = 'copyToken' | 'change' | 'stop';

/** How the program that had the app's callback URL before gets its messages. */
type OtherProgram = 'none' | 'forward' | 'override';

interface Answers {
  choice: AlertsChoice;
  other: OtherProgram;
  /** Where notices go on to, where they do. */
  forwardUrl: string;
  /** Empty keeps the one that is there. */
  appSecret: string;
}

/** Sets up the webhook through which Meta tells the meter of its alerts; once it is set up, it can be looked up and changed. */
export async function receiveAlerts(parts: CommandParts): Promise<void> {
  const { meter, credentials } = parts;
  const account = meterAccount(parts);
  if (!account) throw new UserFacingError(l10n.t('There is no meter yet. Run “Start Meter…” first.'));
  const known = await credentials.alertSecrets(account.name);
  const appSecret = known?.appSecret ?? onlyOne(Object.values(await credentials.appSecrets(account.name)));
  const { port } = await readMeterSettings(meter.folder);
  const forwardUrl = known?.forwardUrl ?? '';
  const other = known && forwardUrl === '' ? 'none' : 'forward';
  const answers: Answers = { choice: 'change', other, forwardUrl, appSecret: '' };
  const questions = [askOtherProgram, askForwardUrl(port), askSecret(appSecret !== undefined)];
  const steps = known ? [askChoice, ...questions] : questions;
  const done = await askSteps(l10n.t('Receive Meta’s Alerts'), answers, steps);
  if (!done) return;
  if (known && done.choice === 'copyToken') {
    await copyToken(known.verifyToken);
    return;
  }
  if (done.choice === 'stop') {
    await credentials.setAlertSecrets(account.name, undefined);
    if (!(await meter.forgetAlerts())) {
      throw new UserFacingError(
        l10n.t('The meter did not answer, so it still takes alerts: stop it and start it again.'),
      );
    }
    showStatusMessage(l10n.t('Meta’s alerts are no longer received.'));
    return;
  }
  const verifyToken = known?.verifyToken ?? randomBytes(32).toString('base64url');
  await credentials.setAlertSecrets(account.name, {
    verifyToken,
    appSecret: done.appSecret || appSecret!,
    ...(done.other === 'forward' ? { forwardUrl: done.forwardUrl } : {}),
  });
  await meter.shareSecrets();
  showAddress(parts, port, verifyToken, done.other);
}

/** One app has one secret, whether it signs requests or alerts. */
function onlyOne(secrets: readonly string[]): string | undefined {
  const different = new Set(secrets);
  return different.size === 1 ? secrets[0] : undefined;
}

const askChoice: Step<Answers> = step('choice', (_, position) =>
  askPick<AlertsChoice>({
    ...position,
    placeholder: l10n.t('Meta’s alerts are received. What do you want to do?'),
    choices: [
      {
        label: l10n.t('Copy Verify Token'),
        description: l10n.t('for the webhook of your app at Meta'),
        value: 'copyToken',
      },
      {
        label: l10n.t('Change…'),
        description: l10n.t('where messages go on to, and the app secret'),
        value: 'change',
      },
      {
        label: l10n.t('Stop Receiving'),
        description: l10n.t('forgets the app secret and the verify token'),
        value: 'stop',
      },
    ],
  }),
);

const askOtherProgram: Step<Answers> = pickStep<Answers, 'other'>(
  'other',
  () => ({
    placeholder: l10n.t('An app has one callback URL: once it leads here, your bot gets no messages.'),
    choices: [
      {
        label: l10n.t('Pass Everything On to My Program…'),
        detail: l10n.t('It gets every notice as Meta sent it, with its signature, and Meta gets its answer.'),
        value: 'forward',
      },
      {
        label: l10n.t('Meta Sends Messages to My Program Directly'),
        detail: l10n.t('By a callback override for its WABA or number, for messages and calls only.'),
        value: 'override',
      },
      {
        label: l10n.t('No Other Program Receives Webhooks of This App'),
        detail: l10n.t('Then no program receives the messages to its phone numbers.'),
        value: 'none',
      },
    ],
  }),
  ({ choice }) => choice === 'change',
);

function askForwardUrl(port: number): Step<Answers> {
  return textStep(
    'forwardUrl',
    () => ({
      prompt: l10n.t(
        'The callback URL of your own program, to which every notice goes on. It stays in the secret storage.',
      ),
      placeholder: 'http://127.0.0.1:3000/webhook',
      validate: (text) => {
        if (forwardUrlProblem(text) !== undefined) {
          return l10n.t(
            'Enter a URL such as http://127.0.0.1:3000/webhook or https://example.com/webhook, without user name, password and “#”.',
          );
        }
        return leadsToRecorder(text, port)
          ? l10n.t('That is the meter itself: enter the address of your own program.')
          : undefined;
      },
    }),
    ({ choice, other }) => choice === 'change' && other === 'forward',
  );
}

function askSecret(known: boolean): Step<Answers> {
  return step(
    'appSecret',
    (_, position) =>
      askAppSecret({
        ...position,
        prompt: l10n.t(
          'App secret, with which Meta signs its alerts: developers.facebook.com, your app, App settings › Basic. It stays in the secret storage.',
        ),
        known,
        missing: l10n.t('Enter the app secret: it proves that an alert comes from Meta.'),
      }),
    ({ choice }) => choice === 'change',
  );
}

async function copyToken(verifyToken: string): Promise<void> {
  await env.clipboard.writeText(verifyToken);
  showStatusMessage(l10n.t('The verify token is copied.'));
}

/** Shows the steps that are left at Meta, without waiting for the message to be closed. */
function showAddress(
  { meter, notifier, log }: CommandParts,
  port: number,
  verifyToken: string,
  other: OtherProgram,
): void {
  const address = `http://127.0.0.1:${port}`;
  const override = l10n.t(
    'First let Meta send messages to your program: POST /WABA-ID/subscribed_apps with override_callback_uri (its address) and verify_token (its own).',
  );
  const where = l10n.t(
    'At Meta, in your app under WhatsApp › Configuration, point the webhook to the address of your tunnel to {0}, with /webhook at its end. Enter the verify token there, and subscribe to the field “flows”.',
    address,
  );
  const first = meter.state.kind === 'running' ? '' : l10n.t('Start the meter first: Meta checks the address at once.');
  notifier
    .info(
      [other === 'override' ? override : '', where, first].filter(Boolean).join(' '),
      { title: l10n.t('Copy Verify Token'), run: () => copyToken(verifyToken) },
      { title: l10n.t('Copy Local Address'), run: () => env.clipboard.writeText(`${address}/webhook`) },
    )
    .catch((error) => log.error(error));
}
