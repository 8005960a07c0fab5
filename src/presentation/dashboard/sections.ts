import type { MetricsError } from '../../contract/errors';
import { type MetricName, metricNames } from '../../contract/metric';
import type { SnapshotContext, DashboardInput } from './dashboardInput';
import type { PanelSection, SectionState } from '../panelProtocol';
import { standsOn, errorOf, hasPoints, isOld, retryAt } from './metricStates';
import { defined } from '../../util/defined';
import { hasNoAvailability } from '../../domain/flowRules';
import { noAvailabilityMessage, notEnoughMessage, noDataMessage, notMeasuredMessage } from './noDataMessages';
import { sectionErrorMessage } from './errorMessages';
import { isTokenStatus } from '../../domain/model';

export function sectionOf(metric: MetricName, context: SnapshotContext): PanelSection {
  const { input } = context;
  const sources = standsOn[metric] ?? [metric];
  const states = sources.map((source) => input.metrics[source] ?? {});
  const series = context.series[metric];
  const section = (state: SectionState, more: Partial<PanelSection> = {}): PanelSection => ({
    metric,
    state,
    ...defined({ series }),
    ...more,
  });

  const lacking = states.find((state) => !state.series);
  if (lacking) {
    const unchecked = metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(input.flow.flow);
    if (unchecked && (!lacking.error || lacking.error.kind === 'notEnoughData')) {
      return section('no-data', { message: noAvailabilityMessage(context) });
    }
    const failed = states.find((state) => state.error && !state.series)?.error;
    if (!failed) return section('loading');
    if (failed.kind === 'notEnoughData') return section('not-enough-data', { message: notEnoughMessage(context) });
    return section('error', { message: sectionErrorMessage(metric, failed, context) });
  }
  if (input.shown) return section('loading');
  const isTooLittle = states.some(({ error, isOnlyKept }) => error?.kind === 'notEnoughData' && !isOnlyKept);
  if (isTooLittle) return section('not-enough-data', { message: notEnoughMessage(context) });
  const old = states.filter((state) => isOld(state, input));
  if (old.length > 0) {
    const oldest = Math.min(...old.map(({ fetchedAt }) => fetchedAt ?? input.now));
    return section('stale', { readAt: oldest });
  }
  if (hasPoints(metric, context)) return section('ready');
  const counts = input.metrics.ENDPOINT_REQUEST_COUNT;
  // No errors and no latency mean that nobody came only where it is known how many came.
  if (metric === 'ENDPOINT_REQUEST_ERROR' && counts?.error && !counts.series && counts.error.kind !== 'notEnoughData') {
    return section('error', { message: sectionErrorMessage(metric, counts.error, context) });
  }
  return section('no-data', { message: noDataMessage(metric, context) });
}

/** Under a message for the whole page each section says its state in a few words. */
export function briefSection(section: PanelSection, context: SnapshotContext): PanelSection {
  const { minRequests, t, input } = context;
  const words = (): string => {
    switch (section.state) {
      case 'not-enough-data':
        return notMeasuredMessage(context) ? t('No figures') : t('Fewer than {0} requests', minRequests);
      case 'no-data':
        return t('No data in this period');
      case 'error':
      case 'loading':
      case 'ready':
      case 'stale':
        if (accountNeedsToken(input)) return t('Waiting for a new token');
        if (input.metrics[section.metric]?.error?.kind === 'withdrawn') return t('Metrics no longer available');
        // In a pause nothing is tried.
        if (errorOf(section.metric, input)?.kind === 'rateLimited')
          return notReadYet(errorOf(section.metric, input), context);
        return t('Could not be read');
    }
  };
  const state = section.state === 'loading' ? 'error' : section.state;
  const unchecked = section.metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(input.flow.flow);
  return {
    metric: section.metric,
    state,
    message: { headline: unchecked && state === 'no-data' ? t('Not checked') : words(), text: '', actions: [] },
  };
}

function notReadYet(error: MetricsError | undefined, context: SnapshotContext): string {
  const { input, speech, t } = context;
  const until = retryAt(error, input);
  if (until === undefined || until <= input.now) return t('Not read yet');
  return t('Not read yet: waiting until {0}', speech.moment(until, input.now));
}

function accountNeedsToken(input: DashboardInput): boolean {
  const { accountStatus } = input.account;
  if (isTokenStatus(accountStatus) || accountStatus?.kind === 'permission') return true;
  return metricNames.some((metric) => input.metrics[metric]?.error?.kind === 'auth');
}
