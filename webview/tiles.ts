/** The five big numbers with their change, their mark and a small shape, in the order of the charts. */
import { metricNames, type MetricName } from '../src/contract/metric';
import type { PanelSection } from '../src/presentation/panelProtocol';
import type { Formats } from '../src/presentation/formats';
import { crossingOf } from '../src/domain/health';
import { changeOf, metricTable } from '../src/presentation/metricTable';
import { english as t } from '../src/presentation/translate';
import { el, type Child } from './dom';
import type { ChartData } from './chartData';
import { levelGlyph } from './icons';
import type { Drawn } from './intervalCursor';
import { sectionViews } from './sectionViews';
import { sparkline, sparkWidth } from './spark';
import { inSteps, stepSize } from './steps';
import { texts } from './texts';
import { levelLabel } from '../src/presentation/texts/labels';
import { changeShort } from '../src/presentation/texts/changeTexts';
import { markText } from '../src/presentation/texts/limitTexts';

/** `open` is called with the metric whose section a person wants to see. */
export function tiles(
  drawn: Drawn | undefined,
  sections: readonly PanelSection[],
  open: (metric: MetricName) => void,
): HTMLElement[] {
  return metricNames.map((metric) => {
    const name = metricTable[metric].figureLabel(t);
    if (!drawn) return skeletonTile(name);
    const tile = el('a', { class: 'tile', href: `#section-${metric}` }, ...content(metric, name, drawn, sections));
    tile.addEventListener('click', (event) => {
      event.preventDefault();
      open(metric);
    });
    return tile;
  });
}

function content(metric: MetricName, name: string, drawn: Drawn, sections: readonly PanelSection[]): Child[] {
  const { figures, formats } = drawn;
  const definition = metricTable[metric];
  const value = definition.value(figures.totals);
  const judged = definition.sample(figures.totals) >= definition.minimum;
  const crossing = judged ? crossingOf(metric, value, figures.thresholds) : undefined;
  const change = changeOf(metric, figures.totals, figures.before, formats);
  const lifetime = figures.granularity === 'LIFETIME';
  const mark = crossing && markText(metric, crossing.threshold, formats);
  return [
    el('span', { class: 'name' }, name),
    el(
      'span',
      { class: 'mark', 'data-level': crossing?.level, title: mark },
      ...(crossing
        ? [levelGlyph(crossing.level), el('span', {}, el('i', { class: 'sr' }, levelLabel(crossing.level, t)), mark)]
        : []),
    ),
    el('span', { class: 'value' }, measuredPercentiles(metric, figures, formats) ?? definition.format(value, formats)),
    el(
      'span',
      { class: 'change' },
      ...(value === undefined
        ? [absence(metric, sections)]
        : lifetime
          ? []
          : change.kind === 'unknown'
            ? // The period's label says it once where nothing at all can be compared.
              [figures.before && texts.nothingToCompare]
            : [el('b', {}, changeShort(change, t)), change.word && ` ${change.word}`]),
    ),
    lifetime ? undefined : el('span', { class: 'spark' }, spark(metric, figures)),
  ];
}

function spark(metric: MetricName, figures: ChartData): SVGElement {
  const drawn = inSteps(figures, stepSize(figures, sparkWidth / figures.intervals.length));
  return sparkline(sectionViews[metric].spark(drawn), drawn.intervals);
}

/** A meter's latency to the millisecond, where that stands on the period alone. */
function measuredPercentiles(
  metric: MetricName,
  { totals, millisecondsSince }: ChartData,
  formats: Formats,
): string | undefined {
  if (metric !== 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' || millisecondsSince !== undefined) return undefined;
  // Where a server keeps the seconds back, its milliseconds would contradict the text below.
  return totals.p90 && totals.milliseconds && formats.milliseconds(totals.milliseconds.p90);
}

function absence(metric: MetricName, sections: readonly PanelSection[]): string {
  const state = sections.find((section) => section.metric === metric)?.state;
  if (state === 'error') return texts.couldNotBeRead;
  if (state === 'not-enough-data') return texts.notEnough;
  return state === 'loading' ? texts.reading : sectionViews[metric].absent;
}

function skeletonTile(name: string): HTMLElement {
  const bone = (): HTMLElement => el('span', { class: 'bone' });
  return el(
    'div',
    { class: 'tile' },
    el('span', { class: 'name' }, name),
    el('span', { class: 'value' }, bone()),
    el('span', { class: 'change' }, bone()),
    el('span', { class: 'spark' }, bone()),
  );
}
