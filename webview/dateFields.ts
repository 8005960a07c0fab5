/** First and last day of the period, as native date inputs. */
import { isCalendarDate, type CalendarDate } from '../src/contract/calendar';
import type { DateLimits, PeriodDates } from '../src/domain/view';
import { attribute, el } from './dom';
import { icon } from './icons';
import { texts } from './texts';

interface Choice extends DateLimits {
  /** A day in words. */
  readonly name: (date: CalendarDate) => string;
  /** Whose days these are, in short and in full. */
  readonly zone: string;
  readonly zoneTitle: string;
}

export class DateFields {
  readonly element: HTMLElement;
  /** Why the days cannot be shown; stands elsewhere in the toolbar. */
  readonly error = el('p', { class: 'dates-error', id: 'dates-error', role: 'alert', hidden: true });
  private readonly from = dateInput(texts.from);
  private readonly to = dateInput(texts.to);
  private readonly zone = el('span', { class: 'zone' });
  private limits: Choice | undefined;
  private shown: PeriodDates = { from: '', to: '' };
  /** True from the first change until it is applied or dropped. */
  private edited = false;
  /** True while changes come from keys: each key of a date makes another date. */
  private typing = false;

  constructor(private readonly pick: (days: PeriodDates) => void) {
    this.element = el(
      'span',
      { class: 'dates' },
      this.from,
      el('span', { 'aria-hidden': 'true' }, '–'),
      this.to,
      this.zone,
    );
    for (const input of [this.from, this.to]) {
      input.addEventListener('keydown', (event) => {
        this.typing = !opensPicker(event);
        if (event.key === 'Enter') this.apply();
      });
      input.addEventListener('pointerdown', () => (this.typing = false));
      input.addEventListener('change', () => {
        this.edited = true;
        // The picker tells its choice when it closes.
        if (!this.typing) this.apply();
      });
      input.addEventListener('blur', ({ relatedTarget }) => this.leave(relatedTarget));
    }
  }

  show(days: PeriodDates, limits: Choice | undefined): void {
    this.limits = limits;
    this.zone.textContent = limits?.zone ?? '';
    attribute(this.zone, 'title', limits?.zoneTitle);
    const changed = days.from !== this.shown.from || days.to !== this.shown.to;
    this.shown = days;
    const inUse = this.edited && this.inputs.some(isFocused);
    if (changed && !inUse) this.reset();
    else this.limit();
  }

  /** Drops what was not applied. */
  reset(): void {
    this.edited = false;
    this.complain(undefined);
    this.limit();
    if (!isFocused(this.from)) this.from.value = this.shown.from;
    if (!isFocused(this.to)) this.to.value = this.shown.to;
  }

  disable(disabled: boolean): void {
    for (const input of this.inputs) input.disabled = disabled;
  }

  private get inputs(): readonly HTMLInputElement[] {
    return [this.from, this.to];
  }

  /** A field that a person is in is left alone until it is left: even the same limits, set again, end a half-typed date. */
  private limit(): void {
    for (const input of this.inputs) {
      if (isFocused(input)) continue;
      attribute(input, 'min', this.limits?.min);
      attribute(input, 'max', this.limits?.max);
    }
  }

  private leave(next: EventTarget | null): void {
    this.typing = false;
    const [from, to] = [this.from.value, this.to.value];
    // On the way from one field to the other the second may still be put right.
    const halfway = (next === this.from || next === this.to) && from > to;
    if (this.edited && !halfway) this.apply();
    this.limit();
    if (this.edited) return;
    this.from.value = this.shown.from;
    this.to.value = this.shown.to;
  }

  private apply(): void {
    if (!this.edited || !this.limits) return;
    const { min, max, name } = this.limits;
    const [from, to] = [this.from.value, this.to.value];
    const inReach = (date: CalendarDate): boolean => isCalendarDate(date) && date >= min && date <= max;
    if (!inReach(from) || !inReach(to)) {
      this.complain(texts.outOfReach(name(min), name(max)), !inReach(from), !inReach(to));
    } else if (from > to) this.complain(texts.reversed, true, true);
    else {
      this.edited = false;
      this.complain(undefined);
      if (from === this.shown.from && to === this.shown.to) return;
      this.shown = { from, to };
      this.pick(this.shown);
    }
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

/** Keys go to the picker from then on, and the page hears of them no more. */
function opensPicker({ key, altKey }: KeyboardEvent): boolean {
  return key === 'F4' || key === ' ' || (altKey && (key === 'ArrowDown' || key === 'ArrowUp'));
}

function isFocused(input: HTMLInputElement): boolean {
  return document.hasFocus() && document.activeElement === input;
}
