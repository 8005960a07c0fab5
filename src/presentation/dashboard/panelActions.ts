import type { PanelAction } from '../panelProtocol';
import type { Translate } from '../translate';
import { isBeyondApi, type PanelView } from '../../domain/view';

const labels = {
  refresh: (t: Translate) => t('Refresh'),
  tryAgain: (t: Translate) => t('Try again'),
  tryNow: (t: Translate) => t('Try now'),
  setToken: (t: Translate) => t('Set Access Token…'),
  showLog: (t: Translate) => t('Show Log'),
  copyFlowId: (t: Translate) => t('Copy Flow ID'),
  startMeter: (t: Translate) => t('Start Meter…'),
  measure: (t: Translate) => t('Add Flow to Meter…'),
  show90d: (t: Translate) => t('Show 90 days'),
  showLifetime: (t: Translate) => t('Show lifetime'),
};

export function panelAction(label: keyof typeof labels, t: Translate, primary = false): PanelAction {
  const name = label === 'tryAgain' || label === 'tryNow' ? 'refresh' : label;
  return { name, label: labels[label](t), ...(primary ? { primary } : {}) };
}

/** The periods that are longer than the one shown; the first is the primary one. */
export function longerActions(view: PanelView, t: Translate): PanelAction[] {
  if (view.range === 'all') return [];
  const isLongest = view.range === '90d' || isBeyondApi(view.range);
  const lifetime = panelAction('showLifetime', t, isLongest);
  return isLongest ? [lifetime] : [panelAction('show90d', t, true), lifetime];
}
