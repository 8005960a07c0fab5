/** A part of the period, drawn of figures that are there: nothing is read for it. */
import { beforeLabel } from '../src/presentation/texts/periodTexts';
import type { PeriodTotals, Span } from '../src/domain/model';
import { shiftIntervals } from '../src/domain/windows';
import { english as t } from '../src/presentation/translate';
import { during, type ChartData } from './chartData';
import { intervalNames } from './dates';
import type { Drawn } from './intervalCursor';
import { marksIn } from './marks';
import { texts } from './texts';

export class Zoom {
  private narrowed: { readonly whole: Drawn; readonly span: Span; readonly drawn: Drawn } | undefined;
  /** The figures of a period that was left: the zoom goes with them. */
  private left: Drawn | undefined;

  /** Each within the one before. */
  constructor(private spans: readonly Span[]) {}

  get all(): readonly Span[] {
    return this.spans;
  }

  into(span: Span): void {
    this.spans = [...this.spans, span];
  }

  /** To the zoom before, or to the whole period; false where that is shown already. */
  back(whole = false): boolean {
    if (this.spans.length === 0) return false;
    this.spans = whole ? [] : this.spans.slice(0, -1);
    return true;
  }

  /** Another period was chosen: its figures are shown whole, once they are there. */
  leave(whole: Drawn | undefined): void {
    this.left = whole;
    if (!whole) this.spans = [];
  }

  /** What is to be drawn of the whole; what no longer lies in it is forgotten. */
  of(whole: Drawn): Drawn {
    if (this.left && this.left !== whole) this.leave(undefined);
    for (let span = this.spans.at(-1); span; span = this.spans.at(-1)) {
      if (this.narrowed?.whole === whole && this.narrowed.span === span) return this.narrowed.drawn;
      const figures = narrowed(whole.figures, span);
      if (figures) {
        const drawn = { ...whole, figures, names: intervalNames(figures, whole.formats) };
        this.narrowed = { whole, span, drawn };
        return drawn;
      }
      this.spans = this.spans.slice(0, -1);
    }
    return whole;
  }
}

function narrowed(whole: ChartData, span: Span): ChartData | undefined {
  if (whole.granularity === 'LIFETIME') return undefined;
  const intervals = whole.intervals.filter(({ begin }) => begin >= span.begin && begin < span.end);
  const [first] = intervals;
  if (!first || intervals.length === whole.intervals.length) return undefined;
  const { granularity, zone, thresholds, sums, earlier, known, extra: running, millisecondsSince } = whole;
  const { end } = intervals.at(-1)!;
  // The interval that still runs is told beside the others, and alone where there are none.
  const extra = running && running !== first && intervals.includes(running) ? running : undefined;
  const period = { begin: first.begin, end: extra?.begin ?? end };
  const { milliseconds } = whole.totals;
  return {
    ...{ granularity, zone, thresholds, sums, earlier, known },
    intervals,
    period,
    ...(extra ? { extra } : {}),
    totals: { ...sums(period), ...(milliseconds ? { milliseconds } : {}) },
    // Percentiles of parts cannot be added up.
    ...(milliseconds ? { millisecondsSince: millisecondsSince ?? texts.wholePeriod } : {}),
    ...comparison(whole, period, intervals.length - (extra ? 1 : 0)),
    alerts: whole.alerts.filter((alert) => during(alert, { begin: first.begin, end })),
    marks: marksIn(whole, { begin: first.begin, end }),
    laterMarks: [],
  };
}

/** The same number of intervals just before, where all of them are known. */
function comparison(
  { granularity, zone, earlier }: ChartData,
  period: Span,
  count: number,
): { before?: PeriodTotals; compared?: string } {
  if (granularity === 'LIFETIME') return {};
  const before = earlier({ begin: shiftIntervals(period.begin, -count, granularity, zone), end: period.begin });
  const { requests, errors, measured, availability } = before;
  if ([requests, errors, measured, availability].every((figure) => figure === undefined)) return {};
  return { before, compared: beforeLabel({ granularity, range: 'custom' }, count, t) };
}
