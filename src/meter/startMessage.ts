/** Messages from a new process about whether it is the meter. */
import { meterProblems, type MeterProblem } from '../domain/meterState';
import { objectOf } from '../util/json';

export class MeterStartError extends Error {
  override readonly name = 'MeterStartError';

  constructor(
    readonly problem: MeterProblem,
    /** For a person; holds no secret. */
    message: string,
    /** The recorder's port, where it is known. */
    readonly port?: number,
  ) {
    super(message);
  }
}

/** The one message of a new process to the window that started it. */
export type StartMessage =
  | { readonly kind: 'ready' }
  /** Another process is this folder's meter. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'failed'; readonly problem: MeterProblem; readonly message: string; readonly port?: number };

/** Code with which a process ends that found the meter running elsewhere. */
export const elsewhereCode = 3;

/** Undefined where it is no such message. */
export function parseStartMessage(value: unknown): StartMessage | undefined {
  const { kind, problem, message, port } = objectOf(value) ?? {};
  if (kind === 'ready' || kind === 'elsewhere') return { kind };
  const named = meterProblems.find((one) => one === problem);
  if (kind !== 'failed' || !named || typeof message !== 'string') return undefined;
  return { kind, problem: named, message, ...(typeof port === 'number' ? { port } : {}) };
}
