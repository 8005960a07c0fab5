/** Every name that package.json, other programs or stored data rely on. */

export const commandIds = {
  connect: 'flowmeter.connect',
  useDemo: 'flowmeter.useDemo',
  disconnect: 'flowmeter.disconnect',
  setToken: 'flowmeter.setToken',
  removeToken: 'flowmeter.removeToken',
  refresh: 'flowmeter.refresh',
  openDashboard: 'flowmeter.openDashboard',
  openMetric: 'flowmeter.openMetric',
  copyFlowId: 'flowmeter.copyFlowId',
  copyAsCurl: 'flowmeter.copyAsCurl',
  exportCsv: 'flowmeter.exportCsv',
  showLog: 'flowmeter.showLog',
} as const;

export const viewIds = { container: 'flowmeter', flows: 'flowmeter.flows', panel: 'flowmeter.dashboard' } as const;

export const statusItemId = 'flowmeter.availability';

export const logName = 'Flowmeter';

/** Keys of `when` clauses with the type of their values. */
export interface ContextKeys {
  'flowmeter.ready': boolean;
  'flowmeter.hasAccounts': boolean;
  'flowmeter.hasTokenAccounts': boolean;
}

export const settingsSection = 'flowmeter';

export const settingNames = {
  accounts: 'accounts',
  refreshMinutes: 'refreshMinutes',
  healthWindow: 'healthWindow',
  thresholds: 'thresholds',
  statusBar: 'statusBar',
} as const;

/** Scheme of the private addresses by which tree rows are decorated. */
export const flowScheme = 'flowmeter-flow';

/** Secret of an account's token: bound to the name and the origin, so that a changed URL never receives it. */
export function tokenSecretId(accountName: string, origin: string): string {
  return `flowmeter.token:${JSON.stringify([accountName, origin])}`;
}
