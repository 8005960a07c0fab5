import type { Thresholds } from '../domain/model';
import type { OverviewInput } from '../presentation/overview/overviewSnapshot';
import { knownSeriesOf } from './flowLoads';
import type { FlowState } from './flowState';

interface OverviewContext {
  readonly thresholds: Thresholds;
  readonly now: number;
  readonly revision: number;
  readonly locale: string;
}

/** The input of the overview's snapshot: all that is known, and nothing is asked for it. */
export function overviewInput(state: FlowState, context: OverviewContext): OverviewInput {
  return {
    ...context,
    accounts: state.snapshot.accounts,
    window: state.window,
    seriesOf: ({ accountName, flow }) => {
      const reading = state.account(accountName)?.records.get(flow.id)?.reading;
      return reading && knownSeriesOf(reading);
    },
  };
}
