import {
  type AccountFigures,
  type Snapshot,
  type HealthReason,
  type FlowFigures,
  type PeriodTotals,
  isTokenStatus,
} from '../../domain/model';
import type { Speech } from '../speech';
import { accountTokenTexts } from '../texts/tokenTexts';
import { plainName } from '../escape';
import { levelIcon } from './rowModel';
import { flowName, levelLabel } from '../texts/labels';
import { spokenReasonText, shortCauseText } from '../texts/reasonTexts';
import { accountStatusTexts } from '../texts/accountStatusTexts';
import { ageText, hidesFigures, isAged } from './figuresShown';
import type { Formats } from '../formats';
import { metricTable } from '../metricTable';
import { isDemo } from '../../domain/account';
import { attentionText, countedAccounts, countedFlows, hasToken, needsAttention } from './viewBadge';
import { statusIcons } from './accountStatusRow';

interface StatusBarModel {
  readonly text: string;
  readonly background?: 'warning' | 'error';
  readonly accessibilityLabel: string;
}

/** The item without the name Flowmeter, which its label for screen readers begins with. */
interface Item extends Pick<StatusBarModel, 'text' | 'background'> {
  readonly spoken: string;
}

const statusNameLength = 24;

/** The status bar item; undefined without accounts. */
export function statusBarModel(snapshot: Snapshot, speech: Speech): StatusBarModel | undefined {
  const { t } = speech;
  const accounts = countedAccounts(snapshot);
  if (accounts.length === 0) return undefined;
  const flows = countedFlows(snapshot);
  const bad = flows.filter(needsAttention);
  const unread = unreadFlows(accounts);
  const unreadText =
    unread === 1 ? t('1 flow could not be read') : t('{0} flows could not be read', speech.count(unread));
  const token = tokenItem(accounts, speech);
  const worst = worstItem(
    bad,
    accounts.every(({ account }) => isDemo(account)),
    oldestAge(accounts, speech),
    speech,
  );
  const { spoken, ...item } =
    (worst && token ? together(worst, token) : (token ?? worst)) ??
    unstartedItem(accounts, flows, speech) ??
    sharedFigureItem(flows, unread > 0 ? unreadText : '', oldestAge(accounts, speech), speech) ??
    unreachedItem(accounts, speech) ??
    (unread > 0
      ? { text: `$(question) ${unreadText}`, spoken: unreadText }
      : { text: '$(pulse) –', spoken: t('nothing is judged') });
  return { ...item, accessibilityLabel: t('Flowmeter: {0}', spoken) };
}

function tokenItem(accounts: readonly AccountFigures[], speech: Speech): Item | undefined {
  const [stopped, ...others] = accounts.filter(({ accountStatus }) => isTokenStatus(accountStatus));
  const texts = accountTokenTexts(stopped?.accountStatus, speech);
  if (!stopped || !texts) return undefined;
  const spoken = `${plainName(stopped.account.name)}, ${texts.reason}`;
  const more = others.length > 0 ? ` +${speech.count(others.length)}` : '';
  return { text: `$(key) ${ownerPart(stopped, accounts, speech)}${texts.short}${more}`, spoken, background: 'warning' };
}

/** "Bistro Nord: ", where there are several accounts. */
function ownerPart({ account }: AccountFigures, accounts: readonly AccountFigures[], { t }: Formats): string {
  return accounts.length > 1 ? `${t('{0}:', plainName(account.name, statusNameLength))} ` : '';
}

/** A flow in trouble, and an account of which nothing can be read any more. */
function together(worst: Item, token: Item): Item {
  const { text, spoken, background = token.background } = worst;
  return {
    text: `${text} · ${token.text}`,
    spoken: `${spoken}, ${token.spoken}`,
    ...(background ? { background } : {}),
  };
}

