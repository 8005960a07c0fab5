/** Reading a chart interval by interval, with the pointer or the keyboard: a band over the interval and a card beside it. */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import { spanName, type IntervalNames } from './dates';
import type { Span } from '../src/domain/model';
import { alertText } from './alerts';
import { attribute, el } from './dom';
import { during, type ChartData, type Interval } from './chartData';
import { icon } from './icons';
import { markSentence, ownMarksIn } from './marks';
import { levelText, describeInterval, type SectionView } from './sectionViews';
import { swatch } from './swatch';
import { texts } from './texts';
import type { Area } from './charts/area';

/** The input of cards, charts and tables. */
export interface Drawn {
  readonly figures: ChartData;
  readonly formats: Formats;
  readonly names: IntervalNames;
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -7,
  PageUp: 7,
  Home: -Infinity,
  End: Infinity,
};

interface CursorEvents {
  /** The interval under pointer or keyboard, and the one where a selection began; undefined where it is left. */
  readonly mark: (index: number | undefined, anchor?: number) => void;
  /** Several intervals were selected. */
  readonly zoom: (span: Span) => void;
}

/** A pointer that moves less, in pixels, clicks. */
const dragFrom = 6;

/** Id of the hidden sentence that tells which keys do what. */
export const hintId = 'plot-hint';

export class IntervalCursor {
  /** Lies over the plot. A slider: screen readers say its value when the interval changes. */
  readonly element: HTMLElement;
  private readonly band = el('div', { class: 'bandmark', hidden: true });
  private tip: HTMLElement | undefined;
  private drawn: Drawn | undefined;
  private area: Area | undefined;
  private index = 0;
  /** Where a selection began. */
  private anchor: number | undefined;
  /** Where the pointer was pressed, until it is released. */
  private pressedAt: number | undefined;

  constructor(
    private readonly view: SectionView,
    private readonly metric: MetricName,
    title: string,
    private readonly events: CursorEvents,
  ) {
    this.element = el('div', {
      class: 'cursor',
      role: 'slider',
      tabindex: 0,
      'aria-label': texts.plotLabel(title),
      'aria-describedby': hintId,
      'aria-valuemin': 1,
    });
    this.element.append(this.band);
    const { element } = this;
    element.addEventListener('pointermove', ({ clientX }) => this.point(clientX));
    element.addEventListener('pointerdown', (event) => this.press(event));
    element.addEventListener('pointerup', ({ clientX }) => this.release(clientX));
    element.addEventListener('pointercancel', () => this.leave());
    element.addEventListener('pointerleave', () => this.leave());
    element.addEventListener('keydown', (event) => this.key(event));
    element.addEventListener('blur', () => this.leave());
  }

  /** Takes what is to be read; undefined where there is nothing over time. */
  read(drawn: Drawn | undefined): void {
    const before = this.drawn?.figures.intervals;
    const [index, anchor] = [this.index, this.anchor].map((one) => before?.[one ?? -1]?.begin);
    this.drawn = drawn;
    this.element.hidden = !drawn;
    this.mark(undefined, false);
    this.anchor = undefined;
    if (!drawn) return;
    const { intervals } = drawn.figures;
    const same = intervals.findIndex(({ begin }) => begin === index);
    this.index = same < 0 ? intervals.length - 1 : same;
    // New figures end no selection that goes on in them.
    const kept = intervals.findIndex(({ begin }) => begin === anchor);
    if (kept >= 0) this.anchor = kept;
    attribute(this.element, 'aria-valuemax', intervals.length);
    this.updateValueText();
  }

  clear(): void {
    this.read(undefined);
  }

  /** Where the plot lies; undefined where it has no time axis. */
  place(area: Area | undefined): void {
    this.area = area;
    this.mark(undefined, false);
  }

  /** Marks an interval, or all from `anchor` to it. */
  mark(index: number | undefined, reading: boolean, anchor = index): void {
    this.tip?.remove();
    this.tip = undefined;
    const { area, drawn } = this;
    const known = index !== undefined && drawn?.figures.intervals[index] !== undefined;
    this.band.hidden = !known || !area;
    if (!known || !area || anchor === undefined) return;
    const { style } = this.band;
    const first = Math.min(index, anchor);
    const count = Math.abs(index - anchor) + 1;
    style.left = `${area.left + first * area.step}px`;
    style.width = `${Math.max(1, count * area.step)}px`;
    style.top = `${area.top}px`;
    style.height = `${area.bottom - area.top}px`;
    attribute(this.band, 'data-selected', count > 1);
    this.index = index;
    this.updateValueText(anchor);
    if (reading) this.showTip(area, drawn, first, count);
  }

  private updateValueText(anchor = this.index): void {
    const { drawn, index } = this;
    if (!drawn?.figures.intervals[index]) return;
    attribute(this.element, 'aria-valuenow', index + 1);
    const count = Math.abs(index - anchor) + 1;
    const { interval, title } = marked(drawn, Math.min(index, anchor), count);
    const reading = describeInterval(this.view, interval, drawn.figures, drawn.formats);
    const hint = count > 1 ? `. ${this.selectionHint(drawn, count)}` : '';
    attribute(this.element, 'aria-valuetext', `${title}: ${reading}${hint}`);
  }

  private selectionHint({ figures }: Drawn, count: number): string {
    const { granularity } = figures;
    if (granularity === 'LIFETIME') return '';
    const next = this.pressedAt === undefined ? texts.enterToZoom : texts.releaseToZoom;
    return `${texts.selected(count, granularity)}: ${next}`;
  }

