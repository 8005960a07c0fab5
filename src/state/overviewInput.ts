import type { Mark } from '../domain/mark';
import type { HealthWindow, Thresholds } from '../domain/model';
import type { ComparedFlow } from '../presentation/overview/comparison';
import type { OverviewInput } from '../presentation/overview/overviewSnapshot';
import { defined } from '../util/defined';
import { metersMarks } from './dashboardInput';
import { knownSeriesOf } from './flowLoads';
import { flowKey, type FlowRef, type ViewRef } from './flowRef';
import type { FlowState } from './flowState';

interface OverviewContext {
  readonly thresholds: Thresholds;
  readonly now: number;
  readonly revision: number;
  readonly locale: string;
  /** Those that the editor knows of; a meter's come with its data. */
  readonly marksOf: (flow: FlowRef) => readonly Mark[];
}

/** The views that the overview compares, and over which period. */
export interface ComparedViews {
  readonly views: readonly ViewRef[];
  readonly range: HealthWindow;
}

/** The input of the overview's snapshot: all that is known, and nothing is asked for it. */
export function overviewInput(
  state: FlowState,
  { views, range }: ComparedViews,
  { marksOf, ...context }: OverviewContext,
): OverviewInput {
  const { accounts } = state.snapshot;
  const compared = views.flatMap((view): ComparedFlow[] => {
    const account = accounts.find(({ account: { name } }) => name === view.accountName);
    const reading = state.dashboards.get(view)?.reading;
    const loads = reading ? Object.values(reading.loads) : [];
    if (!account) return [];
    return [
      {
        key: flowKey(view),
        account,
        series: reading ? knownSeriesOf(reading) : {},
        marks: [...marksOf(view), ...metersMarks(state.dashboards.get(view))],
        loading: !reading || loads.some(({ state: one }) => one === 'loading'),
        ...defined({ plan: reading?.plan, error: loads.find(({ error }) => error)?.error }),
      },
    ];
  });
  return {
    ...context,
    accounts,
    window: state.window,
    seriesOf: ({ accountName, flow }) => {
      const reading = state.account(accountName)?.records.get(flow.id)?.reading;
      return reading && knownSeriesOf(reading);
    },
    compared: { flows: compared, range },
  };
}
