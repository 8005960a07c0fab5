import { Uri, type ExtensionContext } from 'vscode';
import { AnswerKeeper } from './host/answerKeeper';
import { createApi, type FlowmeterApi } from './host/api';
import { CallMemories } from './host/callMemories';
import { Commands } from './host/commands';
import { Connections } from './host/connections';
import { Credentials } from './host/credentials';
import { FlowDecorations } from './host/decorations';
import { FlowView } from './host/flowView';
import { LastLooked } from './host/lastLooked';
import { Log } from './host/log';
import { createMeterHost } from './host/meter/createMeterHost';
import { MeterNews } from './host/meter/meterNews';
import { Notifier } from './host/notifier';
import { OwnData } from './host/ownData';
import { Panels } from './host/panels';
import { Settings } from './host/settings';
import { StatusBar } from './host/statusBar';
import { TroubleNotices } from './host/troubleNotices';
import { Usage } from './host/usage';
import { judgementOf, Wiring } from './host/wiring';
import { systemClock } from './state/clock';
import { FlowState } from './state/flowState';
import { Refresher } from './state/refresher';

/** Builds the parts and wires them. Sends nothing: what is read first is the refresher's to say. */
export function activate(context: ExtensionContext): FlowmeterApi {
  const { subscriptions, secrets, globalState, workspaceState, globalStorageUri, storageUri, extensionUri } = context;
  const add = <T extends { dispose(): unknown }>(part: T): T => {
    // The editor ends them in this order, and nothing may outlive what it stands on.
    subscriptions.unshift(part);
    return part;
  };
  const log = add(new Log());
  const notifier = new Notifier(log);
  const settings = add(new Settings());
  const credentials = add(new Credentials(secrets, globalState, log));
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
  const tree = add(new FlowView(state, meter, log));
  add(new FlowDecorations(state));
  const statusBar = add(new StatusBar(state, settings.statusBar, log));
  const panels = add(new Panels({ extensionUri, state, refresher, thresholds: settings.thresholds, log }));
  const lastLooked = add(new LastLooked(tree, panels));
  add(new TroubleNotices(state, settings, notifier, log));
  const ownData = new OwnData([globalState, workspaceState], [globalStorageUri, storageUri], [answers, memories]);
  add(new Commands({ ...parts, meter, panels, tree, lastLooked, notifier, ownData }));
  add(new Usage({ state, refresher, tree, panels, statusBar, statusBarEnabled: settings.statusBar, log }));
  return createApi(state);
}
