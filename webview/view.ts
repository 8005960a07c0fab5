/** The page: made once, then filled from each snapshot. Everything it shows comes from the snapshot. */
import type { MetricName } from '../src/contract/metric';
import { metricNames } from '../src/contract/metric';
import type { PanelIntent, PanelSnapshot } from '../src/presentation/panelProtocol';
import { createFormats, type Formats } from '../src/presentation/formats';
import { alertList, alertsShown } from './alerts';
import { intervalNames, spanName } from './dates';
import { attribute, el, fill } from './dom';
import { chartDataOf, sameChartData } from './chartData';
import { MarkStrip } from './markStrip';
import { foot, head, notice, verdict, wholePageMessage } from './pageParts';
import { hintId, type Drawn } from './intervalCursor';
import { icon } from './icons';
import { SectionCard } from './sectionCard';
import { onThemeChange, readTheme, type Theme } from './theme';
import { tiles } from './tiles';
import { Toolbar } from './toolbar';
import { granularityTexts, texts } from './texts';
import type { Span } from '../src/domain/model';
import { sameView, type PanelView } from '../src/domain/view';
import { defined } from '../src/util/defined';
import { Zoom } from './zoom';

/** Kept over a reload, beside the view. */
export interface ViewState {
  /** Sections whose table is shown in place of the chart. */
  readonly tables: readonly MetricName[];
  /** The parts of the period that were zoomed into, each within the one before. */
  readonly zooms: readonly Span[];
}

interface ViewEvents {
  readonly send: (intent: PanelIntent) => void;
  readonly save: (state: ViewState) => void;
}

/** Ages in the head are told in minutes. */
const tickMs = 30_000;

export class View {
  private readonly progress = el(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': texts.progress },
    el('i'),
  );
  private readonly head = el('header', { class: 'head' });
  private readonly verdict = el('div', { class: 'verdict', 'data-level': 'unknown' });
  private readonly notice = el('div', { class: 'notice', hidden: true });
  private readonly alerts = el('div', { class: 'notice alerts', hidden: true });
  private readonly toolbar: Toolbar;
  private readonly period = el('p', { class: 'period' });
  private readonly tiles = el('div', { class: 'tiles' });
  private readonly tilesBlock = el('div', { class: 'tiles-block' }, this.period, this.tiles);
  private readonly marks: MarkStrip;
  private readonly whole = el('div', { class: 'whole', hidden: true });
  private readonly cards = el('div', { class: 'cards' });
  private readonly foot = el('footer', { class: 'foot' });
  private readonly live = el('p', { class: 'sr', role: 'status' });
  private readonly probe = el('span', { class: 'probe', 'aria-hidden': 'true' });
  private readonly sections: readonly SectionCard[];
  private readonly open: Set<MetricName>;
  private readonly zoom: Zoom;
  private savedZooms: readonly Span[];
  private sentZoom: Span | undefined;
  private snapshot: PanelSnapshot | undefined;
  private received = 0;
  /** The newest figures that were drawn, with the snapshot they came from. */
  private drawn: (Drawn & { readonly from: PanelSnapshot }) | undefined;
  private formats: Formats | undefined;
  private theme: Theme | undefined;
  private frame = 0;
  private requestedView: PanelView | undefined;

  constructor(
    root: HTMLElement,
    private readonly events: ViewEvents,
    { tables, zooms }: ViewState,
  ) {
    this.open = new Set(tables);
    this.zoom = new Zoom(zooms);
    this.savedZooms = zooms;
    this.toolbar = new Toolbar({
      show: (view) => this.requestView(view),
      refresh: () => events.send({ type: 'action', name: 'refresh' }),
      exportFigures: () => events.send({ type: 'export' }),
    });
    this.marks = new MarkStrip(() => events.send({ type: 'action', name: 'addMark' }));
    this.sections = metricNames.map(
      (metric) =>
        new SectionCard(
          metric,
          {
            act: (name) => events.send({ type: 'action', name }),
            toggleTable: (one, open) => this.toggleTable(one, open),
            mark: (source, index, anchor) => this.mark(source, index, anchor),
            zoom: (span) => this.zoomInto(span),
            about: () => this.about(),
            say: (text) => (this.live.textContent = text),
            saveImage: (of, png) => events.send({ type: 'saveImage', metric: of, png }),
          },
          this.open.has(metric),
        ),
    );
    this.cards.append(...this.sections.map(({ element }) => element));
    root.append(
      el(
        'div',
        { class: 'page' },
        this.progress,
        this.probe,
        this.head,
        this.verdict,
        this.notice,
        this.alerts,
        this.toolbar.element,
        this.tilesBlock,
        this.marks.element,
        this.whole,
        this.cards,
        this.foot,
        this.live,
        el('p', { class: 'sr', id: hintId, hidden: true }, texts.plotHint),
      ),
    );
    new ResizeObserver(() => this.redraw()).observe(root);
    onThemeChange(() => {
      this.theme = undefined;
      this.redraw();
    });
    document.addEventListener('keydown', (event) => this.key(event));
    setInterval(() => this.showAges(), tickMs);
  }

