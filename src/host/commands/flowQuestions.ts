import { l10n } from 'vscode';
import { isGraphId } from '../../contract/flow';
import type { MeterSettings } from '../../meter/settings';
import { endpointUrlProblem, leadsToRecorder } from '../../recorder/recorderFlow';
import { capitalised } from '../../util/capitalised';
import { askAppSecret } from './appSecretQuestion';
import { askPick, askText, type Choice, type Step } from '../util/quickInput';
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
  readonly title: string;
  readonly settings: MeterSettings;
  /** Flow ids whose app secret is known. */
  readonly secrets: readonly string[];
}

const maxNameLength = 200;

export function noFlowAnswers(flowId = '', name = ''): FlowAnswers {
  return { flowId, name, upstream: '', key: { kind: 'none' }, signed: false, appSecret: '' };
}

export function flowQuestions<A extends FlowAnswers & { port?: number }>(parts: FlowQuestions): readonly Step<A>[] {
  return [flowId(parts), name(parts), upstream(parts), publicKey(parts), signed(parts), appSecret(parts)];
}

function flowId<A extends FlowAnswers>({ title, settings }: FlowQuestions): Step<A> {
  return {
    ask: async (answers, place) => {
      const answer = await askText({
        ...place,
        title,
        prompt: l10n.t('ID of the flow that shall be measured. Find it in WhatsApp Manager under Flows.'),
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

function name<A extends FlowAnswers>({ title }: FlowQuestions): Step<A> {
  return {
    ask: async (answers, place) => {
      const answer = await askText({
        ...place,
        title,
        prompt: l10n.t('A name for the flow. Leave it empty to show the ID.'),
        value: answers.name,
        validate: (text) =>
          text.length <= maxNameLength ? undefined : l10n.t('The name has at most {0} characters.', maxNameLength),
      });
      if (answer.kind === 'value') answers.name = answer.value;
      return answer;
    },
  };
}

function upstream<A extends FlowAnswers & { port?: number }>({ title, settings }: FlowQuestions): Step<A> {
  return {
    ask: async (answers, place) => {
      const answer = await askText({
        ...place,
        title,
        prompt: l10n.t('URL of the endpoint behind the flow. What comes to the meter goes on there, unchanged.'),
        placeholder: 'http://127.0.0.1:3000/flow',
        value: answers.upstream,
        validate: (text) => problemOfUpstream(text, answers.port ?? settings.port),
      });
      if (answer.kind === 'value') answers.upstream = answer.value;
      return answer;
    },
  };
}

/** The problem with the URL of an endpoint, as a sentence; undefined where there is none. */
export function problemOfUpstream(text: string, recorderPort?: number): string | undefined {
  const problem = endpointUrlProblem(text);
  if (problem !== undefined) return capitalised(problem);
  const isOwn = recorderPort !== undefined && leadsToRecorder(text, recorderPort);
  return isOwn ? l10n.t('This is the meter’s own port: requests would go round in a circle.') : undefined;
}

function publicKey<A extends FlowAnswers>({ title, settings }: FlowQuestions): Step<A> {
  return {
    ask: async (answers, place) => {
      const hasKey = settings.flows.some(
        ({ id, publicKeyFile }) => id === answers.flowId && publicKeyFile !== undefined,
      );
      const answer = await askPublicKey({ ...place, title, hasKey, preset: answers.key });
      if (answer.kind === 'value') answers.key = answer.value;
      return answer;
    },
  };
}

function signed<A extends FlowAnswers>({ title, secrets }: FlowQuestions): Step<A> {
  return {
    applies: ({ key }) => key.kind !== 'none',
    ask: async (answers, place) => {
      const choices: Choice<'signed' | 'plain'>[] = [
        {
          label: l10n.t('Signed with a made-up secret'),
          description: l10n.t('for endpoints that do not check signatures; others refuse it (HTTP 432)'),
          value: 'plain',
        },
        {
          label: l10n.t('Signed with the app secret'),
          description: l10n.t('as WhatsApp does; endpoints made after Meta’s sample refuse other requests'),
          value: 'signed',
        },
      ];
      const preset = answers.signed || secrets.includes(answers.flowId) ? 'signed' : 'plain';
      const placeholder = l10n.t('How are availability checks sent?');
      const answer = await askPick({ ...place, title, placeholder, preset, choices });
      if (answer.kind === 'value') answers.signed = answer.value === 'signed';
      return answer;
    },
  };
}

function appSecret<A extends FlowAnswers>({ title, secrets }: FlowQuestions): Step<A> {
  return {
    applies: ({ key, signed: isSigned }) => key.kind !== 'none' && isSigned,
    ask: async (answers, place) => {
      const answer = await askAppSecret({
        ...place,
        title,
        prompt: l10n.t(
          'App secret: developers.facebook.com, your app, App settings › Basic. It stays in the secret storage.',
        ),
        known: secrets.includes(answers.flowId),
        missing: l10n.t('Enter the app secret, or go back and choose “Signed with a made-up secret”.'),
      });
      if (answer.kind === 'value') answers.appSecret = answer.value;
      return answer;
    },
  };
}
