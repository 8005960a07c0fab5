/** One of the five sections: a card with its chart and the same values as a table, or a message in their place. */
import type { MetricName } from '../src/contract/metric';
import type { Span } from '../src/domain/model';
import type { PanelActionName, PanelMessage, PanelSection } from '../src/presentation/panelProtocol';
import type { Formats } from '../src/presentation/formats';
import { metricTable } from '../src/presentation/metricTable';
import { english as t } from '../src/presentation/translate';
import { button } from './button';
import type { CardContent } from './cardPicture';
import { histogram, latencyLayout } from './charts/latencyChart';
import { drawChart, destroyChart } from './charts/plot';
import { afterPaint, attribute, el } from './dom';
import { CopyMenu } from './copyMenu';
import { icon } from './icons';
import { legendOf } from './legend';
import { IntervalCursor, type Drawn } from './intervalCursor';
import { placeholderChart } from './placeholderChart';
import { remarkOf } from './remarks';
import { percentileSentence, sectionViews, type SectionView } from './sectionViews';
import { stepSize } from './steps';
import { tableOf } from './table';
import type { Theme } from './theme';
import { texts } from './texts';
import type { Area, Canvas } from './charts/area';

interface CardEvents {
  readonly act: (name: PanelActionName) => void;
  readonly toggleTable: (metric: MetricName, open: boolean) => void;
  /** The interval under the pointer or the cursor, with the one where a selection began; undefined when it is left. */
  readonly mark: (metric: MetricName, index: number | undefined, anchor?: number) => void;
  readonly zoom: (span: Span) => void;
  /** The flow, its period and its source, in a line. */
  readonly about: () => string;
  /** Tells a screen reader. */
  readonly say: (text: string) => void;
  /** The clipboard takes no picture here; `png` is base64. */
  readonly saveImage: (metric: MetricName, png: string) => void;
}

/** Narrower than this many pixels at 13 px type the histogram goes under the shares. */
const narrowBelow = 480;

/** Tables up to this length are filled at once: 90 days, a week of hours. */
const rowsAtOnce = 200;

export class SectionCard {
  readonly element: HTMLElement;
  readonly title: string;
  private readonly view: SectionView;
  private readonly heading: HTMLElement;
  private readonly toggle: HTMLButtonElement;
  private readonly copy: CopyMenu;
  private readonly plot = el('div', { class: 'plot' });
  private readonly canvas: HTMLCanvasElement;
  private readonly histogramCanvas: HTMLCanvasElement | undefined;
  private readonly timePane: HTMLElement;
  private readonly periodPane: HTMLElement | undefined;
  private readonly sentence = el('p');
  private readonly remark = el('p', { class: 'remark', hidden: true });
  private readonly header: HTMLElement;
  private readonly body: HTMLElement;
  private readonly legend: HTMLElement;
  private readonly tableBox: HTMLElement;
  private readonly figure = el('span', { class: 'figure' });
  private readonly age = el('span', { class: 'age', hidden: true });
  private readonly note = el('span', { class: 'note' });
  private readonly reader: IntervalCursor;
  private readAt: number | undefined;
  private drawn: Drawn | undefined;
  private tabled: Drawn | undefined;
  private theme: Theme | undefined;
  private size = '';
  private state = '';

  constructor(
    readonly metric: MetricName,
    private readonly events: CardEvents,
    private open: boolean,
  ) {
    this.view = sectionViews[metric];
    this.title = metricTable[metric].label(t);
    const id = `title-${metric}`;
    this.heading = el('h2', { id }, this.title);
    this.toggle = el(
      'button',
      { class: 'quiet', type: 'button', title: texts.tableTitle, 'aria-label': texts.tableOf(this.title) },
      icon('table'),
      el('span', {}, texts.table),
    );
    this.toggle.addEventListener('click', () => this.events.toggleTable(metric, !this.open));
    this.copy = new CopyMenu(this.title, () => this.content, {
      ...events,
      save: (png) => this.events.saveImage(metric, png),
    });
    this.canvas = el('canvas', { role: 'img' });
    this.timePane = el('div', { class: 'pane' }, this.canvas);
    this.plot.append(this.timePane);
    if (this.view.histogram) {
      this.histogramCanvas = el('canvas', { role: 'img', 'aria-label': texts.histogramLabel });
      this.periodPane = el(
        'div',
        { class: 'period-pane' },
        el('div', { class: 'pane' }, this.histogramCanvas),
        this.sentence,
      );
      this.plot.append(this.periodPane);
    }
    this.reader = new IntervalCursor(this.view, metric, this.title, {
      mark: (index, anchor) => this.events.mark(metric, index, anchor),
      zoom: this.events.zoom,
    });
    this.timePane.append(this.reader.element);
    const label = texts.tableOf(this.title);
    const tools = el('div', { class: 'tools' }, this.copy.element, this.toggle);
    this.header = el('header', {}, this.heading, this.figure, this.note, this.age, tools);
    this.legend = el('ul', { class: `legend ${this.view.legendClass ?? ''}` });
    this.tableBox = el('div', { class: 'tablebox', tabindex: 0, role: 'region', 'aria-label': label });
    this.body = el('div', { class: 'body' }, this.legend, this.plot, this.remark, this.tableBox);
    this.element = el('section', {
      class: `card ${this.view.shape}`,
      id: `section-${metric}`,
      'data-metric': metric,
      'data-state': 'loading',
      'aria-labelledby': id,
    });
  }

