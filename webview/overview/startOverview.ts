import { localZone } from '../../src/contract/calendar';
import { onOverviewSnapshot, postIntent, savedState, saveState } from '../host';
import { overviewNavigationOf } from './overviewNavigation';
import { OverviewView } from './overviewView';

/** Wires the overview: snapshots in, intents out. */
export function startOverview(root: HTMLElement): void {
  const view = new OverviewView(root, { send: postIntent, save: saveState }, overviewNavigationOf(savedState()));
  onOverviewSnapshot((snapshot) => view.show(snapshot));
  postIntent({ type: 'ready', zone: localZone() });
}
