/** Reading a chart interval by interval, with the pointer or the keyboard: a band over the interval and a card beside it. */
import type { MetricName } from '../src/contract/metric';
import type { Formats } from '../src/presentation/formats';
import type { IntervalNames } from './dates';
import { alertText } from './alerts';
import { attribute, el } from './dom';
import { during, type ChartData } from './chartData';
import { icon } from './icons';
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

  constructor(
    private readonly view: SectionView,
    private readonly metric: MetricName,
    title: string,
    private readonly onMark: (index: number | undefined) => void,
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
    this.element.addEventListener('pointermove', ({ clientX }) => this.point(clientX));
    this.element.addEventListener('pointerdown', ({ clientX, pointerType }) => {
      // A finger cannot hover.
      if (pointerType !== 'mouse') this.point(clientX);
    });
    this.element.addEventListener('pointerleave', () => this.onMark(undefined));
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('blur', () => this.onMark(undefined));
  }

  /** Takes what is to be read; undefined where there is nothing over time. */
  read(drawn: Drawn | undefined): void {
    const before = this.drawn?.figures.intervals[this.index]?.begin;
    this.drawn = drawn;
    this.element.hidden = !drawn;
    this.mark(undefined, false);
    if (!drawn) return;
    const { intervals } = drawn.figures;
    const same = intervals.findIndex(({ begin }) => begin === before);
    this.index = same < 0 ? intervals.length - 1 : same;
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

  mark(index: number | undefined, reading: boolean): void {
    this.tip?.remove();
    this.tip = undefined;
    const { area, drawn } = this;
    const interval = index === undefined ? undefined : drawn?.figures.intervals[index];
    this.band.hidden = !interval || !area;
    if (!interval || !area || !drawn || index === undefined) return;
    const { style } = this.band;
    style.left = `${area.left + index * area.step}px`;
    style.width = `${Math.max(1, area.step)}px`;
    style.top = `${area.top}px`;
    style.height = `${area.bottom - area.top}px`;
    this.index = index;
    this.updateValueText();
    if (reading) this.showTip(area, drawn, index);
  }

  private updateValueText(): void {
    const { drawn, index } = this;
    const interval = drawn?.figures.intervals[index];
    if (!drawn || !interval) return;
    attribute(this.element, 'aria-valuenow', index + 1);
    const reading = describeInterval(this.view, interval, drawn.figures, drawn.formats);
    attribute(this.element, 'aria-valuetext', `${drawn.names.title(interval)}: ${reading}`);
  }

  private point(clientX: number): void {
    const { area, drawn } = this;
    if (!area || !drawn) return;
    const x = clientX - this.element.getBoundingClientRect().left - area.left;
    const last = drawn.figures.intervals.length - 1;
    this.onMark(Math.max(0, Math.min(last, Math.floor(x / area.step))));
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.onMark(undefined);
      return;
    }
    const step = steps[event.key];
    if (step === undefined || !this.drawn) return;
    event.preventDefault();
    const last = this.drawn.figures.intervals.length - 1;
    // The first key shows where the cursor is, further ones move it.
    const to = this.band.hidden && Number.isFinite(step) ? this.index : this.index + step;
    this.onMark(Math.max(0, Math.min(last, to)));
  }

  /** The card stands beside the marked interval, or where neither side has room below the plot. */
  private showTip(area: Area, { figures, formats, names }: Drawn, index: number): void {
    const interval = figures.intervals[index]!;
    const { totals } = interval;
    const measured = this.view.cells(totals, figures, formats) !== undefined;
    const level = measured ? levelText(this.metric, totals, figures, formats) : undefined;
    const tip = el(
      'div',
      { class: 'tip', 'aria-hidden': 'true' },
      el('p', { class: 'when' }, names.title(interval)),
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
      ...names.details(interval).map((text) => el('p', {}, text)),
    );
    this.tip = tip;
    this.element.append(tip);
    const begin = area.left + index * area.step;
    const end = begin + area.step;
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
