/** Errors that the client makes by itself. */
import { MetricsError } from '../contract/errors';

export function cancelledError(): MetricsError {
  return new MetricsError('cancelled', 'The request was cancelled.');
}

/** Anything else than a `MetricsError` is a mistake of ours; its text may hold anything, so it is not passed on. */
export function asMetricsError(error: unknown): MetricsError {
  return error instanceof MetricsError
    ? error
    : new MetricsError('invalidResponse', 'The answer could not be worked with.');
}

export function timedOut(deadlineMs: number): MetricsError {
  return new MetricsError('timeout', `The server did not answer within ${deadlineMs / 1000} s.`, { transient: true });
}
