import type { FlowState } from '../state/flowState';
import type { Refresher } from '../state/refresher';
import type { Connections } from './connections';
import type { Credentials } from './credentials';
import type { FlowView } from './flowView';
import type { LastLooked } from './lastLooked';
import type { Log } from './log';
import type { MeterHost } from './meter/meterHost';
import type { Notifier } from './notifier';
import type { OwnData } from './ownData';
import type { Panels } from './panels';
import type { Settings } from './settings';
import type { Targets } from './targets';

/** What is handed to the commands. */
export interface StartParts {
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly meter: MeterHost;
  readonly panels: Panels;
  readonly notifier: Notifier;
  readonly ownData: OwnData;
  readonly tree: FlowView;
  readonly lastLooked: LastLooked;
  readonly log: Log;
}

/** What commands work with. */
export interface CommandParts extends StartParts {
  readonly targets: Targets;
}

/** Gets the command's arguments as they come, so each handler checks them. */
export type CommandHandler = (argument?: unknown) => unknown;
