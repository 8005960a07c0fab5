import type { commandIds } from '../../ids';
import type { CommandHandler, CommandParts, CommandServices } from './commandParts';
import { disconnect, useDemo } from './accounts';
import { connect } from './connect';
import { copyAsCurl, copyFlowId } from './copy';
import { deleteData } from './deleteData';
import { exportCsv } from './exportCsv';
import { hideStatusBar } from './hideStatusBar';
import { openDashboard, openMetric } from './open';
import { refresh } from './refresh';
import { renameAccount } from './renameAccount';
import { removeToken, setToken } from './token';
import { addMeterFlow } from './addMeterFlow';
import { pingFlowEndpoint } from './pingEndpoint';
import { receiveAlerts } from './receiveAlerts';
import { startMeter } from './startMeter';
import { stopMeter } from './stopMeter';
import { Targets } from './targets';

type CommandName = keyof typeof commandIds;

/** Every command with its handler. */
export function commandTable(start: CommandServices): Readonly<Record<CommandName, CommandHandler>> {
  const { state, tree, panels, lastFocused } = start;
  const parts: CommandParts = { ...start, targets: new Targets(state, tree, panels, lastFocused) };
  return {
    connect: () => connect(parts),
    useDemo: () => useDemo(parts),
    disconnect: (argument) => disconnect(parts, argument),
    renameAccount: (argument) => renameAccount(parts, argument),
    setToken: (argument) => setToken(parts, argument),
    removeToken: (argument) => removeToken(parts, argument),
    refresh: (argument) => refresh(parts, argument),
    openDashboard: (argument) => openDashboard(parts, argument),
    openMetric: (argument) => openMetric(parts, argument),
    copyFlowId: (argument) => copyFlowId(parts, argument),
    copyAsCurl: (argument) => copyAsCurl(parts, argument),
    exportCsv: (argument) => exportCsv(parts, argument),
    showLog: () => parts.log.show(),
    startMeter: (argument) => startMeter(parts, argument),
    stopMeter: () => stopMeter(parts),
    addMeterFlow: (argument) => addMeterFlow(parts, argument),
    pingEndpoint: (argument) => pingFlowEndpoint(parts, argument),
    receiveAlerts: () => receiveAlerts(parts),
    hideStatusBar: () => hideStatusBar(parts),
    deleteData: () => deleteData(parts),
  };
}
