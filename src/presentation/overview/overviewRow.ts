import { dayMs, hourMs } from '../../contract/calendar';
import { metricNames, type MetricName, type MetricSeries } from '../../contract/metric';
import { crossingOf } from '../../domain/health';
import type { AccountFigures, FlowFigures, HealthWindow, SeriesByMetric, Span, Thresholds } from '../../domain/model';
import { metricRules } from '../../domain/metrics';
import { indexRangeOf } from '../../domain/series';
import { defined } from '../../util/defined';
import { plainName } from '../escape';
import { ageParts, hidesFigures } from '../rows/figuresShown';
import type { Speech } from '../speech';
import { flowName } from '../texts/labels';
import { lengthOf } from '../texts/periodTexts';
import { reasonOptions, reasonText } from '../texts/reasonTexts';
import type { OverviewFigure, OverviewRow, OverviewTrend } from './overviewProtocol';

export interface OverviewRowContext {
  readonly account: AccountFigures;
  readonly speech: Speech;
  readonly thresholds: Thresholds;
  /** The window of the settings. */
  readonly window: HealthWindow;
  /** The series that the flow's figures were made of. */
  readonly seriesOf: (figures: FlowFigures) => SeriesByMetric | undefined;
}

type Measured = Pick<OverviewRow, 'figures' | 'trend'>;

/** Figures that stay identical are summed once: a thousand flows are shown anew for each that was read. */
const measured = new WeakMap<FlowFigures, Measured>();

export function overviewRow(figures: FlowFigures, context: OverviewRowContext): OverviewRow {
  const { account, speech, window } = context;
  const { flow, report, key } = figures;
  const [worst] = report.reasons;
  const over = report.window === undefined || report.window === window ? undefined : report.window;
  return {
    key,
    id: flow.id,
    name: flowName(flow),
    account: figures.accountName,
    level: report.level,
    reason: worst ? speech.sentence(reasonText(worst, speech, reasonOptions(account, speech))) : '',
    ...measuredOf(figures, context),
    ...defined({
      status: flow.status === undefined ? undefined : plainName(flow.status, 30),
      over: over && speech.t('over {0}', lengthOf(over, speech.t)),
      age: ageParts(figures, speech, account)[0],
    }),
  };
}

function measuredOf(figures: FlowFigures, { thresholds, seriesOf }: OverviewRowContext): Measured {
  const { totals, report } = figures;
  if (!totals || hidesFigures(report.reasons)) return { figures: {} };
  let known = measured.get(figures);
  if (!known) {
    const series = seriesOf(figures);
    known = {
      figures: figuresOf(figures, thresholds),
      ...defined({ trend: series && trendOf(series, totals.span) }),
    };
    measured.set(figures, known);
  }
  return known;
}

function figuresOf({ totals, before }: FlowFigures, thresholds: Thresholds): OverviewRow['figures'] {
  const figures: Partial<Record<MetricName, OverviewFigure>> = {};
  for (const metric of metricNames) {
    const { value: valueOf, sample, minimum } = metricRules[metric];
    const value = totals && valueOf(totals);
    if (!totals || value === undefined) continue;
    const level = sample(totals) < minimum ? undefined : crossingOf(metric, value, thresholds)?.level;
    figures[metric] = { value, ...defined({ before: before && valueOf(before), level }) };
  }
  return figures;
}

/** More bars would be narrower than they can be told apart in a row. */
const mostBars = 32;

/** Undefined where no request is known. */
function trendOf(series: SeriesByMetric, span: Span): OverviewTrend | undefined {
  const { ENDPOINT_REQUEST_COUNT: counted, ENDPOINT_REQUEST_ERROR: failed } = series;
  if (!counted || counted.granularity === 'LIFETIME') return undefined;
  // Days are of 23 and 25 hours too, and in some zones hours begin at the half.
  const [unit, whole] = counted.granularity === 'HOUR' ? [hourMs, Math.floor] : [dayMs, Math.round];
  const intervals = whole((span.end - span.begin) / unit);
  const size = Math.ceil(intervals / mostBars);
  const barOf = (begin: number): number => Math.floor(whole((begin - span.begin) / unit) / size);
  const requests = sums(counted, span, Math.ceil(intervals / size), barOf);
  const errors = failed ? sums(failed, span, requests.length, barOf) : [];
  const most = Math.max(...requests.map((count) => count ?? 0));
  if (!(most > 0)) return undefined;
  const percent = (count: number): number => Math.round((100 * count) / most);
  return {
    requests: requests.map((count) => (count === null ? null : percent(count))),
    // The least of errors is in sight.
    errors: requests.map((_, i) => Math.ceil((100 * Math.min(errors[i] ?? 0, requests[i] ?? 0)) / most)),
  };
}

/** What all columns of the series count, by bar; null where a bar has no point. */
function sums(series: MetricSeries, span: Span, bars: number, barOf: (begin: number) => number): (number | null)[] {
  const sum = Array.from({ length: bars }, (): number | null => null);
  const { from, to } = indexRangeOf(series, span);
  for (let i = from; i < to; i++) {
    const bar = barOf(series.begins[i]!);
    if (bar >= bars) continue;
    let count = sum[bar] ?? 0;
    for (const { values } of series.columns) count += values[i]!;
    sum[bar] = count;
  }
  return sum;
}
