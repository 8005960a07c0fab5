/** Choice of the period, and actions. Native controls: radio buttons and date inputs. */
import { isCalendarDate, type CalendarDate } from '../src/contract/calendar';
import { granularities, type Granularity } from '../src/contract/metric';
import type { PanelSnapshot } from '../src/presentation/panelProtocol';
import type { Formats } from '../src/presentation/formats';
import { button } from './button';
import { attribute, el } from './dom';
import { icon } from './icons';
import { granularityTitles, granularityTexts, rangeTexts, texts } from './texts';
import { type PanelView, withRange, withGranularity } from '../src/domain/view';

type Preset = keyof typeof rangeTexts;
const presets = Object.keys(rangeTexts) as Preset[];

interface ToolbarEvents {
  readonly show: (view: PanelView) => void;
  readonly refresh: () => void;
  readonly exportFigures: () => void;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly granularityInputs = new Map<Granularity, HTMLInputElement>();
  private readonly rangeInputs = new Map<Preset, HTMLInputElement>();
  private readonly from = dateInput(texts.from);
  private readonly to = dateInput(texts.to);
  private readonly error = el('p', { class: 'dates-error', id: 'dates-error', role: 'alert', hidden: true });
  private readonly ranges: HTMLElement;
  private readonly exporter: HTMLElement;
  private view: PanelView = { granularity: 'DAY', range: '30d' };
  private limits: PanelSnapshot['limits'] | undefined;
  private formats: Formats | undefined;
  private dates = '';

  constructor(private readonly events: ToolbarEvents) {
    for (const input of [this.from, this.to]) {
      input.addEventListener('change', () => this.pickDates());
    }
    const refresh = button(texts.refresh, events.refresh, { secondary: true, icon: 'refresh' });
    this.exporter = button(texts.export, events.exportFigures, { secondary: true, icon: 'export' });
    this.ranges = segments(texts.range, presets, rangeTexts, {}, this.rangeInputs, (picked) =>
      this.pick(withRange(this.view, picked)),
    );
    this.element = el(
      'div',
      { class: 'bar', role: 'group', 'aria-label': texts.toolbar },
      segments(
        texts.granularity,
        granularities,
        granularityTexts,
        granularityTitles,
        this.granularityInputs,
        (picked) => this.pick(withGranularity(this.view, picked, this.limits?.DAY.max ?? '')),
      ),
      this.ranges,
      // Actions that do not fit beside the period go to a second line together.
      el(
        'div',
        { class: 'rest' },
        el('span', { class: 'dates' }, this.from, el('span', { 'aria-hidden': 'true' }, '–'), this.to),
        el('div', { class: 'tools' }, refresh, this.exporter),
      ),
      this.error,
    );
  }

  show(snapshot: PanelSnapshot, formats: Formats, exportable: boolean): void {
    const { limits, dates } = snapshot;
    this.limits = limits;
    this.formats = formats;
    this.select(snapshot.view);
    const lifetime = this.view.granularity === 'LIFETIME';
    const { min, max } = limits[this.view.granularity === 'HOUR' ? 'HOUR' : 'DAY'];
    for (const input of [this.from, this.to]) {
      attribute(input, 'min', lifetime ? undefined : min);
      attribute(input, 'max', lifetime ? undefined : max);
    }
    const shown = `${dates.from} ${dates.to}`;
    // A half-typed date stays until the period really changes.
    if (shown !== this.dates) {
      this.dates = shown;
      this.from.value = dates.from;
      this.to.value = dates.to;
      this.complain(undefined);
    }
    attribute(this.exporter, 'disabled', !exportable);
  }

  private select(view: PanelView): void {
    this.view = view;
    const lifetime = view.granularity === 'LIFETIME';
    for (const [granularity, input] of this.granularityInputs) input.checked = granularity === view.granularity;
    for (const [range, input] of this.rangeInputs) {
      input.checked = range === view.range;
      input.disabled = lifetime;
    }
    this.from.disabled = this.to.disabled = lifetime;
    attribute(this.ranges, 'title', lifetime ? texts.lifetimeHint : undefined);
  }

  private pick(view: PanelView): void {
    this.select(view);
    this.complain(undefined);
    this.events.show(view);
  }

  private pickDates(): void {
    const { limits, formats } = this;
    if (!limits || !formats || this.view.granularity === 'LIFETIME') return;
    const { granularity } = this.view;
    const { min, max } = limits[granularity];
    const [from, to] = [this.from.value, this.to.value];
    const inReach = (date: CalendarDate): boolean => isCalendarDate(date) && date >= min && date <= max;
    if (!inReach(from) || !inReach(to)) {
      this.complain(texts.outOfReach(formats.day(min), formats.day(max)), !inReach(from), !inReach(to));
    } else if (from > to) this.complain(texts.reversed, true, true);
    else this.pick({ granularity, range: 'custom', from, to });
  }

  private complain(text: string | undefined, from = false, to = false): void {
    this.error.hidden = text === undefined;
    this.error.replaceChildren(...(text === undefined ? [] : [icon('critical'), text]));
    for (const [input, wrong] of [
      [this.from, from],
      [this.to, to],
    ] as const) {
      attribute(input, 'aria-invalid', wrong ? 'true' : undefined);
      attribute(input, 'aria-describedby', wrong ? 'dates-error' : undefined);
    }
  }
}

function dateInput(label: string): HTMLInputElement {
  return el('input', { type: 'date', 'aria-label': label, title: label, required: true });
}

/** Radio buttons that look like one control of several segments. */
function segments<T extends string>(
  label: string,
  options: readonly T[],
  texts: Readonly<Record<T, string>>,
  titles: Partial<Readonly<Record<T, string>>>,
  inputs: Map<T, HTMLInputElement>,
  pick: (option: T) => void,
): HTMLElement {
  return el(
    'fieldset',
    { class: 'segments' },
    el('legend', { class: 'sr' }, label),
    ...options.map((option) => {
      const input = el('input', { type: 'radio', name: label, value: option });
      input.addEventListener('change', () => {
        if (input.checked) pick(option);
      });
      inputs.set(option, input);
      return el('label', { title: titles[option] }, input, el('span', {}, texts[option]));
    }),
  );
}
