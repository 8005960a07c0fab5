/** Page and snapshot of a dashboard; loaded with the first one. */
import type { PanelSnapshot } from '../../presentation/panelProtocol';
import { dashboardSnapshot } from '../../presentation/dashboard/dashboardSnapshot';
import { panelHtml } from './panelHtml';
import { panelInput, type PanelContext } from '../../state/dashboardInput';
import { formats } from '../util/formats';

export interface PanelPage {
  readonly html: typeof panelHtml;
  snapshot(context: PanelContext): PanelSnapshot;
}

export const panelPage: PanelPage = {
  html: panelHtml,
  snapshot: (context) => dashboardSnapshot(panelInput(context), formats),
};
