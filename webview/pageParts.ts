/** The parts around the figures: head, verdict, notice, message for the whole page, foot. */
import type { PanelActionName, PanelMessage, PanelSnapshot } from '../src/presentation/panelProtocol';
import type { Formats } from '../src/presentation/formats';
import { english as t } from '../src/presentation/translate';
import { button } from './button';
import { el, type Child } from './dom';
import { stateDrawing, icon, keyIcon, levelGlyph } from './icons';
import { texts } from './texts';
import { dayBegins } from './zones';
import type { PanelView } from '../src/domain/view';
import { statusLabel } from '../src/presentation/texts/labels';

type Act = (name: PanelActionName) => void;

const tones: Readonly<Record<string, string>> = { PUBLISHED: 'good', BLOCKED: 'bad', THROTTLED: 'slow' };

/** `now` is the page's clock: ages grow while the page stays open. */
export function head(snapshot: PanelSnapshot, formats: Formats, now: number, act: Act): Child[] {
  const { flow } = snapshot;
  const copy = el(
    'button',
    { class: 'quiet', type: 'button', title: texts.copyFlowId, 'aria-label': texts.copyFlowId },
    icon('copy'),
  );
  copy.addEventListener('click', () => act('copyFlowId'));
  return [
    el('h1', {}, flow.name),
    flow.status === undefined ? undefined : statusChip(flow.status),
    el('span', { class: 'id' }, flow.id, copy),
    el('p', { class: 'where' }, ...sourceLine(snapshot, formats, now)),
  ];
}

/** Meta's word on a flow. */
export function statusChip(status: string): HTMLElement {
  return el(
    'span',
    { class: 'chip', title: texts.statusTitle, 'data-tone': tones[status] },
    el('i', { 'aria-hidden': 'true' }),
    statusLabel(status, t),
  );
}

function sourceLine(snapshot: PanelSnapshot, formats: Formats, now: number): Child[] {
  const { source, fetchedAt, stale, dataUpTo, busy } = snapshot;
  const part = (label: string, at: number, text: string): Child[] => [
    ` · ${label} `,
    el('b', { title: formats.dateTime(at) }, text),
  ];
  if (fetchedAt === undefined) return [source.short, busy ? '' : ` · ${texts.nothingRead}`];
  return [
    source.short,
    ...(dataUpTo === undefined ? [] : part(texts.dataUpTo, dataUpTo, formats.age(dataUpTo, now))),
    ...(stale
      ? part(texts.notUpdated, fetchedAt, formats.moment(fetchedAt, now))
      : part(texts.fetched, fetchedAt, formats.age(fetchedAt, now))),
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
    levelGlyph(level),
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
            el('li', { 'data-level': reason.level }, levelGlyph(reason.level), el('span', {}, reason.text)),
          ),
        ),
    ),
    judged ? el('p', { class: 'side' }, el('span', {}, judged), link ?? el('span', {}, texts.shownBelow)) : undefined,
  ];
}

export function notice({ headline, text, actions }: PanelMessage, act: Act): Child[] {
  return [
    icon('clock'),
    el('p', {}, el('b', {}, headline), text ? ` ${text}` : ''),
    ...actions.map(({ name, label }) => button(label, () => act(name), { secondary: true })),
  ];
}

export function wholePageMessage(message: NonNullable<PanelSnapshot['whole']>, act: Act): Child[] {
  const { headline, text, actions, state } = message;
  const refused = actions.some(({ name }) => name === 'setToken');
  return [
    refused ? keyIcon() : stateDrawing(state),
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
  const notes = [source.directional ? texts.late : '', dayBegins(snapshot, formats), overTime ? texts.legend : ''];
  return [
    el(
      'dl',
      {},
      entry(texts.source, source.text),
      entry(texts.apiVersion, source.apiVersion ?? '–'),
      entry(texts.upTo, dataUpTo === undefined ? '–' : formats.dateTime(dataUpTo)),
      entry(texts.fetchedAt, fetchedAt === undefined ? (busy ? texts.reading : '–') : formats.dateTime(fetchedAt)),
    ),
    el('p', {}, notes.filter(Boolean).join(' ')),
  ];
}
