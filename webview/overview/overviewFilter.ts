/** The counts by level, each a filter, and the fields beside them. */
import { levelOrder } from '../../src/domain/health';
import type { HealthLevel } from '../../src/domain/model';
import type { Formats } from '../../src/presentation/formats';
import type { OverviewAccount, OverviewRow } from '../../src/presentation/overview/overviewProtocol';
import { levelLabel } from '../../src/presentation/texts/labels';
import { english as t } from '../../src/presentation/translate';
import { defined } from '../../src/util/defined';
import { button } from '../button';
import { attribute, el, fill } from '../dom';
import { levelGlyph } from '../icons';
import { texts as pageTexts } from '../texts';
import { overviewColumns } from './overviewColumns';
import { overviewTexts as texts } from './overviewTexts';
import { type Filter, isFigure, type Sort, sortKeys } from './rowOrder';

interface FilterEvents {
  readonly filter: (filter: Filter) => void;
  readonly sort: (sort: Sort) => void;
  readonly refresh: () => void;
  /** The keyboard goes on to the rows. */
  readonly leave: () => void;
}

export class OverviewFilter {
  readonly counts = el('div', { class: 'counts', role: 'group', 'aria-label': texts.levels });
  readonly tools: HTMLElement;
  private readonly field = el('input', {
    type: 'search',
    'aria-label': texts.filter,
    placeholder: texts.filterHint,
    spellcheck: 'false',
  });
  private readonly account = el('select', { class: 'account-choice', 'aria-label': texts.account });
  private readonly order = el('select', { class: 'order', 'aria-label': texts.sortBy });
  private readonly byChange = el(
    'button',
    { class: 'quiet', type: 'button', title: texts.byChangeTitle },
    texts.byChange,
  );

  constructor(
    private filter: Filter,
    private sort: Sort,
    private readonly events: FilterEvents,
  ) {
    this.field.value = filter.text;
    this.field.addEventListener('input', () => this.change({ ...this.filter, text: this.field.value }));
    this.field.addEventListener('keydown', (event) => this.key(event));
    this.account.addEventListener('change', () => {
      const { levels, text } = this.filter;
      this.change({ levels, text, ...defined({ account: this.account.value || undefined }) });
    });
    this.order.append(
      ...overviewColumns.flatMap(({ label, sort: key }) =>
        key ? [el('option', { value: key }, texts.sortOption(label))] : [],
      ),
    );
    this.order.addEventListener('change', () => {
      const key = sortKeys.find((known) => known === this.order.value);
      if (key) this.events.sort({ ...this.sort, key, reversed: false });
    });
    this.byChange.addEventListener('click', () => this.events.sort({ ...this.sort, byChange: !this.sort.byChange }));
    this.tools = el(
      'div',
      { class: 'bar', role: 'group', 'aria-label': texts.tools },
      this.field,
      this.account,
      this.order,
      this.byChange,
      el('div', { class: 'tools' }, button(pageTexts.refresh, events.refresh, { secondary: true, icon: 'refresh' })),
    );
  }

  /** `counted`: the flows that fit but for their level. */
  show(accounts: readonly OverviewAccount[], counted: readonly OverviewRow[], formats: Formats): void {
    const { levels, account } = this.filter;
    const numbers = levelOrder.map((level) => counted.filter((row) => row.level === level).length);
    fill(this.counts, [numbers, levels, formats.locale], () => [
      this.count(undefined, counted.length, formats),
      ...levelOrder.map((level, i) => this.count(level, numbers[i]!, formats)),
    ]);
    const names = accounts.map(({ key, name }) => [key, name] as const);
    this.account.hidden = accounts.length < 2;
    fill(this.account, names, () => [
      el('option', { value: '' }, texts.allAccounts),
      ...names.map(([key, name]) => el('option', { value: key }, name)),
    ]);
    this.account.value = account ?? '';
  }

  /** What was chosen elsewhere: in the head of the table, or where nothing matches. */
  choose(filter: Filter, sort: Sort): void {
    this.filter = filter;
    this.sort = sort;
    if (this.field.value !== filter.text) this.field.value = filter.text;
    this.order.value = sort.key;
    attribute(this.byChange, 'aria-pressed', String(sort.byChange));
    this.byChange.hidden = !isFigure(sort.key);
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  private count(level: HealthLevel | undefined, count: number, formats: Formats): HTMLElement {
    const { levels } = this.filter;
    const pressed = level === undefined ? levels.length === 0 : levels.includes(level);
    const press = el(
      'button',
      { type: 'button', 'data-level': level, 'aria-pressed': String(pressed), class: count === 0 ? 'none' : undefined },
      level && levelGlyph(level),
      el('b', {}, formats.count(count)),
      el('span', {}, level === undefined ? texts.all : levelLabel(level, t)),
    );
    press.addEventListener('click', () => {
      const others = levels.filter((one) => one !== level);
      this.change({ ...this.filter, levels: level === undefined ? [] : pressed ? others : [...others, level] });
      // The buttons are made anew.
      const index = level === undefined ? 0 : levelOrder.indexOf(level) + 1;
      (this.counts.children[index] as HTMLElement | undefined)?.focus();
    });
    return press;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') this.events.leave();
    else if (event.key === 'Escape' && this.field.value !== '') this.change({ ...this.filter, text: '' });
    else return;
    event.preventDefault();
  }

  private change(filter: Filter): void {
    this.filter = filter;
    this.events.filter(filter);
  }
}