  /** Shows the section's state. `drawn` is absent where there is nothing to draw. */
  show(section: PanelSection, drawn: Drawn | undefined, slim: boolean): void {
    const drawable =
      drawn && ['ready', 'stale', 'loading'].includes(section.state) && !slim && this.hasCells(drawn)
        ? drawn
        : undefined;
    const state = JSON.stringify([section.state, section.message, section.readAt, slim, drawable !== undefined]);
    if (state === this.state && drawable === this.drawn) return;
    this.state = state;
    this.drawn = drawable;
    this.size = '';
    attribute(this.element, 'data-state', section.state);
    attribute(this.element, 'aria-busy', section.state === 'loading' ? 'true' : undefined);
    attribute(this.element, 'data-single', drawable?.figures.granularity === 'LIFETIME');
    if (drawable) this.showFigures(drawable, section);
    else {
      this.reader.clear();
      destroyChart(this.canvas);
      if (this.histogramCanvas) destroyChart(this.histogramCanvas);
      this.element.classList.remove('open');
      this.element.replaceChildren(
        el('header', {}, this.heading),
        ...(slim
          ? [el('p', {}, section.message?.headline ?? '')]
          : section.message
            ? [this.describe(section.message, section.state === 'error')]
            : [placeholderChart(this.view.shape)]),
      );
    }
  }

  setOpen(open: boolean): void {
    this.open = open;
    if (open) this.fillTable();
    attribute(this.toggle, 'aria-pressed', open ? 'true' : 'false');
    this.copy.allowImage(!open);
    this.element.classList.toggle('open', open && this.drawn !== undefined);
  }

  /** Gives all but the charts the room that they need at this width, before any chart takes what is left. */
  arrange(theme: Theme): void {
    const { drawn, plot, view } = this;
    if (!drawn || !this.visible) return;
    const narrow = this.isNarrow(theme);
    if (view.histogram) attribute(plot, 'data-narrow', narrow);
    const { step } = view.area(this.canvasOf(theme, drawn, this.timePane), narrow);
    const remark = remarkOf(this.metric, drawn.figures, stepSize(drawn.figures, step), drawn.formats);
    if (this.remark.textContent === remark) return;
    this.remark.textContent = remark;
    this.remark.hidden = remark === '';
  }

  /** Draws where the size or the theme has changed since. */
  draw(theme: Theme): void {
    const { drawn, plot } = this;
    if (!drawn || !this.visible) return;
    this.theme = theme;
    const narrow = this.isNarrow(theme);
    const size = `${plot.clientWidth} ${plot.clientHeight} ${devicePixelRatio} ${theme.signature}`;
    if (size === this.size) return;
    this.size = size;
    this.makeRoom();
    const lifetime = drawn.figures.granularity === 'LIFETIME';
    if (this.histogramCanvas && this.periodPane) this.drawBoth(theme, drawn, narrow, lifetime);
    else {
      const canvas = this.canvasOf(theme, drawn, this.timePane);
      const configure = lifetime ? this.view.lifetime : this.view.chart;
      if (configure) drawChart(this.canvas, canvas.width, canvas.height, configure(canvas, narrow));
      this.place(lifetime ? undefined : this.view.area(canvas, narrow));
    }
  }

  private get content(): CardContent | undefined {
    const { view, title, drawn, theme, plot } = this;
    if (!drawn || !theme) return undefined;
    const [figure = '', note = '', remark = ''] = [this.figure, this.note, this.remark].map(
      ({ innerText }) => innerText,
    );
    return { view, title, drawn, theme, plot, figure, note, remark };
  }

  private get visible(): boolean {
    return this.plot.clientWidth > 0 && this.element.contains(this.plot);
  }

  private isNarrow(theme: Theme): boolean {
    return this.plot.clientWidth < (narrowBelow * theme.em) / 13;
  }

  /** Marks intervals in the chart; `reading` shows their values as well. */
  mark(index: number | undefined, reading: boolean, anchor?: number): void {
    this.reader.mark(index, reading, anchor);
  }

  scrollIntoView(): void {
    this.element.scrollIntoView({ block: 'nearest' });
  }

  focus(): void {
    this.scrollIntoView();
    if (this.drawn && !this.open && this.drawn.figures.granularity !== 'LIFETIME')
      this.reader.element.focus({ preventScroll: true });
    else if (this.drawn) this.toggle.focus({ preventScroll: true });
  }

