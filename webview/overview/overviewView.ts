/** The overview's page: made once, then filled from each snapshot. */
import type { OverviewIntent, OverviewRow, OverviewSnapshot } from '../../src/presentation/overview/overviewProtocol';
import { createFormats, type Formats } from '../../src/presentation/formats';
import { button } from '../button';
import { attribute, el, fill, type Child } from '../dom';
import { icon, stateDrawing } from '../icons';
import { texts as pageTexts } from '../texts';
import { ComparisonPart } from './comparisonPart';
import { OverviewFilter } from './overviewFilter';
import type { OverviewNavigation } from './overviewNavigation';
import { OverviewTable } from './overviewTable';
import { overviewTexts as texts } from './overviewTexts';
import { noTicks, tickedKeys, toggled } from './ticks';
import { atLevels, type Filter, matching, sorted } from './rowOrder';

interface OverviewEvents {
  readonly send: (intent: OverviewIntent) => void;
  readonly save: (navigation: OverviewNavigation) => void;
}

/** Ages in the head are told in minutes. */
const tickMs = 30_000;

const noFilter: Filter = { levels: [], text: '' };

export class OverviewView {
  private readonly progress = el(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': pageTexts.progress, hidden: true },
    el('i'),
  );
  private readonly where = el('p', { class: 'where' });
  private readonly notices = el('div', { class: 'notices' });
  private readonly filter: OverviewFilter;
  private readonly table: OverviewTable;
  private readonly comparison: ComparisonPart;
  private readonly whole = el('div', { class: 'whole', hidden: true });
  private readonly live = el('p', { class: 'sr', role: 'status' });
  private readonly page: HTMLElement;
  private snapshot: OverviewSnapshot | undefined;
  private received = 0;
  private formats: Formats | undefined;

