/** The steps of a wizard: each asks one question and keeps the answer in one property of the answers. */
import { defined } from '../../util/defined';
import {
  askPick,
  askText,
  type InputResult,
  type PickQuestion,
  type StepPosition,
  type TextQuestion,
} from './quickInput';

/** One question of several; it may depend on the answers before. */
export interface Step<A> {
  /** False where the answers so far make it needless. */
  applies?(answers: A): boolean;
  /** Asks, and writes the answer down. */
  ask(answers: A, position: StepPosition): Promise<InputResult<unknown>>;
}

type Applies<A> = (answers: A) => boolean;
/** The question of a step; the wizard knows the step's position, the answers what was answered before. */
type QuestionOf<A, Q> = (answers: A) => Omit<Q, keyof StepPosition | 'value' | 'preset'>;

export function step<A, K extends keyof A>(
  key: K,
  ask: (answers: A, position: StepPosition) => Promise<InputResult<A[K]>>,
  applies?: Applies<A>,
): Step<A> {
  return {
    ...defined({ applies }),
    ask: async (answers, position) => {
      const answer = await ask(answers, position);
      if (answer.kind === 'value') answers[key] = answer.value;
      return answer;
    },
  };
}

/** Asks for text, with the answer of before in the field; a password is not shown again. */
export function textStep<A extends Record<K, string>, K extends keyof A>(
  key: K,
  question: QuestionOf<A, TextQuestion>,
  applies?: Applies<A>,
): Step<A> {
  const ask = (answers: A, position: StepPosition): Promise<InputResult<A[K]>> => {
    const asked = question(answers);
    const value = asked.password ? '' : answers[key];
    return askText({ ...position, ...asked, value }) as Promise<InputResult<A[K]>>;
  };
  return step(key, ask, applies);
}

/** Asks to choose; Enter takes what was chosen before. */
export function pickStep<A, K extends keyof A>(
  key: K,
  question: QuestionOf<A, PickQuestion<A[K]>>,
  applies?: Applies<A>,
): Step<A> {
  const ask = (answers: A, position: StepPosition): Promise<InputResult<A[K]>> =>
    askPick<A[K]>({ ...position, ...question(answers), preset: answers[key] });
  return step(key, ask, applies);
}

/** Asks one after the other, with a way back; undefined where the person gave up. */
export async function askSteps<A>(title: string, answers: A, steps: readonly Step<A>[]): Promise<A | undefined> {
  let index = 0;
  for (;;) {
    const wanted = steps.filter(({ applies }) => applies?.(answers) ?? true);
    const current = wanted[index];
    if (!current) return answers;
    const place = wanted.length > 1 ? { step: index + 1, totalSteps: wanted.length } : {};
    const position = { title, ...place, canGoBack: index > 0 };
    const answer = await current.ask(answers, position);
    if (answer.kind === 'cancelled') return undefined;
    index += answer.kind === 'back' ? -1 : 1;
  }
}
