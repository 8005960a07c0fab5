/** Wires the page: snapshots in, intents out. */
import { localZone } from '../src/contract/calendar';
import { registerComponents } from './components';
import { saveNavigation, savedNavigation, onSnapshot, postIntent, type Navigation } from './host';
import { View } from './view';

const root = document.getElementById('page')!;
const kept = savedNavigation();
let navigation: Navigation = root.dataset.key === undefined ? kept : { ...kept, key: root.dataset.key };

registerComponents();
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

function saveChange(change: Partial<Navigation>): void {
  navigation = { ...navigation, ...change };
  saveNavigation(navigation);
}
