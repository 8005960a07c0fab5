/** The table of flows. Only rows in sight and some around them are in the page, so that a thousand cost what a hundred do. */
import type { OverviewRow } from '../../src/presentation/overview/overviewProtocol';
import { attribute, el } from '../dom';
import { overviewColumns, type CellContext } from './overviewColumns';
import { overviewTexts as texts } from './overviewTexts';
import { directionOf, type Sort, type SortKey } from './rowOrder';

interface TableEvents {
  readonly sort: (key: SortKey) => void;
  readonly open: (row: OverviewRow) => void;
  readonly tick: (row: OverviewRow) => void;
  /** The keyboard is at that row. */
  readonly moveTo: (key: string) => void;
}

/** A row in the page. */
interface DrawnRow {
  readonly element: HTMLTableRowElement;
  row: OverviewRow;
  /** What its cells show. */
  text: string;
}

/** Rows above and below those in sight, so that scrolling meets no hole. */
const spare = 12;
/** In em of the page's font, until the first row tells. */
const usualRowEm = 3.4;

export class OverviewTable {
  /** Scrolls. */
  readonly element: HTMLElement;
  private readonly above = spacer();
  private readonly below = spacer();
  private readonly body = el('tbody');
  private readonly table: HTMLTableElement;
  private readonly heads = new Map<SortKey, HTMLElement>();
  private readonly drawn = new Map<string, DrawnRow>();
  private rows: readonly OverviewRow[] = [];
  private context: CellContext | undefined;
  private rowHeight = 0;
  /** The context of the rows that are in the page. */
  private drawnIn: CellContext | undefined;

  constructor(
    private readonly events: TableEvents,
    private active: string | undefined,
  ) {
    const hintId = 'overview-keys';
    this.table = el(
      'table',
      {
        'data-overview': true,
        role: 'grid',
        'aria-multiselectable': 'true',
        'aria-label': texts.table,
        'aria-describedby': hintId,
      },
      el('thead', {}, el('tr', { 'aria-rowindex': 1 }, ...this.headCells())),
      this.above,
      this.body,
      this.below,
    );
    this.element = el(
      'div',
      { class: 'rows', tabindex: -1 },
      this.table,
      el('p', { class: 'sr', id: hintId, hidden: true }, texts.keys),
    );
    this.element.addEventListener('scroll', () => this.render());
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.body.addEventListener('click', ({ target }) => {
      const row = this.rowOf(target);
      if (row && !(target as Element).closest('.tick')) this.events.open(row);
    });
    this.body.addEventListener('change', ({ target }) => {
      const row = this.rowOf(target);
      if (row) this.events.tick(row);
    });
    this.body.addEventListener('focusin', ({ target }) => {
      const row = this.rowOf(target);
      if (row) this.activate(row.key);
    });
    new ResizeObserver(() => this.measure()).observe(this.element);
  }

  show(rows: readonly OverviewRow[], sort: Sort, context: CellContext): void {
    // Texts of other formats are other texts.
    if (context.formats !== this.context?.formats) this.drawn.clear();
    this.context = context;
    this.rows = rows;
    attribute(this.table, 'aria-rowcount', rows.length + 1);
    for (const [key, head] of this.heads) {
      attribute(head, 'aria-sort', key === sort.key ? directionOf(sort) : 'none');
    }
    attribute(this.table, 'data-by-change', sort.byChange);
    this.element.style.setProperty('--rows', String(rows.length));
    this.render();
    if (this.rowHeight === 0) this.measure();
  }

  /** Puts the keyboard at the row where it was, or at the first. */
  focus(): void {
    this.moveTo(Math.max(0, this.activeIndex));
  }

  /** Scrolls to the row where the keyboard was before a reload. */
  restore(): void {
    if (this.activeIndex > 0) this.reveal(this.activeIndex);
  }

  private headCells(): HTMLElement[] {
    return overviewColumns.map(({ name, label, title, sort }) => {
      if (!sort) return el('th', { scope: 'col', class: name, title }, el('span', {}, label));
      const press = el('button', { type: 'button', title }, el('span', {}, label), el('i', { 'aria-hidden': 'true' }));
      press.addEventListener('click', () => this.events.sort(sort));
      const head = el('th', { scope: 'col', class: name }, press);
      this.heads.set(sort, head);
      return head;
    });
  }

  private get activeIndex(): number {
    return this.rows.findIndex(({ key }) => key === this.active);
  }

  private rowOf(target: EventTarget | null): OverviewRow | undefined {
    const element = target instanceof Element ? target.closest('tr') : null;
    return [...this.drawn.values()].find((drawn) => drawn.element === element)?.row;
  }

  /** Rows are of one height, which the font decides. */
  private measure(): void {
    const height = this.body.rows[0]?.getBoundingClientRect().height ?? 0;
    if (height > 0) this.rowHeight = height;
    this.render();
  }

