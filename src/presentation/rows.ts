/** What tree rows, badges and the status bar show. They only copy these models. */
import { needsToken } from '../domain/account';
import type { MetricName } from '../contract/metric';
import { commandIds } from '../ids';
import { escapeMarkdown, plainName } from './escape';
import type { Formats } from './formats';
import type { Speech } from './speech';
import { compareFlows, compareLevels } from '../domain/health';
import { isUnread } from '../domain/metrics';
import { changeOf, metricTable } from './metricTable';
import type {
  AccountFigures,
  AccountStatusKind,
  FlowFigures,
  HealthLevel,
  HealthReason,
  PeriodTotals,
  Snapshot,
} from '../domain/model';
import type { Translate } from './translate';
import {
  changeShort,
  changeText,
  flowName,
  lastTitle,
  levelLabel,
  shortCause,
  sourceTexts,
  spokenReason,
  tokenTexts,
  accountStatusTexts,
  unreadText,
  withdrawnShort,
  type ReasonOptions,
} from './wording';
import { hasNoAvailability } from '../domain/flowRules';

export interface RowIcon {
  /** Codicon. */
  readonly id: string;
  /** Theme colour. */
  readonly color?: string;
}

export interface RowAction {
  readonly command: string;
  readonly title: string;
  readonly arguments: readonly unknown[];
}

export interface RowModel {
  readonly label: string;
  readonly description: string;
  readonly icon: RowIcon;
  /** Markdown; trusts only `flowmeter.openDashboard` and `flowmeter.copyFlowId`. */
  readonly tooltip: string;
  readonly accessibilityLabel: string;
  /** Words for `viewItem`. */
  readonly contextValue: string;
  /** What a click does, where it helps; flows open nothing by themselves. */
  readonly action?: RowAction;
}

/** A flow's tooltip is made by `flowTooltip`, once it is wanted. */
export type FlowRowModel = Omit<RowModel, 'tooltip'>;

const levelIcons: Readonly<Record<HealthLevel, Required<RowIcon>>> = {
  healthy: { id: 'pass', color: 'testing.iconPassed' },
  attention: { id: 'info', color: 'charts.yellow' },
  warning: { id: 'warning', color: 'charts.yellow' },
  critical: { id: 'error', color: 'charts.red' },
  unknown: { id: 'question', color: 'descriptionForeground' },
};

export function levelIcon(level: HealthLevel): Required<RowIcon> {
  return levelIcons[level];
}

/** One flow. `account` adds what the flow alone does not know: the server's rules and name. */
export function flowRow(figures: FlowFigures, speech: Speech, account?: AccountFigures): FlowRowModel {
  const { flow, report } = figures;
  const name = flowName(flow);
  return {
    label: name,
    description: flowDescription(figures, speech, account),
    icon: levelIcon(report.level),
    accessibilityLabel: spokenFlow(figures, name, speech, account),
    contextValue: contextOf('flow', account),
  };
}

/** `curl` where a shell can ask the same: the servers inside the editor have tokens that nobody sees. */
function contextOf(kind: 'flow' | 'metric', account: AccountFigures | undefined): string {
  return account && needsToken(account.account) ? `${kind} curl` : kind;
}

/** "98.6% up · 12.4% errors · p90 ≤ 6 s", or why there are no figures. */
function flowDescription(figures: FlowFigures, speech: Speech, account: AccountFigures | undefined): string {
  const { t } = speech;
  const { report, totals } = figures;
  const meta = report.reasons.find(({ span, level }) => span === 'meta' && level !== 'unknown');
  const parts = totals && !hidesFigures(report.reasons) ? figureParts(totals, speech) : [];
  const [worst] = report.reasons;
  const unread = unreadPart(figures, speech);
  if (parts.length === 0 && worst?.level === 'unknown') parts.push(shortCause(worst, t, reasonOptions(account, t)));
  else if (unread !== undefined && parts.length === 0)
    parts.push(isWithdrawn(figures) ? unread : t('could not be read'));
  // A narrow view cuts off what comes last; why a flow is not judged must not be that.
  else if (unread !== undefined) parts.splice(worst?.cause === 'failed' ? 0 : parts.length, 0, unread);
  return [...(meta ? [shortCause(meta, t)] : []), ...parts, ...ageParts(figures, speech, account)].join(' · ');
}

