/** Wires the page: snapshots in, intents out. */
import { localZone } from '../src/contract/calendar';
import { overviewKey } from '../src/presentation/overview/overviewProtocol';
import { registerComponents } from './components';
import { saveState, savedNavigation, onSnapshot, postIntent, type Navigation } from './host';
import { startOverview } from './overview/startOverview';
import { View } from './view';

const root = document.getElementById('page')!;

registerComponents();
if (root.dataset.key === overviewKey) startOverview(root);
else startDashboard();

function startDashboard(): void {
  const kept = savedNavigation();
  let navigation: Navigation = root.dataset.key === undefined ? kept : { ...kept, key: root.dataset.key };
  const saveChange = (change: Partial<Navigation>): void => {
    navigation = { ...navigation, ...change };
    saveState(navigation);
  };
  const view = new View(
    root,
    {
      send: (intent) => {
        if (intent.type === 'setView') saveChange({ view: intent.view });
        postIntent(intent);
      },
      save: saveChange,
    },
    kept,
  );
  onSnapshot((snapshot) => {
    saveChange({ view: snapshot.view });
    view.show(snapshot);
  });
  postIntent({ type: 'ready', zone: localZone(), ...(kept.view ? { view: kept.view } : {}) });
}
