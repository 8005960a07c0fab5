/** The open dashboards and the flows that the overview compares: the view that each wants, and the answers for it. */
import type { MetricAnswer } from '../contract/client';
import type { MilliSeries } from '../contract/latency';
import type { MeterMark } from '../contract/mark';
import { metricNames, type MetricName, type MetricSeries } from '../contract/metric';
import type { KeptDays } from '../domain/keptDays';
import { sameView, type PanelView, type ViewPlan } from '../domain/view';
import { defined } from '../util/defined';
import { isAnswer, withoutRefusals } from './flowLoads';
import { viewKey, type ViewRef } from './flowRef';
import { cancelled, idle, loading, settled, type Loadable } from './loadable';

type Loads = Readonly<Record<MetricName, Loadable<MetricSeries>>>;

/** The answers for one view. */
export interface DashboardReading {
  readonly view: PanelView;
  readonly plan: ViewPlan;
  readonly loads: Loads;
  /** From a meter alone. */
  readonly milliseconds?: MilliSeries;
}

export interface DashboardData {
  readonly flow: ViewRef;
  /** The view that the dashboard wants. */
  readonly view: PanelView;
  /** Hidden dashboards are not read. */
  readonly shown: boolean;
  readonly reading?: DashboardReading;
  /** The last complete reading, shown until the wanted view is there. */
  readonly earlier?: DashboardReading;
  /** Of the flow and of all flows, whatever the view; from a meter alone. */
  readonly marks?: readonly MeterMark[];
  /** Days of the flow that are kept beyond the reach of the API; absent until that is known. */
  readonly kept?: KeptDays | 'none';
}

/** Of a view of which nothing was asked yet. */
export const noLoads = Object.fromEntries(metricNames.map((metric) => [metric, idle])) as unknown as Loads;

export class DashboardState {
  private readonly dashboards = new Map<string, DashboardData>();

  constructor(
    private readonly now: () => number,
    private readonly onChange: () => void,
  ) {}

  get(flow: ViewRef): DashboardData | undefined {
    return this.dashboards.get(viewKey(flow));
  }

  get all(): readonly DashboardData[] {
    return [...this.dashboards.values()];
  }

  /** Sets the view that a dashboard wants; what it showed stays until the new view is there. */
  setView(flow: ViewRef, view: PanelView): void {
    const known = this.get(flow);
    if (known && sameView(known.view, view)) return;
    const earlier = known?.reading && isComplete(known.reading) ? known.reading : known?.earlier;
    this.dashboards.set(viewKey(flow), {
      flow,
      view,
      shown: known?.shown ?? true,
      ...defined({ earlier, marks: known?.marks, kept: known?.kept }),
    });
    this.onChange();
  }

  setKept(flow: ViewRef, kept: KeptDays | 'none'): void {
    const known = this.get(flow);
    if (!known || (kept === 'none' && known.kept === kept)) return;
    this.dashboards.set(viewKey(flow), { ...known, kept });
    this.onChange();
  }

  setShown(flow: ViewRef, shown: boolean): void {
    const known = this.get(flow);
    if (known) this.dashboards.set(viewKey(flow), { ...known, shown });
  }

  delete(flow: ViewRef): void {
    this.dashboards.delete(viewKey(flow));
  }

  /** Drops what was read of an account whose server is another one now. */
  clear(accountName: string): void {
    for (const { flow, view, shown } of this.all) {
      if (flow.accountName === accountName) this.dashboards.set(viewKey(flow), { flow, view, shown });
    }
  }

  /** Deletes the dashboards of accounts that are gone. */
  retain(accountNames: ReadonlySet<string>): void {
    for (const { flow } of this.all) if (!accountNames.has(flow.accountName)) this.delete(flow);
  }

  /** Answers under a token that was replaced say nothing of the flows. */
  clearRefusals(accountName: string): void {
    for (const { flow, reading } of this.all) {
      if (flow.accountName === accountName && reading) this.changeLoads(flow, withoutRefusals);
    }
  }

  /** Sets the query by which the wanted view is read. */
  setPlan(flow: ViewRef, plan: ViewPlan): void {
    this.changeLoads(flow, (loads) => loads, plan);
  }

  setLoading(flow: ViewRef, metrics: readonly MetricName[]): void {
    this.changeLoads(flow, (loads) => {
      const asked = { ...loads };
      for (const metric of metrics) asked[metric] = loading(loads[metric]);
      return asked;
    });
  }

  /** Sets an answer that the flow's row had already. */
  setLoad(flow: ViewRef, metric: MetricName, load: Loadable<MetricSeries>): void {
    this.changeLoads(flow, (loads) => ({ ...loads, [metric]: load }));
  }

  /** Sets one answer for a view; one that comes after the view has changed is dropped. */
  setAnswer(flow: ViewRef, view: PanelView, { query, result }: MetricAnswer): void {
    if (!this.reads(flow, view)) return;
    this.changeLoads(flow, (loads) => {
      const previous = loads[query.metric];
      const isCancelled = !result.ok && result.error.kind === 'cancelled';
      const load = isCancelled ? cancelled(previous) : settled(isAnswer(result) ? idle : previous, result, this.now());
      return { ...loads, [query.metric]: load };
    });
  }

  /** Sets the percentiles in milliseconds for a view; those that come after the view has changed are dropped. */
  setMilliseconds(flow: ViewRef, view: PanelView, milliseconds: MilliSeries): void {
    const known = this.get(flow);
    if (!known?.reading || !this.reads(flow, view)) return;
    this.dashboards.set(viewKey(flow), { ...known, reading: { ...known.reading, milliseconds } });
    this.onChange();
  }

  setMarks(flow: ViewRef, marks: readonly MeterMark[]): void {
    const known = this.get(flow);
    if (!known || JSON.stringify(known.marks) === JSON.stringify(marks)) return;
    this.dashboards.set(viewKey(flow), { ...known, marks });
    this.onChange();
  }

  /** Drops a mark that is gone from the account's meter. */
  removeMark(accountName: string, id: string): void {
    for (const { flow, marks } of this.all) {
      if (flow.accountName !== accountName || !marks) continue;
      this.setMarks(
        flow,
        marks.filter((mark) => mark.id !== id),
      );
    }
  }

  /** Marks the reads that the view still waits for as cancelled. */
  setCancelled(flow: ViewRef, view: PanelView): void {
    if (!this.reads(flow, view)) return;
    this.changeLoads(flow, (loads) => {
      const rest = { ...loads };
      for (const metric of metricNames) rest[metric] = cancelled(loads[metric]);
      return rest;
    });
  }

  private reads(flow: ViewRef, view: PanelView): boolean {
    const known = this.get(flow);
    return known?.reading !== undefined && sameView(known.view, view);
  }

  private changeLoads(flow: ViewRef, change: (loads: Loads) => Loads, newPlan?: ViewPlan): void {
    const known = this.get(flow);
    const plan = newPlan ?? known?.reading?.plan;
    if (!known || !plan) return;
    const loads = change(known.reading?.loads ?? noLoads);
    const reading = { view: known.view, plan, loads, ...defined({ milliseconds: known.reading?.milliseconds }) };
    const { earlier, ...rest } = known;
    this.dashboards.set(viewKey(flow), { ...rest, reading, ...(isComplete(reading) ? {} : defined({ earlier })) });
    this.onChange();
  }
}

/** True where every metric has come to its end, or was never asked. */
function isComplete({ loads }: DashboardReading): boolean {
  const states = Object.values(loads).map(({ state }) => state);
  return states.every((state) => state !== 'loading') && states.some((state) => state !== 'idle');
}