/** "availability could not be read" */
function unreadPart(figures: FlowFigures, formats: Formats): string | undefined {
  const { t } = formats;
  const { unread, report } = figures;
  if (hidesFigures(report.reasons)) return undefined;
  return isWithdrawn(figures) ? withdrawnShort(t) : unreadText(unread, formats.list, t);
}

/** True where nothing is known of a flow because its server gives no metrics any more. */
function isWithdrawn({ totals, unread = [], failures }: FlowFigures): boolean {
  return !totals && unread.length > 0 && unread.every((metric) => failures[metric]?.kind === 'withdrawn');
}

/** A draft, a deprecated flow and one without endpoint have figures of the past at most. */
export function hidesFigures(reasons: readonly HealthReason[]): boolean {
  return reasons.some(({ cause }) => cause === 'draft' || cause === 'deprecated' || cause === 'noEndpoint');
}

/** Always in this order. */
const rowMetrics = [
  'ENDPOINT_AVAILABILITY',
  'ENDPOINT_REQUEST_ERROR_RATE',
  'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
] as const satisfies readonly MetricName[];

function figureParts(totals: PeriodTotals, formats: Formats): string[] {
  return rowMetrics.flatMap((metric) => {
    const definition = metricTable[metric];
    const value = definition.value(totals);
    return value === undefined ? [] : [definition.compact(value, formats)];
  });
}

function ageParts(figures: FlowFigures, speech: Speech, account: AccountFigures | undefined): string[] {
  const { now } = speech;
  return isAged(figures, account, now) ? [speech.old(now - figures.fetchedAt!)] : [];
}

const minuteMs = 60_000;

/** True where figures are older than a person would expect: after a failure, from another time, or not reached yet. */
function isAged({ stale, fetchedAt }: FlowFigures, account: AccountFigures | undefined, now: number): boolean {
  if (fetchedAt === undefined) return false;
  const age = now - fetchedAt;
  if (stale || !account) return stale;
  // What has just been read is no news, also where the rest is still being read.
  return account.read ? age > (account.freshFor ?? Infinity) : age >= minuteMs;
}

export function reasonOptions(account: AccountFigures | undefined, t: Translate): ReasonOptions {
  if (!account) return {};
  const { info, accountStatus } = account;
  const isToken = accountStatus?.kind === 'tokenMissing' || accountStatus?.kind === 'tokenRefused';
  const words = isToken ? tokenTexts(accountStatus.error, accountStatus.kind === 'tokenMissing', t) : undefined;
  return {
    ...(info ? { minRequests: info.minRequests } : {}),
    ...(words ? { token: words.reason, tokenInRow: words.inRow } : {}),
  };
}

function spokenFlow(figures: FlowFigures, name: string, speech: Speech, account: AccountFigures | undefined): string {
  const { t, now } = speech;
  const { report, fetchedAt, stale, totals } = figures;
  const options = reasonOptions(account, t);
  const judged = [...report.reasons, ...report.fine];
  const spoken = judged.map((reason) => spokenReason(reason, speech, options));
  // The row shows figures that are too few to be judged as well.
  const others = rowMetrics
    .filter((metric) => judged.every((reason) => reason.metric !== metric))
    .map((metric) => ({ metric, value: totals && metricTable[metric].value(totals) }))
    .filter(({ value }) => value !== undefined && !hidesFigures(report.reasons))
    .map(({ metric, value }) => `${metricTable[metric].sentenceName(t)} ${metricTable[metric].speak(value, speech)}`);
  const [worst] = report.reasons;
  const isSaid = worst?.cause === 'failed' || worst?.cause === 'withdrawn';
  const unread = isSaid ? undefined : unreadPart(figures, speech);
  return [
    name,
    levelLabel(report.level, t).toLocaleLowerCase(speech.locale),
    ...spoken,
    ...others,
    ...(unread === undefined ? [] : [unread]),
    ...(fetchedAt === undefined ? [] : [t('fetched {0}', speech.spoken.age(fetchedAt, now))]),
    ...(stale ? [t('the last refresh failed')] : []),
  ].join(', ');
}

