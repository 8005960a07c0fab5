/** The part of the overview that compares ticked flows: who they are, over which period, and a chart for each metric. */
import { metricNames } from '../../src/contract/metric';
import type { HealthWindow } from '../../src/domain/model';
import type { Formats } from '../../src/presentation/formats';
import type { OverviewRow, OverviewSnapshot } from '../../src/presentation/overview/overviewProtocol';
import { intervalNames } from '../dates';
import { el, fill } from '../dom';
import { hintId } from '../intervalCursor';
import { rangeTexts } from '../texts';
import { onThemeChange, readTheme, type Theme } from '../theme';
import { segments } from '../toolbar';
import { CompareCard } from './compareCard';
import { comparedCharts, type Compared } from './compareFigures';
import { placeBadge } from './overviewColumns';
import { overviewTexts as texts } from './overviewTexts';
import type { Ticks } from './ticks';

interface ComparisonEvents {
  readonly setRange: (range: HealthWindow) => void;
  readonly untick: (key: string) => void;
  readonly clear: () => void;
}

const ranges: readonly HealthWindow[] = ['24h', '7d', '30d'];

export class ComparisonPart {
  readonly element: HTMLElement;
  private readonly legend = el('ul', { class: 'compared' });
  private readonly hint = el('p', { class: 'muted' }, texts.tickMore);
  private readonly inputs = new Map<HealthWindow, HTMLInputElement>();
  private readonly periods: HTMLElement;
  private readonly cardsBox: HTMLElement;
  private readonly cards: readonly CompareCard[];
  private readonly probe = el('span', { class: 'probe', 'aria-hidden': 'true' });
  private theme: Theme | undefined;
  private drawn = '';
  private frame = 0;

  constructor(private readonly events: ComparisonEvents) {
    this.cards = metricNames.map((metric) => {
      const card: CompareCard = new CompareCard(metric, (index) => {
        for (const other of this.cards) other.mark(index, other === card);
      });
      return card;
    });
    this.periods = segments(texts.period, ranges, rangeTexts, {}, this.inputs, events.setRange);
    const clear = el('button', { class: 'quiet', type: 'button' }, texts.clearTicks);
    clear.addEventListener('click', events.clear);
    this.cardsBox = el('div', { class: 'compare-cards' }, ...this.cards.map(({ element }) => element));
    this.element = el(
      'section',
      { class: 'comparison', 'aria-label': texts.compared, hidden: true },
      this.probe,
      el('div', { class: 'compare-head' }, el('h2', {}, texts.compared), this.legend, this.hint, this.periods, clear),
      this.cardsBox,
      el('p', { class: 'sr', id: hintId, hidden: true }, texts.plotHint),
    );
    new ResizeObserver(() => this.redraw()).observe(this.element);
    onThemeChange(() => {
      this.theme = undefined;
      this.redraw();
    });
  }

  show(snapshot: OverviewSnapshot, ticks: Ticks, range: HealthWindow, formats: Formats): void {
    const { comparison, rows, accounts, thresholds } = snapshot;
    // Flows of several accounts are often called alike.
    const ofSeveral = new Set(rows.flatMap(({ key, account }) => (ticks.includes(key) ? [account] : []))).size > 1;
    const nameOf = ({ name, account }: OverviewRow): string =>
      ofSeveral ? `${name} · ${accounts.find(({ key }) => key === account)?.name ?? account}` : name;
    const compared = ticks.flatMap((key, place): (Compared & { readonly key: string })[] => {
      const row = rows.find((one) => one.key === key);
      const known = comparison?.range === range ? comparison.flows.find((flow) => flow.key === key) : undefined;
      return row ? [{ ...known, key: row.key, place, name: nameOf(row), figures: known?.figures ?? [] }] : [];
    });
    const isComparing = compared.length > 1;
    this.element.hidden = compared.length === 0;
    this.hint.hidden = isComparing;
    this.periods.hidden = this.cardsBox.hidden = !isComparing;
    for (const [one, input] of this.inputs) input.checked = one === range;
    fill(
      this.legend,
      compared.map(({ key, place, name, note }) => [key, place, name, note]),
      () =>
        compared.map(({ key, place, name, note }) => {
          const remove = el(
            'button',
            { class: 'quiet', type: 'button', title: texts.remove(name), 'aria-label': texts.remove(name) },
            '×',
          );
          remove.addEventListener('click', () => this.events.untick(key));
          return el(
            'li',
            {},
            placeBadge(place),
            el('span', { title: name }, name),
            note ? el('i', {}, note) : undefined,
            remove,
          );
        }),
    );
    const key = JSON.stringify([comparison, compared, thresholds, formats.locale]);
    if (!isComparing || !comparison || key === this.drawn) return;
    this.drawn = key;
    const charts = comparedCharts(comparison, compared, thresholds);
    if (!charts) return;
    const names = intervalNames(charts.read, formats);
    for (const card of this.cards) card.show(charts, formats, names);
    this.redraw();
  }

  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (this.cardsBox.hidden || this.element.hidden) return;
      this.theme ??= readTheme(this.probe);
      for (const card of this.cards) card.draw(this.theme);
    });
  }
}
