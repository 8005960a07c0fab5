/** The status of an account that failures of its reads lead to. */
import type { MetricAnswer } from '../contract/client';
import { MetricsError } from '../contract/errors';
import type { AccountStatus, AccountStatusKind } from '../domain/model';
import { defined } from '../util/defined';
import type { FlowRecord } from './flowLoads';

/** The trouble of an account whose list of flows could not be read. */
export function statusOfError(error: MetricsError): AccountStatus {
  const { retryAt } = error.details;
  return { kind: kindOfError(error), error, ...defined({ retryAt }) };
}

function kindOfError({ kind }: MetricsError): AccountStatusKind {
  switch (kind) {
    case 'auth':
      return 'tokenRefused';
    case 'permission':
      return 'permission';
    case 'rateLimited':
      return 'throttled';
    case 'network':
      return 'offline';
    case 'withdrawn':
      return 'withdrawn';
    case 'notFound':
      return 'notFound';
    case 'notEnoughData':
    case 'invalidRequest':
    case 'invalidResponse':
    case 'timeout':
    case 'cancelled':
    case 'server':
      return 'failed';
  }
}

/** One answer is enough for a refused token or a pause; the network is gone only where no answer came through. */
export function statusOfAnswers(answers: readonly MetricAnswer[]): AccountStatus | undefined {
  const errors = answers.flatMap(({ result }) => (result.ok ? [] : [result.error]));
  const refused = errors.find(({ kind }) => kind === 'auth');
  if (refused) return statusOfError(refused);
  const limited = errors.filter(({ kind }) => kind === 'rateLimited');
  if (limited.length > 0) {
    const latest = limited.reduce((a, b) => ((b.details.retryAt ?? 0) > (a.details.retryAt ?? 0) ? b : a));
    return statusOfError(latest);
  }
  const first = errors[0];
  const gone = errors.length === answers.length && errors.every(({ kind }) => kind === 'network');
  return first && gone ? statusOfError(first) : undefined;
}

/** A withdrawn API or a missing permission is the account's where every flow that was read says so. */
export function statusOfAllFlows(records: Iterable<FlowRecord>): AccountStatus | undefined {
  const asked = [...records].filter(({ reading }) => reading !== undefined);
  for (const kind of ['withdrawn', 'permission'] as const) {
    const errors = asked.map(({ reading }) => {
      const loads = Object.values(reading!.loads);
      const errors = loads.map(({ state, error }) => (state === 'failed' ? error : undefined));
      return errors.every((error) => error?.kind === kind) ? errors[0] : undefined;
    });
    const first = errors[0];
    if (first && errors.every((error) => error !== undefined)) return statusOfError(first);
  }
  return undefined;
}

/** Everything that is thrown, as an error of a known kind. */
export function metricsErrorFrom(thrown: unknown): MetricsError {
  if (isMetricsError(thrown)) return thrown;
  return new MetricsError('server', 'Something failed in Flowmeter itself; see the log.');
}

/** Recognized by its name, because the client is a bundle with its own copy of the class. */
function isMetricsError(thrown: unknown): thrown is MetricsError {
  return thrown instanceof Error && thrown.name === 'MetricsError' && 'kind' in thrown && 'details' in thrown;
}
