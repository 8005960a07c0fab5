import type { MetricName } from '../../contract/metric';
import { isMeter } from '../../domain/account';
import type { MetricsError } from '../../contract/errors';
import type { SnapshotContext } from './dashboardInput';
import type { PanelMessage } from '../panelProtocol';
import { metricTable } from '../metricTable';
import { withRetry, errorText, managementPermission, type PauseTexts, pauseTexts } from '../texts/errorTexts';
import { retryAt, failedAt } from './metricStates';
import { panelAction } from './panelActions';
import { notEnoughMessage } from './noDataMessages';
import { tokenTexts } from '../texts/tokenTexts';
import { plainName } from '../escape';

/** One card's failure: what, why, and when it is tried again. */
export function sectionErrorMessage(metric: MetricName, error: MetricsError, context: SnapshotContext): PanelMessage {
  const { input, speech, source, t } = context;
  const stops = error.kind === 'auth' || error.kind === 'permission' || error.kind === 'withdrawn';
  const text = errorText(error, source, t);
  return {
    headline: t('{0} could not be read', metricTable[metric].label(t)),
    text: stops ? text : withRetry(text, retryAt(error, input), speech, input.account.byHand),
    actions: stops ? [panelAction('showLog', t)] : [panelAction('tryAgain', t)],
  };
}

/** The status of the account that stops all reading until a person acts, as a message. */
export function accountStopMessage(context: SnapshotContext): PanelMessage | undefined {
  const { accountStatus } = context.input.account;
  switch (accountStatus?.kind) {
    case 'tokenMissing':
      return tokenMessage(accountStatus.error, true, context);
    case 'tokenRefused':
      return tokenMessage(accountStatus.error, false, context);
    case 'permission':
      return permissionMessage(context);
    case 'withdrawn':
      return withdrawnMessage(context);
    case 'offline':
      return isMeter(context.input.account.account) ? meterMessage(context) : undefined;
    case 'throttled':
    case 'notFound':
    case 'noFlows':
    case 'failed':
    case undefined:
      return undefined;
  }
}

/** Reading stops at these errors until a person acts; undefined for all others. */
export function stoppingErrorMessage(error: MetricsError, context: SnapshotContext): PanelMessage | undefined {
  if (error.kind === 'auth') return tokenMessage(error, false, context);
  if (error.kind === 'permission') return permissionMessage(context);
  return error.kind === 'withdrawn' ? withdrawnMessage(context) : undefined;
}

/** An error in place of the whole page. */
export function pageErrorMessage(error: MetricsError, context: SnapshotContext): PanelMessage {
  const { input, speech, source, t } = context;
  const stopping = stoppingErrorMessage(error, context);
  if (stopping) return stopping;
  const showLog = panelAction('showLog', t);
  if (error.kind === 'notEnoughData') return notEnoughMessage(context);
  if (error.kind === 'rateLimited') return { ...pauseMessage(error, context), actions: [showLog] };
  if (error.kind === 'notFound') {
    return {
      headline: t('{0} does not know this flow', source.subject),
      text:
        error.details.objectType === undefined
          ? t('It was deleted, or this token cannot see it.')
          : errorText(error, source, t),
      actions: [panelAction('copyFlowId', t, true), showLog],
    };
  }
  return {
    headline: t('The figures could not be read'),
    text: withRetry(errorText(error, source, t), retryAt(error, input), speech, input.account.byHand),
    actions: [panelAction('tryAgain', t, true), showLog],
  };
}

function tokenMessage(error: MetricsError | undefined, missing: boolean, context: SnapshotContext): PanelMessage {
  const { input, speech, source, t } = context;
  const { headline } = tokenTexts(error, missing, speech);
  const name = plainName(input.account.account.name);
  const at = failedAt(input);
  const text = missing
    ? t(
        'There is no token of “{0}” for {1} on this computer, so nothing is read. Set one to go on.',
        name,
        source.object,
      )
    : at === undefined
      ? t(
          '{0} refused the token of “{1}”, and Flowmeter has stopped asking. Set a new one to go on.',
          source.subject,
          name,
        )
      : t(
          '{0} refused the token of “{1}” at {2}, and Flowmeter has stopped asking. Set a new one to go on.',
          source.subject,
          name,
          speech.moment(at, input.now),
        );
  return {
    headline,
    text,
    actions: [panelAction('setToken', t, true), panelAction('showLog', t)],
  };
}

/** The meter ends when a person stops it, or asks for another; nothing is tried again until it is back. */
function meterMessage({ t }: SnapshotContext): PanelMessage {
  return {
    headline: t('The meter is not running'),
    text: t('Requests are not recorded, and figures end where it stopped.'),
    actions: [panelAction('startMeter', t, true), panelAction('showLog', t)],
  };
}

function permissionMessage({ input, t }: SnapshotContext): PanelMessage {
  return {
    headline: t('A permission is missing'),
    text: t(
      'The token of “{0}” needs the permission {1}.',
      plainName(input.account.account.name),
      managementPermission,
    ),
    actions: [panelAction('setToken', t, true), panelAction('showLog', t)],
  };
}

/** One flow alone may be without metrics; that Meta closed its API only all flows together tell. */
function withdrawnMessage({ input, source, t }: SnapshotContext): PanelMessage {
  const ofAll = input.account.accountStatus?.kind === 'withdrawn';
  const announced = t('Meta announced the end of its Metrics API for April 30, 2026.');
  const instead = t('What the meter measures at your endpoint can take its place.');
  const headline = ofAll
    ? t('{0} no longer has metrics', source.subject)
    : t('{0} has no metrics for this flow', source.subject);
  return {
    headline: ofAll && source.isMeta ? t('Meta has closed its Metrics API') : headline,
    text: source.isMeta ? `${announced} ${instead}` : instead,
    actions: [panelAction('measure', t, true), panelAction('showLog', t)],
  };
}

export function pauseMessage(
  error: MetricsError | undefined,
  { input, speech, source, t }: SnapshotContext,
): PauseTexts {
  const until = retryAt(error, input);
  const moment = until === undefined || until <= input.now ? undefined : speech.moment(until, input.now);
  return pauseTexts(error, moment, input.account.byHand === true, source, t);
}
