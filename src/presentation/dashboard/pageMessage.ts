import type { PanelSnapshot, PanelSection } from '../panelProtocol';
import type { SnapshotContext } from './dashboardInput';
import { hasNoAvailability } from '../../domain/flowRules';
import { accountStopMessage, pageErrorMessage } from './errorMessages';
import { notEnoughMessage, noRequestsMessage } from './noDataMessages';
import { errorOf } from './metricStates';

type PageMessage = NonNullable<PanelSnapshot['whole']>;

/** One message where all sections share a state; a metric that is never measured has no say. */
export function pageMessageOf(sections: readonly PanelSection[], context: SnapshotContext): PageMessage | undefined {
  const { input } = context;
  const voting = sections.filter(
    ({ metric }) => metric !== 'ENDPOINT_AVAILABILITY' || !hasNoAvailability(input.flow.flow),
  );
  const states = new Set(voting.map(({ state }) => state));
  // An account that may not read has nothing to wait for, whether or not this flow was asked.
  const stopped = accountStopMessage(context);
  if (stopped && voting.every(({ series }) => !series)) return { ...stopped, state: 'error' };
  const [state] = states;
  if (states.size !== 1 || state === undefined) return undefined;
  switch (state) {
    case 'not-enough-data':
      return { ...notEnoughMessage(context), state };
    case 'no-data':
      return { ...noRequestsMessage(context), state };
    case 'error': {
      const errors = voting.map(({ metric }) => errorOf(metric, input)).filter((error) => error !== undefined);
      const [first] = errors;
      if (!first || errors.some(({ kind }) => kind !== first.kind)) return undefined;
      return { ...pageErrorMessage(first, context), state };
    }
    case 'ready':
    case 'loading':
    case 'stale':
      return undefined;
  }
}