/** One metric under its flow: the window's figure and the change against the period before. */
export function metricRow(
  metric: MetricName,
  figures: FlowFigures,
  speech: Speech,
  account?: AccountFigures,
): RowModel {
  const { t, now } = speech;
  const definition = metricTable[metric];
  const { flow, report, totals, before } = figures;
  const value = totals && definition.value(totals);
  const label = definition.label(t);
  const level = report.reasons.find((reason) => reason.metric === metric)?.level;
  const change = changeOf(metric, totals, before, speech);
  const figure =
    definition.unit === 'bucket' ? t('p90 {0}', definition.format(value, speech)) : definition.format(value, speech);
  const why = whyUnknown(metric, figures, t, account);
  const parts = value === undefined ? [why] : [figure, changeShort(change, t)];
  const window = report.window;
  const words = value === undefined ? why : `${figure}, ${changeText(change, t)}`;
  const period = window === undefined ? '' : lastTitle(window, t);
  const name = flowName(flow);
  return {
    label,
    description: [...parts.filter(Boolean), ...ageParts(figures, speech, account)].join(' · '),
    icon: level ? levelIcon(level) : { id: definition.icon },
    tooltip: [
      `**${escapeMarkdown(definition.figureLabel(t))}** — ${escapeMarkdown(words)}`,
      ...(period ? [escapeMarkdown(t('{0}, compared with the same time before', period))] : []),
    ].join('  \n'),
    accessibilityLabel: [
      name,
      value === undefined
        ? `${definition.figureLabel(t)}: ${why}`
        : `${definition.figureLabel(t)} ${definition.speak(value, speech)}`,
      ...(value === undefined || change.kind === 'unknown' ? [] : [spokenChange(metric, figures, speech)]),
      ...(level ? [levelLabel(level, t).toLocaleLowerCase(speech.locale)] : []),
      ...(isAged(figures, account, now) ? [t('fetched {0}', speech.spoken.age(figures.fetchedAt!, now))] : []),
    ].join(', '),
    contextValue: contextOf('metric', account),
    action: {
      command: commandIds.openDashboard,
      title: t('Open Dashboard'),
      arguments: [{ account: figures.accountName, flowId: flow.id, metric }],
    },
  };
}

/** "up 14% more" would be said twice; the word alone tells the direction. */
function spokenChange(metric: MetricName, figures: FlowFigures, formats: Formats): string {
  const { t } = formats;
  const change = changeOf(metric, figures.totals, figures.before, formats);
  return change.kind === 'same' ? t('no change') : `${change.amount} ${change.word}`;
}

function whyUnknown(
  metric: MetricName,
  figures: FlowFigures,
  t: Translate,
  account: AccountFigures | undefined,
): string {
  const { report, failures, flow, totals, unread } = figures;
  const [worst] = report.reasons;
  if (hidesFigures(report.reasons) && worst) return shortCause(worst, t);
  if (metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(flow)) {
    return account && account.account.source !== 'meta' ? t('not checked') : t('not checked by Meta');
  }
  const isCause = worst?.cause === 'auth' || worst?.cause === 'withdrawn';
  if (isWithdrawn(figures) && !isCause) return withdrawnShort(t);
  if (isUnread(metric, unread) && !isCause) return t('could not be read');
  if (failures[metric] && !isCause && worst?.cause !== 'notEnoughData') return t('could not be read');
  if (!totals && worst?.level === 'unknown') return shortCause(worst, t, reasonOptions(account, t));
  return t('no data');
}

const sourceIcons = { meta: 'comment-discussion', demo: 'beaker', meter: 'dashboard', server: 'server' } as const;

