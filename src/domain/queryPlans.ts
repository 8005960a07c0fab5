/** The queries for a flow's row, and for a view of its dashboard. */
import type { Flow } from '../contract/flow';
import { metricNames, type MetricName } from '../contract/metric';
import type { MetricQuery } from '../contract/query';
import type { WindowPlan } from './windows';
import type { ViewPlan } from './view';
import { hasNoAvailability } from './flowRules';

/** The row's error rate is computed from errors and requests, so the server's own rate is not asked. */
export function rowQueries(flow: Flow, plan: WindowPlan): readonly MetricQuery[] {
  return metricsOf(flow)
    .filter((metric) => metric !== 'ENDPOINT_REQUEST_ERROR_RATE')
    .map((metric) => ({ flowId: flow.id, metric, granularity: plan.granularity, since: plan.since }));
}

/** `withRate`: the server's own error rate, which a dashboard shows beside the computed one. */
export function panelQueries(flow: Flow, plan: ViewPlan, withRate = true): readonly MetricQuery[] {
  return metricsOf(flow)
    .filter((metric) => withRate || metric !== 'ENDPOINT_REQUEST_ERROR_RATE')
    .map((metric) => ({ flowId: flow.id, metric, ...plan }));
}

function metricsOf(flow: Flow): readonly MetricName[] {
  return hasNoAvailability(flow) ? metricNames.filter((metric) => metric !== 'ENDPOINT_AVAILABILITY') : metricNames;
}
