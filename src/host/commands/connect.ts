import { l10n } from 'vscode';
import { type Account } from '../../domain/account';
import { parseBaseUrl } from '../../contract/baseUrl';
import { isGraphId } from '../../contract/flow';
import { flowsInManager, whatsAppManager } from '../../contract/whatsAppManager';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import { addAccount } from '../storage/settingWrites';
import { askText } from '../util/quickInput';
import { askSteps, pickStep, step, textStep, type Step } from '../util/steps';
import { freeName, showView } from './accounts';
import { problemOfNewName } from './renameAccount';
import { showTokenStored, tokenQuestion, tryToken, type TokenTrial } from './token';

/** Answers so far; going back keeps them. */
interface Answers {
  source: 'meta' | 'server';
  baseUrl: string;
  by: 'account' | 'flows';
  businessAccountId: string;
  flowIds: string;
  name: string;
  token: string;
  trial: TokenTrial;
}

/** Asks for an account step by step, tries it, and only then stores it. A flow's id is proposed where one is given. */
export async function connect(parts: CommandParts, flowId?: string): Promise<Account | undefined> {
  const { credentials } = parts;
  const answers: Answers = {
    source: 'meta',
    baseUrl: '',
    by: flowId === undefined ? 'account' : 'flows',
    businessAccountId: '',
    flowIds: flowId ?? '',
    name: '',
    token: '',
    trial: {},
  };
  const steps = [where, address, which, businessAccount, flows, name(parts), token(parts)];
  const done = await askSteps(l10n.t('Connect to WhatsApp'), answers, steps);
  if (!done) return undefined;
  const account = accountOf(done);
  await credentials.set(account, done.token);
  try {
    await addAccount(account);
  } catch (thrown) {
    await credentials.remove(account);
    parts.log.error(thrown);
    throw new UserFacingError(l10n.t('The account could not be written into the user settings. Nothing was stored.'));
  }
  showTokenStored(parts, account, done.trial);
  await showView();
  return account;
}

const where: Step<Answers> = pickStep<Answers, 'source'>('source', () => ({
  placeholder: l10n.t('Where are your flows?'),
  choices: [
    { label: l10n.t('Meta'), description: 'graph.facebook.com', value: 'meta' },
    {
      label: l10n.t('Another server of this API'),
      description: l10n.t('with a base URL of its own, such as a Flowmeter server'),
      value: 'server',
    },
  ],
}));

const address: Step<Answers> = step(
  'baseUrl',
  async ({ baseUrl }, position) => {
    const answer = await askText({
      ...position,
      prompt: l10n.t('Base URL of the server, without a version. The Flowmeter server prints it when it starts.'),
      placeholder: 'http://127.0.0.1:8600',
      value: baseUrl,
      validate: (text) => {
        const check = parseBaseUrl(text);
        return check.ok ? undefined : check.problem;
      },
    });
    const check = answer.kind === 'value' ? parseBaseUrl(answer.value) : undefined;
    return check?.ok ? { kind: 'value', value: check.value.url } : answer;
  },
  ({ source }) => source === 'server',
);

const which: Step<Answers> = pickStep<Answers, 'by'>('by', () => ({
  placeholder: l10n.t('Which flows?'),
  choices: [
    { label: l10n.t('All flows of a WhatsApp Business Account'), value: 'account' },
    { label: l10n.t('Single flows, by their ids'), value: 'flows' },
  ],
}));

const businessAccount: Step<Answers> = textStep(
  'businessAccountId',
  ({ source }) => ({
    links: source === 'meta' ? [{ title: l10n.t('Open WhatsApp Manager'), url: whatsAppManager }] : [],
    prompt: l10n.t(
      'ID of the WhatsApp Business Account. Find it in WhatsApp Manager under Account tools › Overview, or in your app under WhatsApp › API Setup.',
    ),
    placeholder: '102290129340398',
    validate: (text) => (isGraphId(text) ? undefined : l10n.t('The ID has digits only, 20 at most.')),
  }),
  ({ by }) => by === 'account',
);

const flows: Step<Answers> = textStep(
  'flowIds',
  ({ source }) => ({
    links: source === 'meta' ? [{ title: l10n.t('Open Flows in WhatsApp Manager'), url: flowsInManager() }] : [],
    prompt: l10n.t('IDs of flows, with commas or spaces in between. Find them in WhatsApp Manager under Flows.'),
    placeholder: '1234567890123456, 2345678901234567',
    validate: (text) =>
      idsIn(text).length > 0 && idsIn(text).every(isGraphId)
        ? undefined
        : l10n.t('Each ID has digits only, 20 at most.'),
  }),
  ({ by }) => by === 'flows',
);

function name({ settings }: CommandParts): Step<Answers> {
  return step('name', (answers, position) => {
    const taken = settings.takenNames;
    const host = answers.source === 'meta' ? l10n.t('Meta') : new URL(answers.baseUrl).host;
    return askText({
      ...position,
      prompt: l10n.t('A name of your choice for this account, shown wherever the account appears.'),
      value: answers.name || freeName(host, taken),
      validate: (text) => problemOfNewName(text, taken),
    });
  });
}

function token(parts: CommandParts): Step<Answers> {
  return textStep('token', (answers) => ({
    ...tokenQuestion(accountOf(answers)),
    tryOut: async (text, signal) => {
      answers.trial = await tryToken(parts, accountOf(answers), text, signal);
      return answers.trial.problem;
    },
  }));
}

function idsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

function accountOf(answers: Answers): Account {
  const { source, by, baseUrl, businessAccountId, flowIds } = answers;
  return {
    name: answers.name,
    source,
    ...(by === 'account' ? { businessAccountId } : { flowIds: idsIn(flowIds) }),
    ...(source === 'server' ? { baseUrl } : {}),
  };
}