/** An account, shown where there are several. */
export function accountRow(account: AccountFigures, speech: Speech): RowModel {
  const { t, now } = speech;
  const { flows, accountStatus, read } = account;
  const name = plainName(account.account.name);
  const source = sourceTexts(account.account, t);
  const words = accountStatus && accountStatusTexts(accountStatus, account, speech);
  const count = flows.length === 1 ? t('1 flow') : t('{0} flows', speech.count(flows.length));
  // A row below says what is wrong; here the icon tells of it, for that row may be folded away.
  const unknown = accountStatus !== undefined && flows.length === 0;
  const description = unknown ? '' : read || flows.length > 0 ? count : t('reading…');
  return {
    label: name,
    description,
    icon: accountStatus ? statusIcons[accountStatus.kind] : { id: sourceIcons[account.account.source] },
    tooltip: [
      `**${escapeMarkdown(account.account.name)}** — ${escapeMarkdown(source.short)}`,
      escapeMarkdown(words?.text ?? description, 300),
      ...(account.fetchedAt === undefined
        ? []
        : [escapeMarkdown(speech.sentence(t('fetched {0}', speech.age(account.fetchedAt, now))))]),
    ].join('  \n'),
    accessibilityLabel: [name, source.short, ...(words ? [words.text] : []), description].filter(Boolean).join(', '),
    contextValue: needsToken(account.account) ? 'account tokenAccount' : 'account',
  };
}

export const statusIcons: Readonly<Record<AccountStatusKind, RowIcon>> = {
  tokenMissing: { id: 'key', color: 'charts.yellow' },
  tokenRefused: { id: 'key', color: 'charts.yellow' },
  permission: { id: 'lock', color: 'charts.yellow' },
  throttled: { id: 'watch', color: 'charts.yellow' },
  offline: { id: 'debug-disconnect', color: 'charts.yellow' },
  withdrawn: { id: 'circle-slash', color: 'charts.yellow' },
  notFound: { id: 'search-stop', color: 'charts.yellow' },
  noFlows: { id: 'inbox' },
  failed: { id: 'warning', color: 'charts.yellow' },
};

type HelpfulCommand = 'connect' | 'setToken' | 'refresh' | 'showLog' | 'startMeter' | 'addMeterFlow';

/** The command that helps against a trouble; what passes by itself only has the log. */
const statusCommands: Readonly<Record<AccountStatusKind, HelpfulCommand>> = {
  tokenMissing: 'setToken',
  tokenRefused: 'setToken',
  permission: 'setToken',
  throttled: 'showLog',
  offline: 'refresh',
  withdrawn: 'addMeterFlow',
  notFound: 'showLog',
  noFlows: 'refresh',
  failed: 'refresh',
};

/** What helps where the server is the meter on this computer. */
const meterProblemCommands: Readonly<Partial<Record<AccountStatusKind, HelpfulCommand>>> = {
  offline: 'startMeter',
  noFlows: 'addMeterFlow',
};

function commandTitle(command: HelpfulCommand, t: Translate): string {
  switch (command) {
    case 'connect':
      return t('Connect to WhatsApp…');
    case 'setToken':
      return t('Set Access Token…');
    case 'refresh':
      return t('Refresh');
    case 'startMeter':
      return t('Start Meter…');
    case 'addMeterFlow':
      return t('Add Flow to Meter…');
    case 'showLog':
      return t('Show Log');
  }
}

/** The row that says what is wrong with an account; undefined where nothing is. */
export function accountStatusRow(account: AccountFigures, speech: Speech): RowModel | undefined {
  const { t } = speech;
  const { accountStatus } = account;
  if (!accountStatus) return undefined;
  const words = accountStatusTexts(accountStatus, account, speech);
  const name = plainName(account.account.name);
  const isMeter = account.account.source === 'meter';
  const isWrongId = accountStatus.error?.details.objectType !== undefined;
  const own = isMeter ? meterProblemCommands[accountStatus.kind] : isWrongId ? 'connect' : undefined;
  const command = own ?? statusCommands[accountStatus.kind];
  const title = commandTitle(command, t);
  const reach = accountStatus.kind === 'throttled' ? reachText(account, speech) : '';
  return {
    label: words.label,
    description: accountStatus.kind === 'throttled' ? reach : words.description,
    icon: statusIcons[accountStatus.kind],
    tooltip: escapeMarkdown(words.text, 400),
    accessibilityLabel: [name, words.text, reach, title].filter(Boolean).join(', '),
    contextValue: 'trouble',
    action: { command: commandIds[command], title, arguments: [{ account: account.account.name }] },
  };
}

