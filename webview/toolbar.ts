/** Choice of the period, and actions. Native controls: radio buttons and date inputs. */
import { granularities, type Granularity } from '../src/contract/metric';
import type { PanelSnapshot } from '../src/presentation/panelProtocol';
import type { Formats } from '../src/presentation/formats';
import { button } from './button';
import { DateFields } from './dateFields';
import { attribute, el } from './dom';
import { dayBegins, zoneName } from './zones';
import { granularityTitles, granularityTexts, rangeTexts, texts } from './texts';
import { isBeyondApi, type PanelView, type PeriodDates, withRange, withGranularity } from '../src/domain/view';

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
  private readonly dates = new DateFields((days) => this.pickDays(days));
  private readonly ranges: HTMLElement;
  private readonly exporter: HTMLElement;
  private view: PanelView = { granularity: 'DAY', range: '30d' };
  private limits: PanelSnapshot['limits'] | undefined;
  /** Of the page's clock. */
  private zone = '';
  /** There are days beyond the reach of the API. */
  private hasKept = false;

  constructor(private readonly events: ToolbarEvents) {
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
        (picked) => this.pickGranularity(picked),
      ),
      this.ranges,
      // Actions that do not fit beside the period go to a second line together.
      el('div', { class: 'rest' }, this.dates.element, el('div', { class: 'tools' }, refresh, this.exporter)),
      this.dates.error,
    );
  }

  show(snapshot: PanelSnapshot, formats: Formats, exportable: boolean): void {
    const { limits, dates } = snapshot;
    this.limits = limits;
    this.hasKept = snapshot.hasKept === true;
    this.select(snapshot.view);
    const { granularity } = this.view;
    const zone = granularity === 'HOUR' ? texts.localTime : zoneName(snapshot.source.zone);
    const zoneTitle = granularity === 'HOUR' ? formats.timeZone : dayBegins(snapshot, formats);
    this.dates.show(
      dates,
      granularity === 'LIFETIME'
        ? undefined
        : { ...limits[granularity], name: (date) => formats.day(date), zone, zoneTitle },
    );
    this.zone = formats.timeZone;
    attribute(this.exporter, 'disabled', !exportable);
  }

  private select(view: PanelView): void {
    this.view = view;
    const lifetime = view.granularity === 'LIFETIME';
    for (const [granularity, input] of this.granularityInputs) input.checked = granularity === view.granularity;
    for (const [range, input] of this.rangeInputs) {
      input.checked = range === view.range;
      input.disabled = lifetime;
      // The label goes with it.
      input.parentElement!.hidden = isBeyondApi(range) && !this.hasKept && range !== view.range;
    }
    this.dates.disable(lifetime);
    attribute(this.ranges, 'title', lifetime ? texts.lifetimeHint : undefined);
  }

  private pick(view: PanelView): void {
    this.select(view);
    this.dates.reset();
    this.events.show(view);
  }

  private pickGranularity(granularity: Granularity): void {
    const limits = this.limits?.[granularity === 'HOUR' ? 'HOUR' : 'DAY'];
    if (limits) this.pick(withGranularity(this.view, granularity, limits, this.zone));
  }

  private pickDays(days: PeriodDates): void {
    const { granularity } = this.view;
    if (granularity === 'LIFETIME') return;
    this.pick({ granularity, range: 'custom', ...days, ...(granularity === 'HOUR' ? { zone: this.zone } : {}) });
  }
}

/** Radio buttons that look like one control of several segments. */
export function segments<T extends string>(
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