/** "Table booking 12.4% errors +2"; what is made up alarms nobody. */
function worstItem(bad: readonly FlowFigures[], ofDemo: boolean, age: string, speech: Speech): Item | undefined {
  const [worst] = bad;
  if (!worst) return undefined;
  const { flow, report } = worst;
  const others = bad.length > 1 ? ` +${speech.count(bad.length - 1)}` : '';
  const figure = statusFigure(report.reasons[0]!, speech);
  return {
    text: `$(${levelIcon(report.level).id}) ${flowName(flow, statusNameLength)} ${figure}${others}${age}`,
    spoken: [
      ...(bad.length > 1 ? [attentionText(bad.length, speech)] : []),
      `${flowName(flow)}, ${levelLabel(report.level, speech.t).toLocaleLowerCase(speech.locale)}`,
      ...report.reasons.map((reason) => spokenReasonText(reason, speech)),
    ].join(', '),
    ...(ofDemo ? {} : { background: report.level === 'critical' ? ('error' as const) : ('warning' as const) }),
  };
}

/** Before the first read has ended. */
function unstartedItem(
  accounts: readonly AccountFigures[],
  flows: readonly FlowFigures[],
  { t }: Formats,
): Item | undefined {
  if (accounts.some(({ read }) => read) || flows.some(({ totals }) => totals)) return undefined;
  return accounts.some(({ busy }) => busy)
    ? { text: `$(sync~spin) ${t('Flows')}`, spoken: t('reading') }
    : { text: '$(pulse) –', spoken: t('nothing read yet') };
}

/** The availability of all flows together, or else their error rate. */
function sharedFigureItem(
  flows: readonly FlowFigures[],
  unreadText: string,
  age: string,
  formats: Formats,
): Item | undefined {
  const { t, spoken } = formats;
  const item = (figure: string, spokenFigure: string): Item => ({
    text: `$(pulse) ${figure}${unreadText && ` · ${unreadText}`}${age}`,
    spoken: spokenFigure + (unreadText && `, ${unreadText}`),
  });
  const availability = sharedRatio(
    flows,
    ({ succeeded }) => succeeded,
    ({ succeeded = 0, failed = 0 }) => succeeded + failed,
  );
  if (availability !== undefined) {
    return item(formats.availability(availability), t('availability {0}', spoken.availability(availability)));
  }
  const rate = sharedRatio(
    flows,
    ({ errors }) => errors,
    ({ requests = 0 }) => requests,
  );
  return rate === undefined
    ? undefined
    : item(t('{0} errors', formats.percent(rate)), t('error rate {0}', spoken.percent(rate)));
}

function unreachedItem(accounts: readonly AccountFigures[], speech: Speech): Item | undefined {
  for (const account of accounts) {
    const { accountStatus } = account;
    if (accountStatus?.kind !== 'throttled' && accountStatus?.kind !== 'offline') continue;
    const { label, text } = accountStatusTexts(accountStatus, account, speech);
    const owner = ownerPart(account, accounts, speech);
    return { text: `$(${statusIcons[accountStatus.kind].id}) ${owner}${label}`, spoken: owner + text };
  }
  return undefined;
}

/** Flows of which a figure could not be read; an account that cannot be read at all is reported as one. */
function unreadFlows(accounts: readonly AccountFigures[]): number {
  return accounts
    .filter(({ accountStatus }) => accountStatus === undefined)
    .flatMap(({ flows }) => flows)
    .filter(({ counted, unread = [], report }) => {
      return counted && !hidesFigures(report.reasons) && (unread.length > 0 || report.reasons[0]?.cause === 'failed');
    }).length;
}

/** The age of the oldest figure that counts, where it is worth saying. */
function oldestAge(accounts: readonly AccountFigures[], speech: Speech): string {
  const { now } = speech;
  const aged = accounts
    .filter(hasToken)
    .flatMap((account) => account.flows.filter((figures) => figures.counted && isAged(figures, account, now)));
  if (aged.length === 0) return '';
  return ` · ${ageText(
    aged.reduce((a, b) => (b.fetchedAt! < a.fetchedAt! ? b : a)),
    speech,
  )}`;
}

/** "12.4% errors", "85.0% up", "p90 ≤ 6 s", "Blocked" */
function statusFigure(reason: HealthReason, formats: Formats): string {
  const { t } = formats;
  return reason.metric === undefined
    ? shortCauseText(reason, t)
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
