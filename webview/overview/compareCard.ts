/** A chart of compared flows, with the same values as a table. */
import type { MetricName } from '../../src/contract/metric';
import type { Formats } from '../../src/presentation/formats';
import { metricTable } from '../../src/presentation/metricTable';
import { english as t } from '../../src/presentation/translate';
import { drawChart } from '../charts/plot';
import type { IntervalNames } from '../dates';
import { attribute, el } from '../dom';
import { icon } from '../icons';
import { IntervalCursor } from '../intervalCursor';
import { tableOf } from '../table';
import { texts as pageTexts } from '../texts';
import type { Theme } from '../theme';
import { compareArea, compareChart } from './compareCharts';
import { compareView, type ComparedCharts } from './compareFigures';
import { overviewTexts as texts } from './overviewTexts';

export class CompareCard {
  readonly element: HTMLElement;
  private readonly title: string;
  private readonly canvas = el('canvas', { role: 'img' });
  private readonly pane = el('div', { class: 'pane' }, this.canvas);
  private readonly tableBox: HTMLElement;
  private readonly toggle: HTMLElement;
  private readonly cursor: IntervalCursor;
  private charts: ComparedCharts | undefined;
  private formats: Formats | undefined;
  private names: IntervalNames | undefined;
  private size = '';

  /** `mark`: the interval under the pointer or the cursor; undefined when it is left. */
  constructor(
    private readonly metric: MetricName,
    mark: (index: number | undefined) => void,
  ) {
    this.title = metricTable[metric].figureLabel(t);
    const label = pageTexts.tableOf(this.title);
    this.toggle = el(
      'button',
      { class: 'quiet', type: 'button', title: pageTexts.tableTitle, 'aria-label': label, 'aria-pressed': 'false' },
      icon('table'),
    );
    this.toggle.addEventListener('click', () => this.toggleTable());
    this.cursor = new IntervalCursor(
      compareView(metric, () => this.charts),
      metric,
      this.title,
      // The period is chosen for all flows together.
      { mark: (index) => mark(index), zoom: () => undefined },
    );
    this.pane.append(this.cursor.element);
    this.tableBox = el('div', { class: 'tablebox', tabindex: 0, role: 'region', 'aria-label': label });
    const id = `compare-${metric}`;
    this.element = el(
      'section',
      { class: 'card', 'data-metric': metric, 'aria-labelledby': id },
      el('header', {}, el('h3', { id }, this.title), el('span', { class: 'note' }), this.toggle),
      el('div', { class: 'body' }, el('div', { class: 'plot' }, this.pane), this.tableBox),
    );
  }

  show(charts: ComparedCharts, formats: Formats, names: IntervalNames): void {
    Object.assign(this, { charts, formats, names, size: '' });
    this.cursor.read({ figures: charts.read, formats, names });
    attribute(this.canvas, 'aria-label', texts.chart(this.title, formats.list(charts.flows.map(({ name }) => name))));
    this.fillTable();
  }

  /** Draws where the size or the theme has changed since. */
  draw(theme: Theme): void {
    const { charts, formats, pane, metric } = this;
    const [width, height] = [pane.clientWidth, pane.clientHeight];
    if (!charts || !formats || width === 0) return;
    const size = `${width} ${height} ${devicePixelRatio} ${theme.signature}`;
    if (size === this.size) return;
    this.size = size;
    const canvas = { figures: charts.drawn, theme, formats, width, height, k: theme.em / 13 };
    const lines = charts.flows.map(({ place, figures }) => ({
      place,
      values: figures.map((values) => values[metric] ?? NaN),
    }));
    drawChart(this.canvas, width, height, compareChart(canvas, metric, lines));
    this.cursor.place(compareArea(canvas));
  }

  mark(index: number | undefined, reading: boolean): void {
    this.cursor.mark(index, reading);
  }

  private toggleTable(): void {
    const open = this.element.classList.toggle('open');
    attribute(this.toggle, 'aria-pressed', String(open));
  }

  private fillTable(): void {
    const { charts, formats, names, metric } = this;
    if (!charts || !formats || !names) return;
    const view = compareView(metric, () => charts);
    this.tableBox.replaceChildren(tableOf(view, this.title, charts.read, formats, names));
  }
}
