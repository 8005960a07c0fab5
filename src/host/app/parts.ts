import { Uri, type ExtensionContext } from 'vscode';
import type { Account } from '../../domain/account';
import { secretIdsFolder } from '../../ids';
import { FlowState } from '../../state/flowState';
import { Refresher } from '../../state/refresher';
import { AnswerCache } from '../storage/answerCache';
import { createApi, type FlowmeterApi } from './api';
import type { CommandServices } from '../commands/commandParts';
import { SharedCallLog } from '../storage/sharedCallLog';
import { Connections } from './connections';
import { Credentials } from '../storage/credentials';
import { FlowDecorations } from '../views/decorations';
import { FlowView } from '../views/flowView';
import { lazyHistory, lazyNotices } from './lazyPart';
import { LastFocusedView } from '../views/lastFocusedView';
import { Log } from './log';
import { createMeterHost } from '../meter/createMeterHost';
import { MeterChangeListener } from '../meter/meterChangeListener';
import { Notifier } from './notifier';
import { LazyMarks } from '../marks/lazyMarks';
import { DashboardPanels } from '../dashboard/dashboardPanels';
import { Overview } from '../overview/overview';
import { SecretIds } from '../storage/secretIds';
import { Settings } from '../storage/settings';
import { StatusBar } from '../views/statusBar';
import { AccountNotices } from './accountNotices';
import { VisibilityTracker } from '../views/visibilityTracker';
import type { Mutes } from '../views/tree';
import type { LazyTreeProvider } from '../views/lazyTreeProvider';
import { judgementOf, Wiring } from './wiring';
import { systemClock } from '../../util/clock';

/** The parts for commands, and the API for other extensions. */
export interface Parts extends CommandServices {
  readonly api: FlowmeterApi;
}

/** Builds the parts and wires them. Sends nothing: what is read first is the refresher's to say. */
export function buildParts(context: ExtensionContext, treeProvider: LazyTreeProvider): Parts {
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
  const callLog = add(new SharedCallLog(globalState, systemClock, log));
  const meter = add(createMeterHost({ globalStorageUri, extensionUri, settings, credentials, notifier, log }));
  const connections = add(new Connections(credentials, callLog, meter, log));
  const state = add(new FlowState(systemClock, judgementOf(settings)));
  const answersFolder = Uri.joinPath(globalStorageUri, 'answers').fsPath;
  const answers = add(new AnswerCache({ folder: answersFolder, state, clock: systemClock, log }));
  const historyFolder = Uri.joinPath(globalStorageUri, 'history').fsPath;
  const history = add(lazyHistory({ folder: historyFolder, state, settings, clock: systemClock, log }));
  const reading = { state, connect: connections.connect, clock: systemClock, log, saved: answers };
  const formerName = async (account: Account): Promise<string | undefined> =>
    (await credentials.formerNames(account, settings.accountNames))[0];
  const refresher = add(new Refresher({ ...reading, formerName, minutes: settings.refreshMinutes.value }));
  const parts = { settings, credentials, connections, state, refresher, log };
  add(new Wiring({ ...parts, answers }));
  add(new MeterChangeListener(meter, settings, refresher));
  const noticesFolder = Uri.joinPath(globalStorageUri, 'notices').fsPath;
  const telling = { state, settings, folder: noticesFolder, notifier, clock: systemClock, log };
  const levelNotices = add(lazyNotices({ ...telling, onDidChangeMutes: () => tree.redrawAges() }));
  const mutes: Mutes = { mutedUntil: (account, flowId) => levelNotices.loaded?.mutedUntil(account, flowId) };
  const tree: FlowView = add(new FlowView(treeProvider, state, meter, mutes, globalState, log));
  add(new FlowDecorations(state));
  const statusBar = add(new StatusBar(state, settings.statusBar, log));
  const marks = add(new LazyMarks({ folder: Uri.joinPath(globalStorageUri, 'marks').fsPath, settings, log }));
  const { thresholds } = settings;
  const pages = { extensionUri, state, refresher, thresholds, marks, log };
  const panels = add(new DashboardPanels(pages));
  const overview = new Overview(pages);
  const lastFocused = add(new LastFocusedView(tree, panels));
  add(new AccountNotices(state, settings, notifier, log));
  const storedData = {
    mementos: [globalState, workspaceState],
    folders: [globalStorageUri, storageUri],
    writers: [answers, callLog, levelNotices, marks, history],
  };
  const places = { tree, panels, overview, statusBar, statusBarEnabled: settings.statusBar };
  add(new VisibilityTracker({ state, refresher, ...places, log }));
  return {
    ...parts,
    meter,
    panels,
    marks,
    history,
    overview,
    tree,
    lastFocused,
    notifier,
    levelNotices,
    storedData,
    api: createApi(state),
  };
}