  private indexAt(clientX: number): number | undefined {
    const { area, drawn } = this;
    if (!area || !drawn) return undefined;
    const x = clientX - this.element.getBoundingClientRect().left - area.left;
    const last = drawn.figures.intervals.length - 1;
    return Math.max(0, Math.min(last, Math.floor(x / area.step)));
  }

  private point(clientX: number): void {
    const index = this.indexAt(clientX);
    if (index === undefined) return;
    if (this.pressedAt === undefined) this.anchor = undefined;
    this.events.mark(index, this.isDragged(clientX) ? this.anchor : undefined);
  }

  private press({ clientX, pointerType, button, pointerId }: PointerEvent): void {
    // A finger cannot hover, and scrolls the page where it is drawn.
    if (pointerType === 'touch') this.point(clientX);
    else if (button === 0) {
      this.element.setPointerCapture(pointerId);
      this.pressedAt = clientX;
      this.anchor = this.indexAt(clientX);
    }
  }

  private release(clientX: number): void {
    const { anchor } = this;
    const index = this.isDragged(clientX) ? this.indexAt(clientX) : undefined;
    if (this.pressedAt === undefined) return;
    this.pressedAt = this.anchor = undefined;
    if (index !== undefined) this.zoom(index, anchor);
  }

  private isDragged(clientX: number): boolean {
    return this.pressedAt !== undefined && Math.abs(clientX - this.pressedAt) >= dragFrom;
  }

  private zoom(index: number, anchor = index): void {
    const intervals = this.drawn?.figures.intervals;
    const [first, last] = [intervals?.[Math.min(index, anchor)], intervals?.[Math.max(index, anchor)]];
    if (!first || !last || first === last) return;
    this.leave();
    this.events.zoom({ begin: first.begin, end: last.end });
  }

  private leave(): void {
    this.pressedAt = this.anchor = undefined;
    this.events.mark(undefined);
  }

  private key(event: KeyboardEvent): void {
    const { key, shiftKey } = event;
    const { anchor, index } = this;
    if (key === 'Escape') {
      // The first ends a selection, the next one a zoom.
      if (anchor !== undefined && anchor !== index) event.preventDefault();
      this.leave();
      return;
    }
    if (key === 'Enter') this.zoom(index, anchor);
    const step = steps[key];
    if (step === undefined || !this.drawn) return;
    event.preventDefault();
    const last = this.drawn.figures.intervals.length - 1;
    this.anchor = shiftKey ? (anchor ?? index) : undefined;
    // The first key shows where the cursor is, further ones move it.
    const to = this.band.hidden && Number.isFinite(step) && !shiftKey ? index : index + step;
    this.events.mark(Math.max(0, Math.min(last, to)), this.anchor);
  }

  /** The card stands beside the marked interval, or where neither side has room below the plot. */
  private showTip(area: Area, drawn: Drawn, first: number, count: number): void {
    const { figures, formats } = drawn;
    const { interval, title, details } = marked(drawn, first, count);
    const { totals } = interval;
    const measured = this.view.cells(totals, figures, formats) !== undefined;
    const level = measured ? levelText(this.metric, totals, figures, formats) : undefined;
    const tip = el(
      'div',
      { class: 'tip', 'aria-hidden': 'true' },
      el('p', { class: 'when' }, title),
      measured
        ? el(
            'dl',
            {},
            ...this.view
              .readings(totals, figures, formats)
              .map(({ fill, name, figure }) =>
                el(
                  'div',
                  {},
                  el('dt', {}, fill ? swatch(fill) : el('i', { class: 'swatch' }), name),
                  el('dd', {}, figure),
                ),
              ),
          )
        : el('p', {}, interval.running ? texts.nothingYet : this.view.absent),
      level && el('p', {}, level),
      ...figures.alerts
        .filter((alert) => during(alert, interval))
        .map((alert) => el('p', { class: 'alert', 'data-level': alert.level }, icon('bell'), alertText(alert))),
      ...ownMarksIn(figures, interval).map((mark) => el('p', { class: 'mark' }, icon('flag'), markSentence(mark))),
      ...(count > 1 ? [this.selectionHint(drawn, count)] : details).map((text) => el('p', {}, text)),
    );
    this.tip = tip;
    this.element.append(tip);
    const begin = area.left + first * area.step;
    const end = begin + count * area.step;
    const width = this.element.clientWidth;
    const room = tip.offsetWidth + 10;
    const right = width - end >= room;
    const left = begin >= room;
    if (right && (!left || (begin + end) / 2 < width / 2)) tip.style.left = `${end + 10}px`;
    else if (left) tip.style.left = `${begin - room}px`;
    else tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, (begin + end - tip.offsetWidth) / 2))}px`;
    tip.style.top = left || right ? '4px' : `${area.bottom + 4}px`;
  }
}

/** One interval, or several as one. */
function marked(
  drawn: Drawn,
  first: number,
  count: number,
): { readonly interval: Interval; readonly title: string; readonly details: readonly string[] } {
  const { figures, formats, names } = drawn;
  const interval = figures.intervals[first]!;
  if (count === 1) return { interval, title: names.title(interval), details: names.details(interval) };
  const { end, running } = figures.intervals[first + count - 1]!;
  const span = { begin: interval.begin, end };
  const name = spanName(figures, formats, span);
  const title = running ? `${name}, ${texts.soFar}` : name;
  return { interval: { ...span, running, totals: figures.sums(span) }, title, details: [] };
}
