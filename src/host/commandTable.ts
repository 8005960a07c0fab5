import type { commandIds } from '../ids';
import type { CommandHandler, CommandParts, StartParts } from './commandParts';
import { disconnect, useDemo } from './commands/accounts';
import { connect } from './commands/connect';
import { copyAsCurl, copyFlowId } from './commands/copy';
import { deleteData } from './commands/deleteData';
import { exportCsv } from './commands/exportCsv';
import { openDashboard, openMetric } from './commands/open';
import { refresh } from './commands/refresh';
import { removeToken, setToken } from './commands/token';
import { addMeterFlow } from './meter/addMeterFlow';
import { pingEndpoint } from './meter/pingEndpoint';
import { receiveAlerts } from './meter/receiveAlerts';
import { startMeter } from './meter/startMeter';
import { stopMeter } from './meter/stopMeter';
import { Targets } from './targets';

type CommandName = keyof typeof commandIds;

/** Every command with its handler. */
export function commandTable(start: StartParts): Readonly<Record<CommandName, CommandHandler>> {
  const { state, tree, panels, lastLooked } = start;
  const parts: CommandParts = { ...start, targets: new Targets(state, tree, panels, lastLooked) };
  return {
    connect: () => connect(parts),
    useDemo: () => useDemo(parts),
    disconnect: (argument) => disconnect(parts, argument),
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
    pingEndpoint: (argument) => pingEndpoint(parts, argument),
    receiveAlerts: () => receiveAlerts(parts),
    deleteData: () => deleteData(parts),
  };
}
