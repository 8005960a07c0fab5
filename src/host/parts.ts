import { Uri, type ExtensionContext } from 'vscode';
import { secretIdsFolder } from '../ids';
import { systemClock } from '../state/clock';
import { FlowState } from '../state/flowState';
import { Refresher } from '../state/refresher';
import { AnswerKeeper } from './answerKeeper';
import { createApi, type FlowmeterApi } from './api';
import type { StartParts } from './commandParts';
import { CallMemories } from './callMemories';
import { Connections } from './connections';
import { Credentials } from './credentials';
import { FlowDecorations } from './decorations';
import { FlowView } from './flowView';
import { LastLooked } from './lastLooked';
import { Log } from './log';
import { createMeterHost } from './meter/createMeterHost';
import { MeterNews } from './meter/meterNews';
import { Notifier } from './notifier';
import { OwnData } from './ownData';
import { Panels } from './panels';
import { SecretIds } from './secretIds';
import { Settings } from './settings';
import { StatusBar } from './statusBar';
import { TroubleNotices } from './troubleNotices';
import { Usage } from './usage';
import type { ViewFrame } from './viewFrame';
import { judgementOf, Wiring } from './wiring';

/** What commands work with, and what other extensions get. */
export interface Parts extends StartParts {
  readonly api: FlowmeterApi;
}

/** Builds the parts and wires them. Sends nothing: what is read first is the refresher's to say. */
export function buildParts(context: ExtensionContext, frame: ViewFrame): Parts {
  const { subscriptions, secrets, globalState, workspaceState, globalStorageUri, storageUri, extensionUri } = context;
  const add = <T extends { dispose(): unknown }>(part: T): T => {
    // The editor ends them in this order, and nothing may outlive what it stands on.
    subscriptions.unshift(part);
    return part;
  };
  const log = add(new Log());
  const notifier = new Notifier(log);
  const settings = add(new Settings());
  const idsFolder = Uri.joinPath(globalStorageUri, secretIdsFolder).fsPath;
  const credentials = add(new Credentials(secrets, new SecretIds(idsFolder, globalState, secrets), log));
  const memories = add(new CallMemories(globalState, systemClock, log));
  const meter = add(createMeterHost({ globalStorageUri, extensionUri, settings, credentials, log }));
  const connections = add(new Connections(credentials, memories, meter, log));
  const state = add(new FlowState(systemClock, judgementOf(settings)));
  const answersFolder = Uri.joinPath(globalStorageUri, 'answers').fsPath;
  const answers = add(new AnswerKeeper({ folder: answersFolder, state, clock: systemClock, log }));
  const reading = { state, connect: connections.connect, clock: systemClock, log, saved: answers };
  const refresher = add(new Refresher({ ...reading, minutes: settings.refreshMinutes.value }));
  const parts = { settings, credentials, connections, state, refresher, log };
  add(new Wiring({ ...parts, answers }));
  add(new MeterNews(meter, settings, refresher));
  const tree = add(new FlowView(frame, state, meter, log));
  add(new FlowDecorations(state));
  const statusBar = add(new StatusBar(state, settings.statusBar, log));
  const panels = add(new Panels({ extensionUri, state, refresher, thresholds: settings.thresholds, log }));
  const lastLooked = add(new LastLooked(tree, panels));
  add(new TroubleNotices(state, settings, notifier, log));
  const ownData = new OwnData([globalState, workspaceState], [globalStorageUri, storageUri], [answers, memories]);
  add(new Usage({ state, refresher, tree, panels, statusBar, statusBarEnabled: settings.statusBar, log }));
  return { ...parts, meter, panels, tree, lastLooked, notifier, ownData, api: createApi(state) };
}
