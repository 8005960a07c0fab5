/** Page and snapshot of a dashboard; loaded with the first one. */
import type { PanelSnapshot } from '../../presentation/panelProtocol';
import { dashboardSnapshot } from '../../presentation/dashboard/dashboardSnapshot';
import { panelHtml } from './panelHtml';
import { panelInput, type PanelContext } from '../../state/dashboardInput';
import { formatsIn } from '../util/formats';

export interface PanelPage {
  readonly html: typeof panelHtml;
  /** `zone` is the one of the page's clock. */
  snapshot(context: PanelContext, zone: string | undefined): PanelSnapshot;
}

export const panelPage: PanelPage = {
  html: panelHtml,
  snapshot: (context, zone) => dashboardSnapshot(panelInput(context), formatsIn(zone)),
};
