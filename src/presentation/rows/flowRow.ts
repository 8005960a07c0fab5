import { isDemo } from '../../domain/account';
import type { AccountFigures, FlowFigures, HealthReport, PeriodTotals } from '../../domain/model';
import type { Speech } from '../speech';
import { type FlowRowModel, levelIcon, contextOf } from './rowModel';
import { flowName, levelLabel } from '../texts/labels';
import { shortCauseText, noMetricsText, spokenReasonText, reasonOptions } from '../texts/reasonTexts';
import type { Formats } from '../formats';
import { unreadText } from '../texts/missingTexts';
import { metricTable } from '../metricTable';
import type { MetricName } from '../../contract/metric';
import { previewAction } from './rowAction';
import { ageParts, fetchedText, hidesFigures, isWithdrawn } from './figuresShown';

/** One flow. `account` adds what the flow alone does not know: the server's rules and name. */
export function flowRow(
  figures: FlowFigures,
  speech: Speech,
  account?: AccountFigures,
  mutedUntil?: number,
  isPinned = false,
): FlowRowModel {
  const { flow, report } = figures;
  const name = flowName(flow);
  const muted = mutedUntil === undefined ? [] : [mutedText(mutedUntil, speech)];
  const hidden = figures.hidden ? [speech.t('hidden')] : [];
  // Hidden rows are shown to be found; that a row is pinned may be cut off.
  const pinned = isPinned ? [speech.t('pinned')] : [];
  return {
    label: name,
    description: [...hidden, flowDescription(figures, speech, account), ...pinned].join(' · '),
    icon: levelIcon(report.level),
    accessibilityLabel: [flowAccessibilityLabel(figures, name, speech, account), ...muted, ...hidden, ...pinned].join(
      ', ',
    ),
    contextValue: [
      contextOf('flow', account),
      ...muteWord(account, mutedUntil),
      ...(isPinned ? ['pinned'] : []),
      ...(figures.hidden ? ['hidden'] : []),
    ].join(' '),
    action: previewAction(figures, speech.t),
  };
}

/** "no notifications until 14:18" */
export function mutedText(until: number, speech: Speech): string {
  return speech.t('no notifications until {0}', speech.moment(until, speech.now));
}

/** Demo flows alarm nobody, so that there is nothing to mute. */
function muteWord(account: AccountFigures | undefined, mutedUntil: number | undefined): readonly string[] {
  if (!account || isDemo(account.account)) return [];
  return [mutedUntil === undefined ? 'audible' : 'muted'];
}

/** "12.4% errors · p90 ≤ 6 s · 98.6% up", or why there are no figures. A narrow view cuts off what comes last. */
function flowDescription(figures: FlowFigures, speech: Speech, account: AccountFigures | undefined): string {
  const { t } = speech;
  const { report, totals } = figures;
  const meta = report.reasons.find(({ span, level }) => span === 'meta' && level !== 'unknown');
  const parts = totals && !hidesFigures(report.reasons) ? figureParts(report, totals, speech) : [];
  const [worst] = report.reasons;
  const unread = unreadPart(figures, speech);
  if (parts.length === 0 && worst?.level === 'unknown')
    parts.push(shortCauseText(worst, t, reasonOptions(account, speech)));
  else if (unread !== undefined && parts.length === 0)
    parts.push(isWithdrawn(figures) ? unread : t('could not be read'));
  // Why a flow is not judged must not be cut off.
  else if (unread !== undefined) parts.splice(worst?.cause === 'failed' ? 0 : parts.length, 0, unread);
  return [...(meta ? [shortCauseText(meta, t)] : []), ...parts, ...ageParts(figures, speech, account)].join(' · ');
}

/** "availability could not be read" */
function unreadPart(figures: FlowFigures, formats: Formats): string | undefined {
  const { unread, report } = figures;
  if (hidesFigures(report.reasons)) return undefined;
  return isWithdrawn(figures) ? noMetricsText(formats.t) : unreadText(unread, formats);
}

/** Figures beyond a level, worst first, then those that are fine in an order of their own. */
function figureParts({ reasons }: HealthReport, totals: PeriodTotals, formats: Formats): string[] {
  const { t } = formats;
  const beyond = reasons.flatMap(({ metric, value, span }) => {
    if (metric === undefined) return [];
    const figure = metricTable[metric].compact(value, formats);
    return [{ metric, text: span === 'now' ? t('{0} in 3 h', figure) : figure }];
  });
  const others = rowMetrics.flatMap((metric) => {
    const { value, compact } = metricTable[metric];
    const figure = value(totals);
    return figure === undefined || beyond.some((one) => one.metric === metric) ? [] : [compact(figure, formats)];
  });
  return [...beyond.map(({ text }) => text), ...others];
}

function flowAccessibilityLabel(
  figures: FlowFigures,
  name: string,
  speech: Speech,
  account: AccountFigures | undefined,
): string {
  const { t } = speech;
  const { report, stale, totals } = figures;
  const options = reasonOptions(account, speech);
  const judged = [...report.reasons, ...report.fine];
  const spoken = judged.map((reason) => spokenReasonText(reason, speech, options));
  // The row shows figures that are too few to be judged as well.
  const others = rowMetrics
    .filter((metric) => judged.every((reason) => reason.metric !== metric))
    .map((metric) => ({ metric, value: totals && metricTable[metric].value(totals) }))
    .filter(({ value }) => value !== undefined && !hidesFigures(report.reasons))
    .map(
      ({ metric, value }) =>
        `${metricTable[metric].sentenceName(t)} ${metricTable[metric].formatSpoken(value, speech)}`,
    );
  const [worst] = report.reasons;
  const isSaid = worst?.cause === 'failed' || worst?.cause === 'withdrawn';
  const unread = isSaid ? undefined : unreadPart(figures, speech);
  const fetched = fetchedText(figures, account, speech);
  return [
    name,
    levelLabel(report.level, t).toLocaleLowerCase(speech.locale),
    ...spoken,
    ...others,
    ...(unread === undefined ? [] : [unread]),
    ...(fetched === undefined ? [] : [fetched]),
    ...(stale ? [t('the last refresh failed')] : []),
  ].join(', ');
}

/** As long as all are fine, in this order. */
const rowMetrics = [
  'ENDPOINT_AVAILABILITY',
  'ENDPOINT_REQUEST_ERROR_RATE',
  'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
] as const satisfies readonly MetricName[];
