import type { PanelSection, PanelNotice, PanelMessage } from '../panelProtocol';
import type { MetricsError } from '../../contract/errors';
import type { SnapshotContext } from './dashboardInput';
import { addDays } from '../../contract/calendar';
import { metricNames } from '../../contract/metric';
import { accountStopMessage, pauseMessage, stoppingErrorMessage } from './errorMessages';
import { errorOf, failedAt, retryAt } from './metricStates';
import { withLowerCaseSubject, errorText, withRetry } from '../texts/errorTexts';
import { panelAction } from './panelActions';

/** A strip above figures that stay: a pause, a stopped account, or a failed refresh. */
export function noticeOf(sections: readonly PanelSection[], context: SnapshotContext): PanelNotice | undefined {
  const { input, speech, t } = context;
  const stale = sections.filter(({ state }) => state === 'stale');
  const errors = metricNames.map((metric) => input.metrics[metric]?.error).filter((error) => error !== undefined);
  const sentence = (message: PanelMessage): PanelNotice => ({ ...message, headline: `${message.headline}.` });
  const stopped = accountStopMessage(context);
  if (stopped) return sentence(stopped);
  const limited = errors.find(({ kind }) => kind === 'rateLimited');
  if (limited || input.account.accountStatus?.kind === 'throttled') {
    return sentence({ ...pauseMessage(limited ?? input.account.accountStatus?.error, context), actions: [] });
  }
  if (stale.length === 0) return onlyKeptNotice(context);
  const failing =
    stale.map(({ metric }) => errorOf(metric, input)).find((error) => error !== undefined) ??
    input.account.accountStatus?.error;
  if (!failing) return undefined;
  const stopping = stoppingErrorMessage(failing, context);
  if (stopping) return sentence(stopping);
  const allStale = sections.every(({ state }) => state === 'stale' || state === 'no-data');
  const since = speech.moment(Math.min(...stale.map(({ readAt = input.now }) => readAt)), input.now);
  return {
    headline: allStale
      ? t('These figures have not been updated since {0}.', since)
      : t('Some figures have not been updated since {0}.', since),
    text: withRetry(failedRefreshText(failing, context), retryAt(failing, input), speech, input.account.byHand),
    actions: [panelAction('tryNow', t)],
  };
}

/** Where the server gives no figures for its own days, and what is kept of older ones is shown. */
function onlyKeptNotice({ input, source, minRequests, speech, t }: SnapshotContext): PanelNotice | undefined {
  const { since, until } = (input.shown ?? input).plan;
  if (since === undefined || !metricNames.some((metric) => input.metrics[metric]?.isOnlyKept)) return undefined;
  const first = speech.day(since);
  return {
    headline:
      until === undefined
        ? t('{0} gives no figures from {1} on.', source.subject, first)
        : t('{0} gives no figures from {1} to {2}.', source.subject, first, speech.day(addDays(until, -1))),
    text: t(
      'In that time this flow had fewer than {0} requests. Days that are kept on this computer are shown.',
      minRequests,
    ),
    actions: [],
  };
}

function failedRefreshText(error: MetricsError, { input, speech, source, t }: SnapshotContext): string {
  const at = failedAt(input);
  const why = withLowerCaseSubject(errorText(error, source, t), source);
  return at === undefined
    ? t('The refresh failed: {0}', why)
    : t('The refresh at {0} failed: {1}', speech.moment(at, input.now), why);
}
