/** Wires the page: snapshots in, intents out. */
import { registerComponents } from './components';
import { keepNavigation, keptNavigation, onSnapshot, send, type Navigation } from './host';
import { View } from './view';

const root = document.getElementById('page')!;
const kept = keptNavigation();
let navigation: Navigation = root.dataset.key === undefined ? kept : { ...kept, key: root.dataset.key };

registerComponents();
const view = new View(
  root,
  {
    send: (intent) => {
      if (intent.type === 'setView') keep({ view: intent.view });
      send(intent);
    },
    keep: (tables) => keep({ tables }),
  },
  kept.tables,
);
onSnapshot((snapshot) => {
  keep({ view: snapshot.view });
  view.show(snapshot);
});
send(kept.view ? { type: 'ready', view: kept.view } : { type: 'ready' });

function keep(change: Partial<Navigation>): void {
  navigation = { ...navigation, ...change };
  keepNavigation(navigation);
}
