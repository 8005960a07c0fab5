import type { Uri } from 'vscode';
import { isDemo, isMeta, isMeter, needsToken } from '../../domain/account';
import type { commandIds } from '../../ids';
import type { CommandHandler, CommandParts, CommandServices } from './commandParts';
import { disconnect, useDemo } from './accounts';
import { addMark } from './addMark';
import { clearFilter, filterFlows, groupBy, flagFlow, showHidden } from './arrange';
import { connect } from './connect';
import { copyAsCurl, copyFlowId } from './copy';
import { deleteData } from './deleteData';
import { exportAll } from './exportAll';
import { exportFlow } from './exportFlow';
import { muteFlow, unmuteFlow } from './mute';
import { hideStatusBar } from './hideStatusBar';
import { copyLink, openInManager } from './links';
import { openLink } from './openLink';
import { openDashboard, openMetric, openOverview } from './open';
import { refresh } from './refresh';
import { renameAccount } from './renameAccount';
import { removeToken, setToken } from './token';
import { addMeterFlow } from './addMeterFlow';
import { pingFlowEndpoint } from './pingEndpoint';
import { receiveAlerts } from './receiveAlerts';
import { startMeter } from './startMeter';
import { stopMeter } from './stopMeter';
import { Targets } from './targets';
import { withAccount } from './waysIn';

type CommandName = keyof typeof commandIds;

/** Every command with its handler, and that of links, which get the address that was opened. */
export function commandTable(start: CommandServices): Readonly<Record<CommandName | 'openLink', CommandHandler>> {
  const { state, tree, panels, lastFocused } = start;
  const parts: CommandParts = { ...start, targets: new Targets(state, tree, panels, lastFocused) };
  return {
    connect: () => connect(parts),
    useDemo: () => useDemo(parts),
    disconnect: withAccount(parts, (argument) => disconnect(parts, argument)),
    renameAccount: withAccount(parts, (argument) => renameAccount(parts, argument)),
    setToken: withAccount(parts, (argument) => setToken(parts, argument), needsToken),
    removeToken: withAccount(parts, (argument) => removeToken(parts, argument), needsToken),
    refresh: withAccount(parts, (argument) => refresh(parts, argument)),
    openOverview: (argument) => openOverview(parts, argument),
    openDashboard: withAccount(parts, (argument) => openDashboard(parts, argument)),
    keepOpen: () => panels.keepOpen(),
    openMetric: withAccount(parts, (argument) => openMetric(parts, argument)),
    copyFlowId: withAccount(parts, (argument) => copyFlowId(parts, argument)),
    copyAsCurl: withAccount(parts, (argument) => copyAsCurl(parts, argument)),
    addMark: withAccount(parts, (argument) => addMark(parts, argument)),
    exportCsv: withAccount(parts, (argument) => exportFlow(parts, argument, 'csv')),
    exportJson: withAccount(parts, (argument) => exportFlow(parts, argument, 'json')),
    exportAll: withAccount(parts, (argument) => exportAll(parts, argument)),
    showLog: () => parts.log.show(),
    startMeter: (argument) => startMeter(parts, argument),
    stopMeter: withAccount(parts, () => stopMeter(parts), isMeter),
    addMeterFlow: (argument) => addMeterFlow(parts, argument),
    pingEndpoint: (argument) => pingFlowEndpoint(parts, argument),
    receiveAlerts: withAccount(parts, () => receiveAlerts(parts), isMeter),
    muteFlow: withAccount(
      parts,
      (argument) => muteFlow(parts, argument),
      (account) => !isDemo(account),
    ),
    unmuteFlow: withAccount(
      parts,
      (argument) => unmuteFlow(parts, argument),
      (account) => !isDemo(account),
    ),
    openInManager: withAccount(parts, (argument) => openInManager(parts, argument), isMeta),
    copyLink: withAccount(parts, (argument) => copyLink(parts, argument)),
    openLink: (uri) => openLink(parts, uri as Uri),
    groupBy: withAccount(parts, () => groupBy(parts)),
    filterFlows: withAccount(parts, () => filterFlows(parts)),
    clearFilter: withAccount(parts, () => clearFilter(parts)),
    pinFlow: withAccount(parts, (argument) => flagFlow(parts, argument, 'pinned', true)),
    unpinFlow: withAccount(parts, (argument) => flagFlow(parts, argument, 'pinned', false)),
    hideFlow: withAccount(parts, (argument) => flagFlow(parts, argument, 'hidden', true)),
    unhideFlow: withAccount(parts, (argument) => flagFlow(parts, argument, 'hidden', false)),
    showHidden: withAccount(parts, () => showHidden(parts, true)),
    hideHidden: withAccount(parts, () => showHidden(parts, false)),
    hideStatusBar: () => hideStatusBar(parts),
    deleteData: () => deleteData(parts),
  };
}
