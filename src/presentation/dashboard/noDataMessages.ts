import type { SnapshotContext } from './dashboardInput';
import type { PanelMessage } from '../panelProtocol';
import { periodPhrase } from '../texts/periodTexts';
import { longerActions, panelAction } from './panelActions';
import type { MetricName } from '../../contract/metric';
import { hasNoAvailability } from '../../domain/flowRules';
import { hasPoints } from './metricStates';
import { isBeyondApi } from '../../domain/view';
import { plainName } from '../escape';

/** Flows that are not in use have nothing to wait for; the others have too few requests so far. */
export function notEnoughMessage(context: SnapshotContext): PanelMessage {
  const { input, source, minRequests, speech, dates, t } = context;
  const { view } = input;
  const notMeasured = notMeasuredMessage(context);
  if (notMeasured) return notMeasured;
  const gives = source.isMeta
    ? t('Meta gives figures once a flow has had at least {0} requests.', minRequests)
    : t('There are figures once a flow has had at least {0} requests.', minRequests);
  const period = periodPhrase(view, dates, speech);
  const fewer =
    view.range === 'all'
      ? t('So far this flow has had fewer.')
      : view.range === 'custom'
        ? t('From {0} this flow had fewer.', period)
        : t('In {0} this flow had fewer.', period);
  const hint =
    view.range === 'all'
      ? t('Nothing is wrong: come back when it has seen more traffic.')
      : t('Nothing is wrong: look at a longer period, or come back when it has seen more traffic.');
  return {
    headline: t('Not enough data yet'),
    text: `${gives} ${fewer} ${hint}`,
    actions: longerActions(view, t),
  };
}

/** Why a draft, a deprecated flow, or one without endpoint has no figures; undefined for all others. */
export function notMeasuredMessage({ input, t }: SnapshotContext): PanelMessage | undefined {
  const cause = input.flow.report.reasons[0]?.cause;
  if (cause === 'draft') {
    return {
      headline: t('A draft has no figures yet'),
      text: t('They begin once this flow is published and in use.'),
      actions: [],
    };
  }
  if (cause === 'deprecated') {
    return {
      headline: t('A deprecated flow has few figures or none'),
      text: t('This flow can no longer be sent. What it had before may show in a longer period.'),
      actions: longerActions(input.view, t),
    };
  }
  if (cause === 'noEndpoint') {
    return {
      headline: t('This flow has no endpoint'),
      text: t('Without one there are no requests to count or to check. Nothing is wrong.'),
      actions: [],
    };
  }
  return undefined;
}

export function noDataMessage(metric: MetricName, context: SnapshotContext): PanelMessage {
  const { t, source } = context;
  if (metric === 'ENDPOINT_AVAILABILITY') {
    if (hasNoAvailability(context.input.flow.flow)) return noAvailabilityMessage(context);
    return {
      headline: t('No checks in this period'),
      text: t('{0} has no availability checks of this endpoint for this period.', source.subject),
      actions: [],
    };
  }
  if (metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' && hasPoints('ENDPOINT_REQUEST_COUNT', context)) {
    return {
      headline: t('No latency in this period'),
      text: t('Latency is measured of requests that succeeded; {0} has none for this period.', source.object),
      actions: [],
    };
  }
  if (metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' && context.input.metrics.ENDPOINT_REQUEST_COUNT?.error) {
    return {
      headline: t('No latency in this period'),
      text: t('Whether there were requests is not known: their count could not be read.'),
      actions: [],
    };
  }
  return noRequestsMessage(context);
}

export function noRequestsMessage({ input, speech, dates, t }: SnapshotContext): PanelMessage {
  const { view } = input;
  const headline =
    view.range === 'all'
      ? t('No requests so far')
      : dates.from === dates.to
        ? t('No requests on {0}', speech.day(dates.from))
        : t('No requests from {0} to {1}', speech.day(dates.from), speech.day(dates.to));
  const longer =
    view.range === 'all' || view.range === '90d' || isBeyondApi(view.range) ? [] : [panelAction('show90d', t, true)];
  return {
    headline,
    text:
      input.account.account.source === 'meta'
        ? t(
            'Nobody used this flow’s endpoint in this period, or Meta has not counted it yet: figures can arrive some hours late.',
          )
        : t('Nobody used this flow’s endpoint in this period.'),
    actions: [...longer, panelAction('refresh', t, longer.length === 0)],
  };
}

export function noAvailabilityMessage({ input, t }: SnapshotContext): PanelMessage {
  const version = plainName(input.flow.flow.dataApiVersion ?? '', 20);
  return {
    headline: t('This endpoint is not checked'),
    text: t('Checks begin with data_api_version 3.0; this flow uses {0}.', version),
    actions: [],
  };
}
