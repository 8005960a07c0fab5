/** Meta's alerts in words: one line, and the others behind it. */
import type { PanelAlert, PanelSnapshot } from '../src/presentation/panelProtocol';
import { el, type Child } from './dom';
import { during } from './chartData';
import { icon } from './icons';
import { texts } from './texts';

/** Those that still hold, and those that fall into the period shown. */
export function alertsShown({ alerts = [], period, whole }: PanelSnapshot): readonly PanelAlert[] {
  return alerts.filter((alert) => alert.end === undefined || (period && !whole && during(alert, period)));
}

export function alertList(alerts: readonly PanelAlert[]): Child[] {
  const [first, ...others] = alerts;
  if (!first) return [];
  const summary: Child[] = [el('b', {}, texts.alert), ` ${alertSentence(first)}`];
  const about = details(first);
  return [
    icon('bell'),
    others.length === 0
      ? el('p', {}, ...summary, about)
      : el(
          'details',
          {},
          el('summary', {}, ...summary, el('span', { class: 'muted' }, ` · ${texts.more(others.length)}`), about),
          el(
            'ul',
            {},
            ...others.map((alert) => el('li', { 'data-level': alert.level }, alertSentence(alert), details(alert))),
          ),
        ),
  ];
}

/** Text and time of the alert as one sentence, for hover card and screen reader. */
export function alertText(alert: PanelAlert): string {
  const text = `${texts.alert} ${alertSentence(alert)}`;
  return alert.details === undefined ? text : `${text}. ${alert.details}`;
}

/** On a line of its own. */
function details({ details: text }: PanelAlert): Child {
  return text === undefined ? undefined : el('span', { class: 'muted about' }, text);
}

function alertSentence({ text, when }: PanelAlert): string {
  return `${text}, ${when}`;
}
