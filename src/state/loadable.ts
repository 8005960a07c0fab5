/** A value that is read repeatedly: the newest good value, and the outcome of the last attempt. */
import type { Result } from '../contract/client';
import type { MetricsError } from '../contract/errors';
import { defined } from '../util/defined';

export interface Loadable<T> {
  /** `loading` while an attempt is under way, else the outcome of the last one. */
  readonly state: 'idle' | 'loading' | 'ready' | 'failed';
  /** The last good value; it stays when later attempts fail. */
  readonly value?: T;
  /** When the value was read, in epoch milliseconds. */
  readonly fetchedAt?: number;
  /** When it was last answered that there are too few data; as an answer it stays as well when later attempts fail. */
  readonly tooLittleAt?: number;
  /** Why the last attempt failed; it stays while the next one is under way. */
  readonly error?: MetricsError;
  /** When it failed. */
  readonly failedAt?: number;
}

export const idle: Loadable<never> = { state: 'idle' };

export function loading<T>(previous: Loadable<T>): Loadable<T> {
  return { ...previous, state: 'loading' };
}

/** The outcome of an attempt at instant `at`: a success replaces everything, a failure keeps the last good value. */
export function settled<T>(previous: Loadable<T>, result: Result<T>, at: number): Loadable<T> {
  if (result.ok) return { state: 'ready', value: result.value, fetchedAt: at };
  const { value, fetchedAt } = previous;
  const tooLittleAt = result.error.kind === 'notEnoughData' ? at : previous.tooLittleAt;
  return {
    state: 'failed',
    error: result.error,
    failedAt: at,
    ...defined({ value, fetchedAt, tooLittleAt }),
  };
}

/** A cancelled attempt counts as not made. */
export function cancelled<T>(previous: Loadable<T>): Loadable<T> {
  if (previous.state !== 'loading') return previous;
  const state = previous.error ? 'failed' : previous.value === undefined ? 'idle' : 'ready';
  return { ...previous, state };
}

/** The load as if the failed attempt had not been made. */
export function withoutError<T>(load: Loadable<T>): Loadable<T> {
  const { state, value, fetchedAt, tooLittleAt } = load;
  return {
    state: state === 'failed' ? (value === undefined ? 'idle' : 'ready') : state,
    ...defined({ value, fetchedAt, tooLittleAt }),
  };
}