  show(snapshot: PanelSnapshot): void {
    const before = this.snapshot;
    if (before && snapshot.revision < before.revision) return;
    this.snapshot = snapshot;
    this.received = performance.now();
    const formats = this.formatsOf(snapshot.locale);
    if (before && !sameView(before.view, snapshot.view)) this.zoom.leave(this.drawn);
    const whole = this.figures(snapshot, formats);
    const drawn = whole && this.zoom.of(whole);
    if (this.zoom.all !== this.savedZooms) this.saveState();
    this.sendZoom();
    const charts = drawn !== undefined && !snapshot.whole;
    const overTime = charts && drawn.figures.granularity !== 'LIFETIME';

    this.progress.hidden = !snapshot.busy;
    attribute(this.verdict, 'data-level', snapshot.verdict.level);
    fill(this.verdict, snapshot.verdict, () => verdict(snapshot, (view) => this.requestView(view)));
    this.notice.hidden = !snapshot.notice;
    fill(this.notice, snapshot.notice, () =>
      snapshot.notice ? notice(snapshot.notice, (name) => this.events.send({ type: 'action', name })) : [],
    );
    const alerts = alertsShown(snapshot);
    this.alerts.hidden = alerts.length === 0;
    attribute(this.alerts, 'data-level', alerts[0]?.level);
    fill(this.alerts, alerts, () => alertList(alerts));
    this.toolbar.show(snapshot, formats, charts);
    this.whole.hidden = !snapshot.whole;
    fill(this.whole, snapshot.whole, () =>
      snapshot.whole ? wholePageMessage(snapshot.whole, (name) => this.events.send({ type: 'action', name })) : [],
    );
    this.tilesBlock.hidden = snapshot.whole !== undefined;
    if (!snapshot.whole) this.showTiles(snapshot, drawn);
    this.marks.show(charts ? drawn : undefined);
    attribute(this.cards, 'data-slim', snapshot.whole !== undefined);
    for (const card of this.sections) {
      const section = snapshot.sections.find(({ metric }) => metric === card.metric);
      if (section) card.show(section, drawn, snapshot.whole !== undefined);
    }
    this.showAges();
    fill(
      this.foot,
      [snapshot.source, snapshot.dataUpTo, snapshot.fetchedAt, snapshot.busy, overTime, snapshot.period],
      () => foot(snapshot, formats, overTime),
    );
    document.title = snapshot.flow.name;
    this.draw();
    this.announce(before, snapshot);
    if (snapshot.scrollTo) this.section(snapshot.scrollTo).scrollIntoView();
    if (snapshot.focus) this.section(snapshot.focus).focus();
  }

  /** The figures to draw: the snapshot's own, or those drawn before while new ones are still to come. */
  private figures(snapshot: PanelSnapshot, formats: Formats): Drawn | undefined {
    const kept = this.drawn;
    if (kept && kept.formats === formats && sameChartData(kept.from, snapshot)) return kept;
    const figures = chartDataOf(snapshot);
    if (figures) this.drawn = { figures, formats, names: intervalNames(figures, formats), from: snapshot };
    else if (!snapshot.sections.some(({ state }) => state === 'loading')) this.drawn = undefined;
    return this.drawn;
  }

  private formatsOf(locale: string): Formats {
    if (!this.formats || this.snapshot?.locale !== locale || this.formats.locale !== locale) {
      if (this.formats?.locale === locale) return this.formats;
      this.formats = createFormats(locale);
      document.documentElement.lang = this.formats.locale;
    }
    return this.formats;
  }

  private showTiles(snapshot: PanelSnapshot, drawn: Drawn | undefined): void {
    const { label, covers } = snapshot.period ?? {};
    const extra = drawn?.figures.extra && texts.notCounted(drawn.names.row(drawn.figures.extra));
    const compared = drawn?.figures.granularity === 'LIFETIME' ? '' : (drawn?.figures.compared ?? texts.notEarlier);
    const part = this.partShown(drawn);
    attribute(this.period, 'data-zoomed', part !== undefined);
    fill(this.period, [label, covers, extra, drawn && compared, part], () => [
      el('b', {}, part ?? label ?? ''),
      !part && covers ? el('span', {}, covers) : undefined,
      extra && el('span', {}, extra),
      part ? el('span', {}, texts.zoomedFrom(label ?? '')) : undefined,
      drawn && compared ? el('span', {}, compared) : undefined,
      part && this.wholePeriodButton(),
    ]);
    const key = [drawn && (this.drawn?.from.revision ?? 0), part, snapshot.sections.map(({ state }) => state)];
    fill(this.tiles, key, () => tiles(drawn, snapshot.sections, (metric) => this.section(metric).focus()));
    attribute(this.tiles, 'aria-busy', drawn ? undefined : 'true');
  }

