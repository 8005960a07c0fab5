/** Meta's alerts in words: one line, and the others behind it. */
import type { PanelAlert, PanelSnapshot } from '../src/contract/panel';
import { el, type Child } from './dom';
import { during } from './figures';
import { icon } from './icons';
import { words } from './words';

/** Those that still hold, and those that fall into the period shown. */
export function alertsShown({ alerts = [], period, whole }: PanelSnapshot): readonly PanelAlert[] {
  return alerts.filter((alert) => alert.end === undefined || (period && !whole && during(alert, period)));
}

export function alertList(alerts: readonly PanelAlert[]): Child[] {
  const [first, ...others] = alerts;
  if (!first) return [];
  const summary: Child[] = [el('b', {}, words.alert), ` ${said(first)}`];
  return [
    icon('bell'),
    others.length === 0
      ? el('p', {}, ...summary)
      : el(
          'details',
          {},
          el('summary', {}, ...summary, el('span', { class: 'muted' }, ` · ${words.more(others.length)}`)),
          el('ul', {}, ...others.map((alert) => el('li', { 'data-level': alert.level }, said(alert)))),
        ),
  ];
}

/** What it says and when it held, as one sentence for hover card and screen reader. */
export function alertText(alert: PanelAlert): string {
  return `${words.alert} ${said(alert)}`;
}

function said({ text, when }: PanelAlert): string {
  return `${text}, ${when}`;
}
