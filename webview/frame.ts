/** What surrounds the figures: head, verdict, notice, message for the whole page, foot. */
import { startOfDay, dateInZone, metaZone } from '../src/contract/calendar';
import type { PanelActionName, PanelMessage, PanelSnapshot, PanelView } from '../src/contract/panel';
import type { Formats } from '../src/core/formats';
import { english as t } from '../src/core/translate';
import { statusWord } from '../src/core/wording';
import { button } from './button';
import { el, type Child } from './dom';
import { clockOf } from './figures';
import { art, icon, keyArt, levelIcon } from './icons';
import { words } from './words';

type Act = (name: PanelActionName) => void;

const tones: Readonly<Record<string, string>> = { PUBLISHED: 'good', BLOCKED: 'bad', THROTTLED: 'slow' };

/** `now` is the page's clock: ages grow while the page stays open. */
export function head(snapshot: PanelSnapshot, formats: Formats, now: number, act: Act): Child[] {
  const { flow } = snapshot;
  const copy = el(
    'button',
    { class: 'quiet', type: 'button', title: words.copyFlowId, 'aria-label': words.copyFlowId },
    icon('copy'),
  );
  copy.addEventListener('click', () => act('copyFlowId'));
  return [
    el('h1', {}, flow.name),
    flow.status === undefined
      ? undefined
      : el(
          'span',
          { class: 'chip', title: words.statusTitle, 'data-tone': tones[flow.status] },
          el('i', { 'aria-hidden': 'true' }),
          statusWord(flow.status, t),
        ),
    el('span', { class: 'id' }, flow.id, copy),
    el('p', { class: 'where' }, ...where(snapshot, formats, now)),
  ];
}

function where({ source, fetchedAt, dataUpTo, busy }: PanelSnapshot, formats: Formats, now: number): Child[] {
  const aged = (label: string, at: number): Child[] => [
    ` · ${label} `,
    el('b', { title: formats.dateTime(at) }, formats.age(at, now)),
  ];
  if (fetchedAt === undefined) return [source.short, busy ? '' : ` · ${words.nothingRead}`];
  return [
    source.short,
    ...(dataUpTo === undefined ? [] : aged(words.dataUpTo, dataUpTo)),
    ...aged(words.fetched, fetchedAt),
  ];
}

export function verdict(
  { verdict: { level, word, headline, more, judged, show } }: PanelSnapshot,
  showView: (view: PanelView) => void,
): Child[] {
  const reading = word.endsWith('…');
  const link = show && el('button', { class: 'link', type: 'button' }, show.text);
  link?.addEventListener('click', () => showView(show!.view));
  return [
    levelIcon(level),
    el(
      'div',
      { class: 'text' },
      el(
        'p',
        { class: 'first' },
        el('b', {}, word),
        headline && (reading ? el('span', { class: 'muted' }, ` ${headline}`) : ` — ${headline}`),
      ),
      reading ? el('span', { class: 'bone line' }) : undefined,
      more.length > 0 &&
        el(
          'ul',
          {},
          ...more.map((reason) =>
            el('li', { 'data-level': reason.level }, levelIcon(reason.level), el('span', {}, reason.text)),
          ),
        ),
    ),
    judged ? el('p', { class: 'side' }, el('span', {}, judged), link ?? el('span', {}, words.shownBelow)) : undefined,
  ];
}

export function notice({ headline, text, actions }: PanelMessage, act: Act): Child[] {
  return [
    icon('clock'),
    el('p', {}, el('b', {}, headline), text ? ` ${text}` : ''),
    ...actions.map(({ name, label }) => button(label, () => act(name), { secondary: true })),
  ];
}

export function whole(message: NonNullable<PanelSnapshot['whole']>, act: Act): Child[] {
  const { headline, text, actions, state } = message;
  const refused = actions.some(({ name }) => name === 'setToken');
  return [
    refused ? keyArt() : art(state),
    el('h2', {}, headline),
    text ? el('p', {}, text) : undefined,
    actions.length > 0 &&
      el(
        'div',
        { class: 'actions' },
        ...actions.map(({ name, label, primary }) =>
          button(label, () => act(name), {
            secondary: !primary,
            ...(name === 'refresh' ? { icon: 'refresh' as const } : {}),
          }),
        ),
      ),
  ];
}

/** `overTime` where charts have intervals, whose look is to be explained. */
export function foot(snapshot: PanelSnapshot, formats: Formats, overTime: boolean): Child[] {
  const { source, dataUpTo, fetchedAt, busy } = snapshot;
  const entry = (name: string, value: string): HTMLElement => el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const day = startOfDay(dateInZone(clockOf(snapshot), source.zone), source.zone);
  const notes = [
    source.directional ? words.late : '',
    words.dayBegins(source.zone === metaZone ? words.pacific : source.zone, formats.clock(day)),
    overTime ? words.legend : '',
  ];
  return [
    el(
      'dl',
      {},
      entry(words.source, source.text),
      entry(words.apiVersion, source.apiVersion ?? '–'),
      entry(words.upTo, dataUpTo === undefined ? '–' : formats.dateTime(dataUpTo)),
      entry(words.fetchedAt, fetchedAt === undefined ? (busy ? words.reading : '–') : formats.dateTime(fetchedAt)),
    ),
    el('p', {}, notes.filter(Boolean).join(' ')),
  ];
}