  /** A note that does not fit first takes the room of the toggle's word, then a line of its own. */
  private makeRoom(): void {
    const { classList } = this.header;
    classList.remove('long', 'wrapped');
    const text = document.createRange();
    text.selectNodeContents(this.note);
    // In fractions of a pixel: a text that is cut by less than a whole one loses its end all the same.
    const cut = (): boolean => text.getBoundingClientRect().width > this.note.getBoundingClientRect().width;
    for (const name of ['long', 'wrapped']) if (cut()) classList.add(name);
  }

  /** The same clock for all cards and the head of the page. */
  showAge(formats: Formats, now: number): void {
    if (this.readAt === undefined) return;
    const text = `${texts.notUpdated} ${formats.moment(this.readAt, now)}`;
    if (this.age.textContent !== text) this.age.replaceChildren(icon('clock'), text);
  }

  /** Fills the table with what the chart shows; again only where that has changed. */
  private fillTable(): void {
    const { drawn } = this;
    if (!drawn || drawn === this.tabled) return;
    this.tabled = drawn;
    this.tableBox.replaceChildren(tableOf(this.view, this.title, drawn.figures, drawn.formats, drawn.names));
  }

  private hasCells({ figures, formats }: Drawn): boolean {
    return figures.intervals.some(({ totals }) => this.view.cells(totals, figures, formats) !== undefined);
  }

  private showFigures({ figures, formats, names }: Drawn, section: PanelSection): void {
    const { view, title } = this;
    const lifetime = figures.granularity === 'LIFETIME';
    const figure = view.figure(figures.totals, formats);
    const note = view.note(figures, formats, names);
    this.readAt = section.readAt;
    this.note.textContent = note;
    attribute(this.canvas, 'aria-label', texts.canvasLabel(title, figure, note));
    this.timePane.hidden = lifetime && view.histogram === true;
    this.sentence.textContent = figures.totals.p90 ? percentileSentence(figures, formats) : '';
    this.reader.read(lifetime ? undefined : { figures, formats, names });
    this.figure.textContent = figure;
    this.age.hidden = this.readAt === undefined;
    this.header.classList.toggle('aged', this.readAt !== undefined);
    this.legend.replaceChildren(...legendOf(this.metric, view, figures, formats));
    this.legend.hidden = this.legend.childElementCount === 0;
    // The chart comes first; a table of thousands of cells follows as soon as there is time.
    if (this.open || figures.intervals.length <= rowsAtOnce) this.fillTable();
    else if (this.drawn !== this.tabled) {
      this.tableBox.replaceChildren();
      afterPaint(() => this.fillTable());
    }
    // An element that stays in place keeps its focus and scroll position.
    if (this.body.parentElement !== this.element) {
      this.header.prepend(this.heading);
      this.element.replaceChildren(this.header, this.body);
    }
    this.setOpen(this.open);
  }

  private describe({ headline, text, actions }: PanelMessage, failed: boolean): HTMLElement {
    return el(
      'div',
      { class: 'say' },
      icon(failed ? 'warning' : 'plug'),
      el('b', {}, headline),
      text ? el('span', {}, text) : undefined,
      ...actions.map(({ name, label }) => button(label, () => this.events.act(name), { secondary: true })),
    );
  }

  private canvasOf(theme: Theme, { figures, formats }: Drawn, box: HTMLElement): Canvas {
    return { figures, theme, formats, width: box.clientWidth, height: box.clientHeight, k: theme.em / 13 };
  }

  /** Latency: the chart over time and the histogram of the period have level rows where they stand side by side. */
  private drawBoth(theme: Theme, drawn: Drawn, narrow: boolean, lifetime: boolean): void {
    const k = theme.em / 13;
    const pane = this.histogramCanvas!.parentElement!;
    const stacked = narrow || lifetime;
    this.timePane.style.height = narrow ? `${Math.round(270 * k)}px` : '';
    let row = Math.round((lifetime ? 18 : 15) * k);
    let top = Math.round(22 * k);
    if (!lifetime) {
      const canvas = this.canvasOf(theme, drawn, this.timePane);
      const layout = latencyLayout(canvas, narrow);
      if (!narrow) ({ row } = layout);
      if (!narrow) ({ top } = layout.area);
      drawChart(this.canvas, canvas.width, canvas.height, this.view.chart(canvas, narrow));
      this.place(layout.area);
    } else this.place(undefined);
    pane.style.height = `${top + 11 * row + Math.round(4 * k)}px`;
    const canvas = this.canvasOf(theme, drawn, pane);
    const wide = lifetime && !narrow;
    drawChart(
      this.histogramCanvas!,
      canvas.width,
      canvas.height,
      histogram(canvas, {
        width: canvas.width,
        height: canvas.height,
        top,
        row,
        left: Math.round((wide ? 132 : stacked ? 46 : 54) * k),
        beside: !stacked,
      }),
    );
  }

  private place(area: Area | undefined): void {
    this.reader.place(area);
  }
}
