import type { MetricSeries, MetricName } from '../../contract/metric';
import type { MetricsError } from '../../contract/errors';
import type { AccountFigures, FlowFigures, Thresholds, SeriesByMetric } from '../../domain/model';
import type { Mark } from '../../domain/mark';
import type { PanelView, PeriodDates, ViewPlan, ResolvedView } from '../../domain/view';
import type { MilliSeries } from '../../contract/latency';
import type { MeterAlert } from '../../contract/alert';
import type { Speech } from '../speech';
import type { Translate } from '../translate';
import type { SourceTexts } from '../texts/sourceTexts';

/** The answer to one metric of the view. All absent: not asked yet, which shows as loading. */
export interface MetricState {
  /** The last good answer. */
  readonly series?: MetricSeries;
  /** When `series` was read. */
  readonly fetchedAt?: number;
  /** Why the last attempt failed; absent where it succeeded. */
  readonly error?: MetricsError;
  /** When it failed. */
  readonly failedAt?: number;
  /** The server had too few requests to give figures, and `series` is what is kept. */
  readonly isOnlyKept?: true;
}

export interface DashboardInput {
  readonly account: AccountFigures;
  readonly flow: FlowFigures;
  readonly view: PanelView;
  readonly plan: ViewPlan;
  readonly metrics: Partial<Readonly<Record<MetricName, MetricState>>>;
  /** The view and plan that the series belong to, while those of a newly chosen `view` have not come yet. */
  readonly shown?: { readonly view: PanelView; readonly plan: ViewPlan };
  readonly thresholds: Thresholds;
  /**
   * Percentiles in milliseconds of the view shown, asked from the first day of its period on: what lies before the
   * period is in them too. Absent where the server does not measure them.
   */
  readonly milliseconds?: MilliSeries;
  /** Meta's alerts of this flow; absent where the server receives none. */
  readonly alerts?: readonly MeterAlert[];
  /** Of this flow and of all flows, in no order; absent where there are none. */
  readonly marks?: readonly Mark[];
  /** The computer's clock, in epoch milliseconds. */
  readonly now: number;
  readonly busy: boolean;
  readonly revision: number;
  readonly locale: string;
  /** When reading goes on by itself after a failure. */
  readonly nextRetryAt?: number;
  readonly focus?: MetricName;
  /** Begin of the oldest day that is kept, and where the kept days among those shown end. */
  readonly keptFrom?: number;
  readonly keptUntil?: number;
}

/** The values that all parts of a snapshot share. */
export interface SnapshotContext {
  readonly input: DashboardInput;
  readonly speech: Speech;
  readonly t: Translate;
  readonly source: SourceTexts;
  readonly minRequests: number;
  readonly zone: string;
  readonly series: SeriesByMetric;
  /** Of the view asked. */
  readonly dates: PeriodDates;
  /** Of the series shown. */
  readonly resolved: ResolvedView;
}
