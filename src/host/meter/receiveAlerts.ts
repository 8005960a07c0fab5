import { randomBytes } from 'node:crypto';
import { env, l10n } from 'vscode';
import type { CommandParts } from '../commandParts';
import { HumanError } from '../humanError';
import { askPick, askSteps, type Choice, type Step } from '../quickInput';
import { sayInPassing } from '../targets';
import { askAppSecret } from './appSecretQuestion';
import { meterAccount } from './keepFlow';

type Wish = 'copyToken' | 'change' | 'stop';

interface Answers {
  wish: Wish;
  /** Empty keeps the one that is there. */
  appSecret: string;
}

/** Sets up the webhook through which Meta tells the meter of its alerts; once it is set up, it can be looked up and changed. */
export async function receiveAlerts(parts: CommandParts): Promise<void> {
  const { meter, credentials } = parts;
  const account = meterAccount(parts);
  if (!account) throw new HumanError(l10n.t('There is no meter yet. Run “Start Meter…” first.'));
  const known = await credentials.alertSecrets(account.name);
  const appSecret = known?.appSecret ?? onlyOne(Object.values(await credentials.appSecrets(account.name)));
  const done = await askSteps<Answers>({ wish: 'change', appSecret: '' }, [
    ...(known ? [askWish] : []),
    askSecret(appSecret !== undefined),
  ]);
  if (!done) return;
  if (known && done.wish === 'copyToken') {
    await copyToken(known.verifyToken);
    return;
  }
  if (done.wish === 'stop') {
    await credentials.setAlertSecrets(account.name, undefined);
    if (!(await meter.forgetAlerts())) {
      throw new HumanError(
        l10n.t('The meter did not answer, and takes alerts until it ends: stop it and start it again.'),
      );
    }
    sayInPassing(l10n.t('Meta’s alerts are no longer received.'));
    return;
  }
  const verifyToken = known?.verifyToken ?? randomBytes(32).toString('base64url');
  await credentials.setAlertSecrets(account.name, { verifyToken, appSecret: done.appSecret || appSecret! });
  await meter.shareSecrets();
  tellWhere(parts, (await meter.settings()).port, verifyToken);
}

/** One app has one secret, whether it signs requests or alerts. */
function onlyOne(secrets: readonly string[]): string | undefined {
  const different = new Set(secrets);
  return different.size === 1 ? secrets[0] : undefined;
}

const askWish: Step<Answers> = {
  ask: async (answers, place) => {
    const choices: Choice<Wish>[] = [
      {
        label: l10n.t('Copy Verify Token'),
        description: l10n.t('for the webhook of your app at Meta'),
        value: 'copyToken',
      },
      { label: l10n.t('Change App Secret…'), value: 'change' },
      {
        label: l10n.t('Stop Receiving'),
        description: l10n.t('forgets the app secret and the verify token'),
        value: 'stop',
      },
    ];
    const placeholder = l10n.t('Meta’s alerts are received. What do you want to do?');
    const answer = await askPick({ ...place, title: titleOf(), placeholder, choices });
    if (answer.kind === 'value') answers.wish = answer.value;
    return answer;
  },
};

function askSecret(known: boolean): Step<Answers> {
  return {
    applies: ({ wish }) => wish === 'change',
    ask: async (answers, place) => {
      const answer = await askAppSecret({
        ...place,
        title: titleOf(),
        prompt: l10n.t(
          'App secret, with which Meta signs its alerts: developers.facebook.com, your app, App settings › Basic. It stays in the secret storage.',
        ),
        known,
        missing: l10n.t('Enter the app secret: without it nobody can tell what comes from Meta.'),
      });
      if (answer.kind === 'value') answers.appSecret = answer.value;
      return answer;
    },
  };
}

function titleOf(): string {
  return l10n.t('Receive Meta’s Alerts');
}

async function copyToken(verifyToken: string): Promise<void> {
  await env.clipboard.writeText(verifyToken);
  sayInPassing(l10n.t('The verify token is copied.'));
}

/** What is left to do at Meta. Nobody waits for the answer to a message. */
function tellWhere({ meter, notifier, log }: CommandParts, port: number, verifyToken: string): void {
  const address = `http://127.0.0.1:${port}`;
  const text = l10n.t(
    'At Meta, in your app under WhatsApp › Configuration, point the webhook to the address of your tunnel to {0}, with /webhook at its end. Enter the verify token there, and subscribe to the field “flows”.',
    address,
  );
  const first = meter.state.kind === 'running' ? '' : l10n.t('Start the meter before: Meta asks at once.');
  notifier
    .info(
      [text, first].filter(Boolean).join(' '),
      { title: l10n.t('Copy Verify Token'), run: () => copyToken(verifyToken) },
      { title: l10n.t('Copy Local Address'), run: () => env.clipboard.writeText(`${address}/webhook`) },
    )
    .catch((error) => log.error(error));
}