/** The row that says that an account has more flows than are shown; undefined where all are. */
export function limitRow(account: AccountFigures, formats: Formats): RowModel | undefined {
  const { t } = formats;
  const { limitedTo } = account;
  if (limitedTo === undefined) return undefined;
  const name = plainName(account.account.name);
  const label = t('The first {0} flows', formats.count(limitedTo));
  const text = t(
    '“{0}” has more flows than Flowmeter reads: the first {1} of its list are shown. To watch others, connect to them by their flow IDs.',
    name,
    formats.count(limitedTo),
  );
  return {
    label,
    description: t('there are more'),
    icon: { id: 'info' },
    tooltip: escapeMarkdown(text, 400),
    accessibilityLabel: [name, text].join(', '),
    contextValue: 'limit',
  };
}

/** How far reading came before a pause: "figures up to 5 h old · 12 flows not read yet"; empty where nothing is old. */
function reachText(account: AccountFigures, speech: Speech): string {
  const { t, now } = speech;
  const { flows } = account;
  const aged = flows.filter((figures) => isAged(figures, account, now)).map(({ fetchedAt }) => fetchedAt!);
  const unread = flows.filter(({ report }) => report.reasons[0]?.cause === 'notRead').length;
  const oldest = aged.reduce((a, b) => Math.min(a, b), Infinity);
  return [
    ...(aged.length === 0 ? [] : [t('figures up to {0}', speech.old(now - oldest))]),
    ...(unread === 0
      ? []
      : [unread === 1 ? t('1 flow not read yet') : t('{0} flows not read yet', speech.count(unread))]),
  ].join(' · ');
}

export interface StatusModel {
  readonly text: string;
  readonly background?: 'warning' | 'error';
  readonly accessibilityLabel: string;
}

const statusNameLength = 24;

/** The status bar item; undefined without accounts. */
export function statusModel(snapshot: Snapshot, speech: Speech): StatusModel | undefined {
  const { t } = speech;
  const { accounts } = snapshot;
  if (accounts.length === 0) return undefined;
  const model = (text: string, spoken: string, background?: 'warning' | 'error'): StatusModel => ({
    text,
    accessibilityLabel: t('Flowmeter: {0}', spoken),
    ...(background ? { background } : {}),
  });

  const flows = countedFlows(snapshot);
  const bad = flows.filter(({ report }) => needsAttention(report.level));
  const [worst] = bad;
  const tokenStatus = accounts.find(
    ({ accountStatus }) => accountStatus?.kind === 'tokenMissing' || accountStatus?.kind === 'tokenRefused',
  );
  if (tokenStatus?.accountStatus && worst?.report.level !== 'critical') {
    const { short, reason } = tokenTexts(
      tokenStatus.accountStatus.error,
      tokenStatus.accountStatus.kind === 'tokenMissing',
      t,
    );
    return model(`$(key) ${short}`, `${plainName(tokenStatus.account.name)}, ${reason}`, 'warning');
  }
  const unread = unreadFlows(snapshot);
  const unreadWords =
    unread === 1 ? t('1 flow could not be read') : t('{0} flows could not be read', speech.count(unread));
  const beside = unread === 0 ? '' : ` · ${unreadWords}`;
  const spokenBeside = unread === 0 ? '' : `, ${unreadWords}`;
  const age = oldestAge(snapshot, speech);
  if (worst) {
    const critical = worst.report.level === 'critical';
    const others = bad.length > 1 ? ` +${speech.count(bad.length - 1)}` : '';
    const figure = statusFigure(worst.report.reasons[0]!, speech);
    return model(
      `$(${levelIcon(worst.report.level).id}) ${flowName(worst.flow, statusNameLength)} ${figure}${others}${age}`,
      [
        ...(bad.length > 1 ? [attentionText(bad.length, speech)] : []),
        `${flowName(worst.flow)}, ${levelLabel(worst.report.level, t).toLocaleLowerCase(speech.locale)}`,
        ...worst.report.reasons.map((reason) => spokenReason(reason, speech)),
      ].join(', '),
      critical ? 'error' : 'warning',
    );
  }
  if (accounts.every(({ read }) => !read) && !flows.some(({ totals }) => totals)) {
    return accounts.some(({ busy }) => busy)
      ? model(`$(sync~spin) ${t('Flows')}`, t('reading'))
      : model('$(pulse) –', t('nothing read yet'));
  }
  const availability = sharedRatio(
    flows,
    ({ succeeded }) => succeeded,
    ({ succeeded = 0, failed = 0 }) => succeeded + failed,
  );
  if (availability !== undefined) {
    return model(
      `$(pulse) ${speech.availability(availability)}${beside}${age}`,
      t('availability {0}', speech.spoken.availability(availability)) + spokenBeside,
    );
  }
  const rate = sharedRatio(
    flows,
    ({ errors }) => errors,
    ({ requests = 0 }) => requests,
  );
  if (rate !== undefined) {
    return model(
      `$(pulse) ${t('{0} errors', speech.percent(rate))}${beside}${age}`,
      t('error rate {0}', speech.spoken.percent(rate)) + spokenBeside,
    );
  }
  const accountStatus = accounts.find(
    (account) => account.accountStatus?.kind === 'throttled' || account.accountStatus?.kind === 'offline',
  );
  if (accountStatus?.accountStatus) {
    const words = accountStatusTexts(accountStatus.accountStatus, accountStatus, speech);
    return model(`$(${statusIcons[accountStatus.accountStatus.kind].id}) ${words.label}`, words.text);
  }
  if (unread > 0) return model(`$(question) ${unreadWords}`, unreadWords);
  return model('$(pulse) –', t('nothing is judged'));
}

