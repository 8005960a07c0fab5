/** What a dashboard shows; loaded with the first one. */
import type { PanelSnapshot } from '../contract/panel';
import { dashboardSnapshot } from '../core/dashboard';
import { panelHtml } from './panelHtml';
import { panelInput, type PanelContext } from './panelInput';
import { translate } from './translate';
import { formats } from './words';

export interface PanelPage {
  readonly html: typeof panelHtml;
  snapshot(context: PanelContext): PanelSnapshot;
}

export const panelPage: PanelPage = {
  html: panelHtml,
  snapshot: (context) => dashboardSnapshot(panelInput(context), formats, translate),
};