  private showAges(): void {
    const { snapshot, formats } = this;
    if (!snapshot || !formats) return;
    const now = snapshot.now + performance.now() - this.received;
    const { flow, source, fetchedAt, stale, dataUpTo, busy } = snapshot;
    const ages = [fetchedAt, dataUpTo].map((at) => at && formats.age(at, now));
    fill(this.head, [flow, source, ages, stale, busy && fetchedAt === undefined], () =>
      head(snapshot, formats, now, (name) => this.events.send({ type: 'action', name })),
    );
    for (const card of this.sections) card.showAge(formats, now);
  }

  private section(metric: MetricName): SectionCard {
    return this.sections.find((section) => section.metric === metric)!;
  }

  private requestView(view: PanelView): void {
    this.requestedView = view;
    this.progress.hidden = false;
    this.events.send({ type: 'setView', view });
  }

  /** Announces the result of a person's choice to screen readers; changes by themselves are not announced. */
  private announce(before: PanelSnapshot | undefined, snapshot: PanelSnapshot): void {
    const { view, period, sections, whole: message } = snapshot;
    if (!this.requestedView || !before || sections.some(({ state }) => state === 'loading')) return;
    this.requestedView = undefined;
    const granularity = granularityTexts[view.granularity];
    this.live.textContent =
      message?.headline ??
      (period && view.granularity !== 'LIFETIME'
        ? texts.showing(granularity, period.label)
        : (period?.label ?? granularity));
  }

  private toggleTable(metric: MetricName, open: boolean): void {
    if (open) this.open.add(metric);
    else this.open.delete(metric);
    const section = this.section(metric);
    section.setOpen(open);
    this.live.textContent = open ? texts.tableShown(section.title) : texts.chartShown(section.title);
    this.saveState();
    this.draw();
  }

  private mark(source: MetricName, index: number | undefined, anchor?: number): void {
    for (const section of this.sections) section.mark(index, section.metric === source, anchor);
  }

  /** The name of the part of the period that is shown; undefined where that is the whole. */
  private partShown(drawn: Drawn | undefined): string | undefined {
    return drawn && drawn !== this.drawn ? spanName(drawn.figures, drawn.formats, drawn.figures.period) : undefined;
  }

  /** Flow, period and source, as a picture of a card names them. */
  private about(): string {
    const { snapshot, drawn } = this;
    if (!snapshot || !drawn) return '';
    const { flow, period, source } = snapshot;
    const { granularity } = drawn.figures;
    const covered = this.partShown(this.zoom.of(drawn)) ?? period?.covers ?? period?.label ?? '';
    const shown = granularity === 'LIFETIME' ? covered : texts.showing(granularityTexts[granularity], covered);
    return [flow.name, shown, source.text].join(' · ');
  }

  private wholePeriodButton(): HTMLElement {
    const whole = el(
      'button',
      { class: 'quiet', type: 'button', title: texts.zoomBackTitle },
      icon('zoomOut'),
      texts.showWholePeriod,
    );
    whole.addEventListener('click', () => this.zoomBack(true));
    return whole;
  }

  private zoomInto(span: Span): void {
    this.zoom.into(span);
    this.showZoom();
  }

  private zoomBack(whole: boolean): void {
    if (this.zoom.back(whole)) this.showZoom();
  }

  private showZoom(): void {
    const { snapshot } = this;
    if (!snapshot) return;
    this.show(snapshot);
    if (!this.drawn || !snapshot.period) return;
    const part = this.partShown(this.zoom.of(this.drawn));
    const granularity = granularityTexts[snapshot.view.granularity];
    this.live.textContent = part
      ? texts.zoomedTo(granularity, part)
      : texts.showing(granularity, snapshot.period.label);
  }

  private key({ key, target, defaultPrevented }: KeyboardEvent): void {
    // In a field the key takes back what was typed, and it closes a menu.
    const elsewhere = target instanceof HTMLInputElement || document.querySelector(':popover-open');
    if (key === 'Escape' && !defaultPrevented && !elsewhere) this.zoomBack(false);
  }

  private saveState(): void {
    this.savedZooms = this.zoom.all;
    this.events.save({ tables: [...this.open], zooms: this.savedZooms });
  }

  /** The editor exports what is shown, by this page's button or a command. */
  private sendZoom(): void {
    const span = this.zoom.all.at(-1);
    if (span !== this.sentZoom) this.events.send({ type: 'zoom', ...defined({ span }) });
    this.sentZoom = span;
  }

  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.theme ??= readTheme(this.probe);
    for (const section of this.sections) section.arrange(this.theme);
    for (const section of this.sections) section.draw(this.theme);
  }
}