  private render(): void {
    const { element, rows, context } = this;
    if (!context) return;
    const height = this.rowHeight || usualRowEm * (parseFloat(getComputedStyle(element).fontSize) || 13);
    const seen = Math.ceil((element.clientHeight || innerHeight) / height);
    const top = Math.min(Math.floor(element.scrollTop / height), Math.max(0, rows.length - seen));
    const from = Math.max(0, top - spare);
    const to = Math.min(rows.length, top + seen + spare);
    const activeIndex = this.activeIndex;
    const entry = activeIndex >= from && activeIndex < to ? activeIndex : top;
    const wanted = rows.slice(from, to).map((row, i) => this.draw(row, from + i, from + i === entry, context));
    this.drawnIn = context;
    const hadFocus = this.body.contains(document.activeElement);
    setHeight(this.above, from * height);
    setHeight(this.below, (rows.length - to) * height);
    place(this.body, wanted);
    const kept = new Set(rows.slice(from, to).map(({ key }) => key));
    for (const key of this.drawn.keys()) if (!kept.has(key)) this.drawn.delete(key);
    // A row that is scrolled away takes the focus along, and keys would go nowhere.
    if (hadFocus && !this.body.contains(document.activeElement)) element.focus({ preventScroll: true });
  }

  private draw(row: OverviewRow, index: number, isEntry: boolean, context: CellContext): HTMLTableRowElement {
    let drawn = this.drawn.get(row.key);
    if (!drawn) this.drawn.set(row.key, (drawn = { element: el('tr', { 'data-flow': row.id }), row, text: '' }));
    const { element } = drawn;
    if (drawn.row !== row || drawn.text === '' || context !== this.drawnIn) {
      const place = context.ticks.indexOf(row.key);
      const text = JSON.stringify([row, place, place < 0 && !context.ticks.includes(null)]);
      const hadFocus = element.contains(document.activeElement) && element !== document.activeElement;
      if (drawn.text !== text) element.replaceChildren(...cellsOf(row, context));
      // The box that was clicked is made anew.
      if (hadFocus && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
      Object.assign(drawn, { row, text });
      attribute(element, 'data-level', row.level);
      attribute(element, 'aria-selected', String(place >= 0));
    }
    attribute(element, 'aria-rowindex', index + 2);
    attribute(element, 'tabindex', isEntry ? 0 : -1);
    return element;
  }

  private activate(key: string): void {
    if (key === this.active) return;
    this.active = key;
    for (const [own, { element }] of this.drawn) attribute(element, 'tabindex', own === key ? 0 : -1);
    this.events.moveTo(key);
  }

  private key(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = target instanceof Element && target.closest('button') !== null;
    if (key === 'Enter' || key === ' ') {
      const row = onButton || target instanceof HTMLInputElement ? undefined : this.rowOf(target);
      if (!row) return;
      event.preventDefault();
      if (key === 'Enter') this.events.open(row);
      else this.events.tick(row);
      return;
    }
    const page = Math.max(1, Math.floor(this.element.clientHeight / (this.rowHeight || 1)) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[key];
    if (step === undefined || this.rows.length === 0) return;
    event.preventDefault();
    // From the head the first key goes to the first row.
    const from = onButton ? -1 : this.activeIndex;
    this.moveTo(from < 0 && Number.isFinite(step) ? 0 : from + step);
  }

  private moveTo(index: number): void {
    const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, index))];
    if (!row) return;
    this.reveal(this.rows.indexOf(row));
    this.activate(row.key);
    this.drawn.get(row.key)?.element.focus({ preventScroll: true });
  }

  /** Scrolls as little as is needed, the head being in the way above. */
  private reveal(index: number): void {
    const { element, rowHeight } = this;
    const head = this.table.tHead?.offsetHeight ?? 0;
    const top = index * rowHeight;
    const room = element.clientHeight - head;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
    this.render();
  }
}

function cellsOf(row: OverviewRow, context: CellContext): HTMLElement[] {
  return overviewColumns.map(({ name, isHead, cell }) =>
    isHead
      ? el('th', { scope: 'row', class: name }, ...cell(row, context))
      : el('td', { class: name }, ...cell(row, context)),
  );
}

/** Takes the room of rows that are not in the page. A cell that spans more columns than are shown would make more of them. */
function spacer(): HTMLTableSectionElement {
  return el('tbody', { 'aria-hidden': 'true' }, el('tr', {}, el('td')));
}

function setHeight(section: HTMLTableSectionElement, height: number): void {
  section.hidden = height === 0;
  section.rows[0]!.style.height = `${height}px`;
}

/** Makes these the only rows, in this order; those that stand right are not touched, for they would lose the focus. */
function place(body: HTMLTableSectionElement, wanted: readonly HTMLTableRowElement[]): void {
  const set = new Set<Element>(wanted);
  for (const row of [...body.rows]) if (!set.has(row)) row.remove();
  wanted.forEach((row, i) => {
    const there = body.rows[i];
    if (there !== row) body.insertBefore(row, there ?? null);
  });
}
