/** Every name that package.json, other programs or stored data rely on. */

export const extensionId = 'flowmeter.flowmeter';

export const commandIds = {
  connect: 'flowmeter.connect',
  useDemo: 'flowmeter.useDemo',
  disconnect: 'flowmeter.disconnect',
  renameAccount: 'flowmeter.renameAccount',
  setToken: 'flowmeter.setToken',
  removeToken: 'flowmeter.removeToken',
  refresh: 'flowmeter.refresh',
  openOverview: 'flowmeter.openOverview',
  openDashboard: 'flowmeter.openDashboard',
  keepOpen: 'flowmeter.keepOpen',
  openMetric: 'flowmeter.openMetric',
  copyFlowId: 'flowmeter.copyFlowId',
  copyAsCurl: 'flowmeter.copyAsCurl',
  addMark: 'flowmeter.addMark',
  exportCsv: 'flowmeter.exportCsv',
  exportJson: 'flowmeter.exportJson',
  exportAll: 'flowmeter.exportAll',
  showLog: 'flowmeter.showLog',
  hideStatusBar: 'flowmeter.hideStatusBar',
  muteFlow: 'flowmeter.muteFlow',
  unmuteFlow: 'flowmeter.unmuteFlow',
  deleteData: 'flowmeter.deleteData',
  startMeter: 'flowmeter.startMeter',
  stopMeter: 'flowmeter.stopMeter',
  addMeterFlow: 'flowmeter.addMeterFlow',
  pingEndpoint: 'flowmeter.pingEndpoint',
  receiveAlerts: 'flowmeter.receiveAlerts',
  groupBy: 'flowmeter.groupBy',
  filterFlows: 'flowmeter.filterFlows',
  clearFilter: 'flowmeter.clearFilter',
  pinFlow: 'flowmeter.pinFlow',
  unpinFlow: 'flowmeter.unpinFlow',
  hideFlow: 'flowmeter.hideFlow',
  unhideFlow: 'flowmeter.unhideFlow',
  showHidden: 'flowmeter.showHidden',
  hideHidden: 'flowmeter.hideHidden',
  openInManager: 'flowmeter.openInManager',
  copyLink: 'flowmeter.copyLink',
} as const;

export const viewIds = {
  container: 'flowmeter',
  flows: 'flowmeter.flows',
  panel: 'flowmeter.dashboard',
  overview: 'flowmeter.overview',
} as const;

export const statusItemId = 'flowmeter.availability';

export const logName = 'Flowmeter';

/** Keys of `when` clauses with the type of their values. */
export interface ContextKeys {
  'flowmeter.ready': boolean;
  'flowmeter.hasAccounts': boolean;
  'flowmeter.hasTokenAccounts': boolean;
  'flowmeter.hasMeter': boolean;
  'flowmeter.hasDemo': boolean;
  /** A dashboard was opened by its command. */
  'flowmeter.hasReadVerdict': boolean;
  /** A dashboard gives way to the next one that a row opens. */
  'flowmeter.hasPreview': boolean;
  'flowmeter.hasFilter': boolean;
  'flowmeter.hasPinned': boolean;
  'flowmeter.hasHidden': boolean;
  'flowmeter.showsHidden': boolean;
}

export const settingsSection = 'flowmeter';

export const settingNames = {
  accounts: 'accounts',
  refreshMinutes: 'refreshMinutes',
  healthWindow: 'healthWindow',
  thresholds: 'thresholds',
  /** Name of a group: one setting for each measure and level. */
  levels: 'levels',
  statusBar: 'statusBar',
  notify: 'notify',
  historyDays: 'historyDays',
  marksFromGit: 'marksFromGit',
} as const;

/** Scheme of the private addresses by which tree rows are decorated. */
export const flowScheme = 'flowmeter-flow';

/** Where earlier versions noted the ids of secrets, for each profile of the editor apart. */
export const secretIdsKey = 'flowmeter.secretIds';

/** Folder where the ids of all secrets are noted, for the secret storage cannot be listed in every editor. */
export const secretIdsFolder = 'secretIds';

/** Folder of the meter, whose files all windows share. */
export const meterFolder = 'meter';

/** Where the calls of the last hour are noted, by account and window. */
export const callsKey = 'flowmeter.calls';

/** Where it is kept how a person has arranged the tree. */
export const arrangementKey = 'flowmeter.arrangement';

/** Secret of an account's token: bound to the name and the origin, so that a changed URL never receives it. */
export function tokenSecretId(accountName: string, origin: string): string {
  return `flowmeter.token:${JSON.stringify([accountName, origin])}`;
}

/** Secret with which a flow's availability checks are signed. It goes with its account. */
export function appSecretId(accountName: string, flowId: string): string {
  return `flowmeter.appSecret:${JSON.stringify([accountName, flowId])}`;
}

/** The flow of such an id, where it is one of that account. */
export function flowOfAppSecretId(id: string, accountName: string): string | undefined {
  try {
    const [name, flowId] = JSON.parse(id.replace(/^flowmeter\.appSecret:/, '')) as readonly unknown[];
    return name === accountName && typeof flowId === 'string' ? flowId : undefined;
  } catch {
    return undefined;
  }
}

/** Secret that holds the app secret and the verify token with which Meta's alerts are received. It goes with its account. */
export function alertSecretsId(accountName: string): string {
  return `flowmeter.alerts:${JSON.stringify([accountName])}`;
}

/** True for secrets that only a meter has: those of apps, and those of alerts. */
export function isMeterSecretId(id: string): boolean {
  return /^flowmeter\.(appSecret|alerts):/.test(id);
}

/** The id of the same secret for an account of another name: whatever else it is bound to, an origin or a flow, stays. */
export function secretIdOfName(id: string, accountName: string): string {
  const begin = id.indexOf(':') + 1;
  const [, ...rest] = JSON.parse(id.slice(begin)) as readonly unknown[];
  return id.slice(0, begin) + JSON.stringify([accountName, ...rest]);
}

/** The account's name in such an id. */
export function accountOfSecretId(id: string): string | undefined {
  try {
    const [name] = JSON.parse(id.slice(id.indexOf(':') + 1)) as readonly unknown[];
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
