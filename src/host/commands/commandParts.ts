import type { FlowState } from '../../state/flowState';
import type { Refresher } from '../../state/refresher';
import type { Connections } from '../app/connections';
import type { Credentials } from '../storage/credentials';
import type { FlowView } from '../views/flowView';
import type { LastFocusedView } from '../views/lastFocusedView';
import type { LazyPart } from '../app/lazyPart';
import type { LevelNotices } from '../app/levelNotices';
import type { Log } from '../app/log';
import type { LazyMarks } from '../marks/lazyMarks';
import type { MeterHost } from '../meter/meterHost';
import type { Notifier } from '../app/notifier';
import type { History } from '../storage/history';
import type { StoredData } from '../storage/storedData';
import type { DashboardPanels } from '../dashboard/dashboardPanels';
import type { Overview } from '../overview/overview';
import type { Settings } from '../storage/settings';
import type { Targets } from './targets';

/** The parts that are handed to the commands. */
export interface CommandServices {
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly meter: MeterHost;
  readonly panels: DashboardPanels;
  readonly marks: LazyMarks;
  readonly history: Pick<LazyPart<History>, 'loaded'>;
  readonly overview: Overview;
  readonly notifier: Notifier;
  readonly levelNotices: Pick<LazyPart<LevelNotices>, 'loaded'>;
  readonly storedData: StoredData;
  readonly tree: FlowView;
  readonly lastFocused: LastFocusedView;
  readonly log: Log;
}

export interface CommandParts extends CommandServices {
  readonly targets: Targets;
}

/** Gets the command's arguments as they come, so each handler checks them. */
export type CommandHandler = (argument?: unknown) => unknown;
