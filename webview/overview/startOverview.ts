import { localZone } from '../../src/contract/calendar';
import { onOverviewSnapshot, postIntent, savedState, saveState } from '../host';
import { overviewNavigationOf } from './overviewNavigation';
import { OverviewView } from './overviewView';
import { tickedKeys } from './ticks';

/** Wires the overview: snapshots in, intents out. */
export function startOverview(root: HTMLElement): void {
  const navigation = overviewNavigationOf(savedState());
  const view = new OverviewView(root, { send: postIntent, save: saveState }, navigation);
  onOverviewSnapshot((snapshot) => view.show(snapshot));
  postIntent({ type: 'ready', zone: localZone() });
  if (tickedKeys(navigation.ticks).length > 1) view.requestComparison();
}
