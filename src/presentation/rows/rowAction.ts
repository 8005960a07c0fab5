import type { MetricName } from '../../contract/metric';
import type { FlowFigures } from '../../domain/model';
import { commandIds } from '../../ids';
import { defined } from '../../util/defined';
import type { RowAction } from './rowModel';
import type { Translate } from '../translate';

/** The commands that help where something is wrong. */
export type HelpfulCommand = 'connect' | 'setToken' | 'refresh' | 'showLog' | 'startMeter' | 'addMeterFlow';

export function rowAction(command: HelpfulCommand, account: string, t: Translate): RowAction {
  return { command: commandIds[command], title: helpfulCommandTitle(command, t), arguments: [{ account }] };
}

/** Shows the flow's dashboard, at the metric where one is named, in the tab for what a person looks at in passing. */
export function previewAction({ accountName, flow }: FlowFigures, t: Translate, metric?: MetricName): RowAction {
  const target = { account: accountName, flowId: flow.id, ...defined({ metric }), preview: true };
  return { command: commandIds.openDashboard, title: t('Open Dashboard'), arguments: [target] };
}

export function helpfulCommandTitle(command: HelpfulCommand, t: Translate): string {
  switch (command) {
    case 'connect':
      return t('Connect to WhatsApp…');
    case 'setToken':
      return t('Set Access Token…');
    case 'refresh':
      return t('Refresh');
    case 'startMeter':
      return t('Start Meter…');
    case 'addMeterFlow':
      return t('Add Flow to Meter…');
    case 'showLog':
      return t('Show Log');
  }
}
