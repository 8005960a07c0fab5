import { l10n } from 'vscode';
import { isGraphId } from '../../contract/flow';
import type { MeterSettings } from '../../meter/settings';
import { endpointUrlProblem, leadsToRecorder } from '../../recorder/recorderFlow';
import { capitalised } from '../../util/capitalised';
import { askAppSecret } from './appSecretQuestion';
import { askPick, askText } from '../util/quickInput';
import { step, textStep, type Step } from '../util/steps';
import { askPublicKey, type PublicKeyAnswer } from './publicKeyQuestion';

/** Answers so far about a flow to be measured; going back keeps them. */
export interface FlowAnswers {
  flowId: string;
  /** Empty where the id will do. */
  name: string;
  upstream: string;
  key: PublicKeyAnswer;
  signed: boolean;
  /** Empty keeps the one that is there. */
  appSecret: string;
}

interface FlowQuestions {
  readonly settings: MeterSettings;
  /** Flow ids whose app secret is known. */
  readonly secrets: readonly string[];
}

const maxNameLength = 200;

export function noFlowAnswers(flowId = '', name = ''): FlowAnswers {
  return { flowId, name, upstream: '', key: { kind: 'none' }, signed: false, appSecret: '' };
}

export function flowQuestions<A extends FlowAnswers & { port?: number }>(parts: FlowQuestions): readonly Step<A>[] {
  return [flowId(parts), name(), upstream(parts), publicKey(parts), signed(parts), appSecret(parts)];
}

function flowId<A extends FlowAnswers>({ settings }: FlowQuestions): Step<A> {
  return {
    ask: async (answers, position) => {
      const answer = await askText({
        ...position,
        prompt: l10n.t('ID of the flow to measure. Find it in WhatsApp Manager under Flows.'),
        placeholder: '1234567890123456',
        value: answers.flowId,
        validate: (text) => (isGraphId(text) ? undefined : l10n.t('The ID has digits only, 20 at most.')),
      });
      if (answer.kind !== 'value') return answer;
      // The answers for a flow that is measured already begin with its settings.
      const known = settings.flows.find(({ id }) => id === answer.value);
      if (known && answers.flowId !== answer.value) {
        answers.name = known.name ?? '';
        answers.upstream = known.upstream;
      }
      if (known?.publicKeyFile !== undefined && answers.key.kind === 'none') answers.key = { kind: 'present' };
      answers.flowId = answer.value;
      return answer;
    },
  };
}

function name<A extends FlowAnswers>(): Step<A> {
  return textStep<A, 'name'>('name', () => ({
    prompt: l10n.t('A name for the flow. Leave it empty to show the ID.'),
    validate: (text) =>
      text.length <= maxNameLength ? undefined : l10n.t('The name has at most {0} characters.', maxNameLength),
  }));
}

function upstream<A extends FlowAnswers & { port?: number }>({ settings }: FlowQuestions): Step<A> {
  return textStep<A, 'upstream'>('upstream', ({ port }) => ({
    prompt: l10n.t('URL of the endpoint behind the flow. The meter passes each request on to it, unchanged.'),
    placeholder: 'http://127.0.0.1:3000/flow',
    validate: (text) => problemOfUpstream(text, port ?? settings.port),
  }));
}

/** The problem with the URL of an endpoint, as a sentence; undefined where there is none. */
export function problemOfUpstream(text: string, recorderPort?: number): string | undefined {
  const problem = endpointUrlProblem(text);
  if (problem !== undefined) return capitalised(problem);
  const isOwn = recorderPort !== undefined && leadsToRecorder(text, recorderPort);
  return isOwn ? l10n.t('This is the meter’s own port: requests would go round in a loop.') : undefined;
}

function publicKey<A extends FlowAnswers>({ settings }: FlowQuestions): Step<A> {
  return step<A, 'key'>('key', ({ flowId: wanted, key }, position) => {
    const hasKey = settings.flows.some(({ id, publicKeyFile }) => id === wanted && publicKeyFile !== undefined);
    return askPublicKey({ ...position, hasKey, preset: key });
  });
}

function signed<A extends FlowAnswers>({ secrets }: FlowQuestions): Step<A> {
  return step<A, 'signed'>(
    'signed',
    (answers, position) =>
      askPick({
        ...position,
        placeholder: l10n.t('How are availability checks sent?'),
        preset: answers.signed || secrets.includes(answers.flowId),
        choices: [
          {
            label: l10n.t('Signed with a made-up secret'),
            description: l10n.t('for endpoints that do not check signatures; others refuse it (HTTP 432)'),
            value: false,
          },
          {
            label: l10n.t('Signed with the app secret'),
            description: l10n.t('as WhatsApp does; endpoints made after Meta’s sample refuse other requests'),
            value: true,
          },
        ],
      }),
    ({ key }) => key.kind !== 'none',
  );
}

function appSecret<A extends FlowAnswers>({ secrets }: FlowQuestions): Step<A> {
  return step<A, 'appSecret'>(
    'appSecret',
    ({ flowId: wanted }, position) =>
      askAppSecret({
        ...position,
        prompt: l10n.t(
          'App secret: developers.facebook.com, your app, App settings › Basic. It stays in the secret storage.',
        ),
        known: secrets.includes(wanted),
        missing: l10n.t('Enter the app secret, or go back and choose “Signed with a made-up secret”.'),
      }),
    ({ key, signed: isSigned }) => key.kind !== 'none' && isSigned,
  );
}