/** Flows of which a figure could not be read; what keeps a whole account from being read is told for that. */
function unreadFlows({ accounts }: Snapshot): number {
  return accounts
    .filter(({ accountStatus }) => accountStatus === undefined)
    .flatMap(({ flows }) => flows)
    .filter(({ counted, unread = [], report }) => {
      return counted && !hidesFigures(report.reasons) && (unread.length > 0 || report.reasons[0]?.cause === 'failed');
    }).length;
}

function needsAttention(level: HealthLevel): boolean {
  return level === 'critical' || level === 'warning';
}

function hasToken({ accountStatus }: AccountFigures): boolean {
  return accountStatus?.kind !== 'tokenMissing' && accountStatus?.kind !== 'tokenRefused';
}

/** Flows that count, worst first. Figures under a refused token are history, not news. */
function countedFlows(snapshot: Snapshot): readonly FlowFigures[] {
  return snapshot.accounts
    .filter(hasToken)
    .flatMap(({ flows }) => flows)
    .filter(({ counted }) => counted)
    .sort(compareFlows);
}

/** The age of the oldest figure that counts, where it is worth saying. */
function oldestAge({ accounts }: Snapshot, speech: Speech): string {
  const { now } = speech;
  const times = accounts
    .filter(hasToken)
    .flatMap((account) => account.flows.filter((figures) => figures.counted && isAged(figures, account, now)))
    .map(({ fetchedAt }) => fetchedAt!);
  return times.length === 0 ? '' : ` · ${speech.old(now - times.reduce((a, b) => Math.min(a, b)))}`;
}

/** "12.4% errors", "85.0% up", "p90 ≤ 6 s", "Blocked" */
function statusFigure(reason: HealthReason, formats: Formats): string {
  const { t } = formats;
  return reason.metric === undefined
    ? shortCause(reason, t)
    : metricTable[reason.metric].compact(reason.value, formats);
}

/** Part over whole, summed over the flows that know both. */
function sharedRatio(
  flows: readonly FlowFigures[],
  part: (totals: PeriodTotals) => number | undefined,
  whole: (totals: PeriodTotals) => number,
): number | undefined {
  let parts = 0;
  let wholes = 0;
  for (const { totals, report } of flows) {
    const value = totals && !hidesFigures(report.reasons) ? part(totals) : undefined;
    if (!totals || value === undefined) continue;
    parts += value;
    wholes += whole(totals);
  }
  return wholes > 0 ? Math.min(1, parts / wholes) : undefined;
}

export interface ViewBadgeModel {
  readonly value: number;
  readonly tooltip: string;
}

/** How many flows are at warning or worse; undefined where none is. */
export function viewBadge(snapshot: Snapshot, formats: Formats): ViewBadgeModel | undefined {
  const value = countedFlows(snapshot).filter(({ report }) => compareLevels(report.level, 'warning') <= 0).length;
  return value === 0 ? undefined : { value, tooltip: attentionText(value, formats) };
}

function attentionText(count: number, formats: Formats): string {
  const { t } = formats;
  return count === 1 ? t('1 flow needs attention') : t('{0} flows need attention', formats.count(count));
}