  constructor(
    root: HTMLElement,
    private readonly events: OverviewEvents,
    private navigation: OverviewNavigation,
  ) {
    this.filter = new OverviewFilter(navigation.filter, navigation.sort, {
      filter: (filter) => this.navigate({ filter }, true),
      sort: (sort) => this.navigate({ sort }),
      refresh: () => events.send({ type: 'action', name: 'refresh' }),
      leave: () => this.table.focus(),
    });
    this.table = new OverviewTable(
      {
        sort: (key) => {
          const { sort } = this.navigation;
          this.navigate({ sort: { ...sort, key, reversed: key === sort.key && !sort.reversed } });
        },
        open: ({ key }) => events.send({ type: 'open', key }),
        tick: ({ key }) => this.tick(key),
        moveTo: (active) => this.keep({ active }),
      },
      navigation.active,
    );
    this.comparison = new ComparisonPart({
      setRange: (range) => this.compare({ range }),
      untick: (key) => this.tick(key),
      clear: () => this.compare({ ticks: noTicks }),
    });
    this.page = el(
      'div',
      { class: 'page overview' },
      this.progress,
      el('header', { class: 'head' }, el('h1', {}, texts.title), this.where),
      this.notices,
      this.filter.counts,
      this.filter.tools,
      this.table.element,
      this.whole,
      this.comparison.element,
      this.live,
    );
    root.append(this.page);
    document.title = texts.title;
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'f' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.filter.focus();
    });
    setInterval(() => this.showAges(), tickMs);
  }

  show(snapshot: OverviewSnapshot): void {
    const before = this.snapshot;
    if (before && snapshot.revision < before.revision) return;
    this.snapshot = snapshot;
    this.received = performance.now();
    if (this.formats?.locale !== snapshot.locale) {
      this.formats = createFormats(snapshot.locale);
      document.documentElement.lang = this.formats.locale;
    }
    this.progress.hidden = !snapshot.busy;
    attribute(this.page, 'data-accounts', snapshot.accounts.length > 1);
    this.showNotices(snapshot);
    const { levels } = snapshot;
    if (levels) this.navigate({ filter: { levels, text: '' } }, true);
    else this.showRows();
    this.showAges();
    if (!before) this.table.restore();
    this.forgetGone(snapshot);
  }

  /** Asks the editor for the figures of what is ticked: it reads them the way it reads those of a dashboard. */
  requestComparison(): void {
    const { ticks, range } = this.navigation;
    this.events.send({ type: 'compare', keys: tickedKeys(ticks), range });
  }

  private compare(change: Partial<OverviewNavigation>): void {
    this.navigate(change);
    this.requestComparison();
  }

  private tick(key: string): void {
    const ticks = toggled(this.navigation.ticks, key);
    const name = this.snapshot?.rows.find((row) => row.key === key)?.name ?? '';
    this.compare({ ticks });
    this.live.textContent = ticks.includes(key) ? texts.ticked(name, tickedKeys(ticks).length) : texts.unticked(name);
  }

  /** Flows that no account has any more, once all accounts have been read. */
  private forgetGone({ accounts, rows }: OverviewSnapshot): void {
    if (accounts.some(({ reading, trouble }) => reading || trouble)) return;
    const known = new Set(rows.map(({ key }) => key));
    const ticks = this.navigation.ticks.map((key) => (key !== null && known.has(key) ? key : null));
    if (ticks.some((key, i) => key !== this.navigation.ticks[i])) this.compare({ ticks });
  }

  private navigate(change: Partial<OverviewNavigation>, isAnnounced = false): void {
    this.keep(change);
    const shown = this.showRows();
    if (isAnnounced && this.snapshot && this.formats) {
      const { count } = this.formats;
      this.live.textContent = texts.shown(count(shown.length), count(this.snapshot.rows.length));
    }
  }

  private keep(change: Partial<OverviewNavigation>): void {
    this.navigation = { ...this.navigation, ...change };
    this.events.save(this.navigation);
  }

  /** An account that is gone is no longer asked for. */
  private filterOf({ accounts }: OverviewSnapshot): Filter {
    const { account, ...rest } = this.navigation.filter;
    return account !== undefined && accounts.some(({ key }) => key === account) ? { ...rest, account } : rest;
  }

  private showRows(): readonly OverviewRow[] {
    const { snapshot, formats } = this;
    if (!snapshot || !formats) return [];
    const { accounts, rows } = snapshot;
    const { sort, ticks, range } = this.navigation;
    const filter = this.filterOf(snapshot);
    const counted = matching(rows, filter);
    const shown = sorted(atLevels(counted, filter), sort);
    this.filter.choose(filter, sort);
    this.filter.show(accounts, counted, formats);
    const names = new Map(accounts.map(({ key, name }) => [key, name]));
    this.table.show(shown, sort, { formats, ticks, accountName: (key) => names.get(key) ?? key });
    this.comparison.show(snapshot, ticks, range, formats);
    const hasRows = rows.length > 0;
    this.filter.counts.hidden = this.filter.tools.hidden = !hasRows;
    this.table.element.hidden = shown.length === 0;
    this.whole.hidden = shown.length > 0;
    fill(this.whole, [accounts.length, accounts.some(({ reading }) => reading), hasRows], () => this.message(snapshot));
    return shown;
  }

  private message({ accounts, rows }: OverviewSnapshot): Child[] {
    const say = (headline: string, text: string, ...actions: HTMLElement[]): Child[] => [
      stateDrawing('no-data'),
      el('h2', {}, headline),
      text ? el('p', {}, text) : undefined,
      actions.length > 0 && el('div', { class: 'actions' }, ...actions),
    ];
    if (accounts.length === 0) {
      return say(
        texts.noAccounts,
        texts.noAccountsText,
        button(texts.connect, () => this.events.send({ type: 'action', name: 'connect' })),
        button(texts.useDemo, () => this.events.send({ type: 'action', name: 'useDemo' }), { secondary: true }),
      );
    }
    if (rows.length > 0) {
      const clear = button(texts.clear, () => this.navigate({ filter: noFilter }, true), { secondary: true });
      return say(texts.noMatch, texts.noMatchText, clear);
    }
    return accounts.some(({ reading }) => reading) ? say(texts.reading, '') : say(texts.noFlows, texts.noFlowsText);
  }

  /** What keeps an account from being read, and what helps; its flows keep their last figures. */
  private showNotices({ accounts }: OverviewSnapshot): void {
    const told = accounts.map(({ key, name, trouble, limit }) => ({ key, name, trouble, limit }));
    fill(this.notices, told, () =>
      told.flatMap(({ key, name, trouble, limit }) => [
        trouble &&
          el(
            'div',
            { class: 'notice' },
            icon('clock'),
            el('p', {}, el('b', {}, texts.trouble(name, trouble.label)), ` ${trouble.text}`),
            button(
              trouble.action.label,
              () => this.events.send({ type: 'action', name: trouble.action.name, account: key }),
              { secondary: true },
            ),
          ),
        limit !== undefined && el('div', { class: 'notice' }, icon('attention'), el('p', {}, limit)),
      ]),
    );
    this.notices.hidden = this.notices.childElementCount === 0;
  }

  private showAges(): void {
    const { snapshot, formats } = this;
    if (!snapshot || !formats) return;
    const { accounts, rows, hidden, window } = snapshot;
    const now = snapshot.now + performance.now() - this.received;
    // Of several accounts the one that was read longest ago; of those in trouble the rows tell.
    const fetchedAt = accounts.reduce<number | undefined>(
      (oldest, { fetchedAt: at, trouble }) => (at === undefined || trouble ? oldest : Math.min(oldest ?? at, at)),
      undefined,
    );
    const age = fetchedAt === undefined ? undefined : formats.age(fetchedAt, now);
    fill(this.where, [rows.length, hidden, accounts.length, window, age, formats.locale], () => {
      if (rows.length + hidden === 0) return [];
      const parts = [
        texts.flows(formats.count(rows.length), rows.length === 1),
        ...(hidden > 0 ? [texts.hidden(formats.count(hidden))] : []),
        ...(accounts.length > 1 ? [texts.accounts(formats.count(accounts.length))] : []),
        texts.window[window],
        texts.changes(texts.before[window]),
      ].join(' · ');
      return age === undefined || fetchedAt === undefined
        ? [parts]
        : [`${parts} · ${pageTexts.fetched} `, el('b', { title: formats.dateTime(fetchedAt) }, age)];
    });
  }
}
