/** The figures of the same span before and after a mark. */
import { dateInZone } from '../src/contract/calendar';
import { metricNames, type Granularity, type MetricName } from '../src/contract/metric';
import { sidesOf, type Sides } from '../src/domain/sides';
import type { PeriodTotals, Span } from '../src/domain/model';
import type { PanelMark } from '../src/presentation/panelProtocol';
import { changeOf, metricTable } from '../src/presentation/metricTable';
import { changeText } from '../src/presentation/texts/changeTexts';
import { english as t } from '../src/presentation/translate';
import { el } from './dom';
import type { Drawn } from './intervalCursor';
import { markLabel } from './marks';
import { sampleText, texts } from './texts';

/** Full days of hours and full weeks of days, so that both sides have the same hours and weekdays. */
const mostIntervals = { HOUR: 24, DAY: 7, LIFETIME: 0 } as const;

export const sidesId = 'before-after';

export function beforeAfter(mark: PanelMark, { figures, formats }: Drawn): HTMLElement {
  const { granularity, zone, known, earlier } = figures;
  const sides = sidesOf(mark.time, known(), mostIntervals[granularity]);
  if (!sides) return el('p', { class: 'sides', id: sidesId }, texts.noSides(mark.text, granularity));
  const day = (instant: number): string => formats.day(dateInZone(instant, zone));
  const when = ({ begin, end }: Span): string =>
    granularity === 'HOUR' ? formats.timeRange(begin, end) : texts.days(day(begin), day(end - 1));
  const [before, after] = [earlier(sides.before), earlier(sides.after)];
  const rows = metricNames.map((metric) => {
    const { figureLabel, format, value } = metricTable[metric];
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, figureLabel(t)),
      ...[before, after].map((totals) => el('td', {}, format(value(totals), formats))),
      el('td', {}, few(metric, before, after) ?? changeText(changeOf(metric, after, before, formats), t)),
    );
  });
  return el(
    'div',
    { class: 'sides', id: sidesId, role: 'region', tabindex: 0, 'aria-label': texts.sidesOf(mark.text) },
    el(
      'table',
      {},
      el('caption', {}, el('b', {}, markLabel(mark)), ` ${texts.sides(sides.count, granularity)}`),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('td'),
          head(texts.before, when(sides.before)),
          head(texts.after, when(sides.after)),
          head(texts.change, ''),
        ),
      ),
      el('tbody', {}, ...rows),
    ),
    el('p', { class: 'muted' }, remark(sides, granularity)),
  );
}

function head(name: string, span: string): HTMLElement {
  return el('th', { scope: 'col' }, name, span && el('span', { class: 'muted' }, ` ${span}`));
}

/** Why a change says little: a side stands on less than is judged. */
function few(metric: MetricName, before: PeriodTotals, after: PeriodTotals): string | undefined {
  const { sample, minimum, value } = metricTable[metric];
  const isFew = (totals: PeriodTotals): boolean => value(totals) !== undefined && sample(totals) < minimum;
  if (!isFew(before) && !isFew(after)) return undefined;
  const side = isFew(before) ? (isFew(after) ? texts.onBothSides : texts.beforeIt) : texts.afterIt;
  return texts.fewOn(minimum, sampleText(metric), side);
}

function remark({ between, shortOf }: Sides, granularity: Granularity): string {
  return [
    between && texts.between(granularity),
    shortOf === 'before' ? texts.shortBefore : shortOf === 'after' ? texts.shortAfter(granularity) : undefined,
  ]
    .filter(Boolean)
    .join(' ');
}
