import type { MetricName } from '../../contract/metric';
import type { FlowFigures, AccountFigures } from '../../domain/model';
import type { Speech } from '../speech';
import { type RowModel, levelIcon, contextOf } from './rowModel';
import { metricTable, changeOf } from '../metricTable';
import { changeShort, changeText } from '../texts/changeTexts';
import { lastTitle } from '../texts/periodTexts';
import { flowName, levelLabel } from '../texts/labels';
import { escapeMarkdown } from '../escape';
import type { Formats } from '../formats';
import { shortCauseText, noMetricsText, reasonOptions } from '../texts/reasonTexts';
import { hasNoAvailability } from '../../domain/flowRules';
import { isUnread, madeOf } from '../../domain/metrics';
import { previewAction } from './rowAction';
import { ageText, fetchedText, hidesFigures, isAged, isWithdrawn } from './figuresShown';

/** One metric under its flow: the window's figure and the change against the period before. */
export function metricRow(
  metric: MetricName,
  figures: FlowFigures,
  speech: Speech,
  account?: AccountFigures,
): RowModel {
  const { t } = speech;
  const definition = metricTable[metric];
  const { flow, report, totals, before } = figures;
  const value = totals && definition.value(totals);
  const label = definition.label(t);
  const level = report.reasons.find((reason) => reason.metric === metric)?.level;
  const change = changeOf(metric, totals, before, speech);
  const figure =
    definition.unit === 'bucket' ? t('p90 {0}', definition.format(value, speech)) : definition.format(value, speech);
  const why = whyUnknown(metric, figures, speech, account);
  const parts = value === undefined ? [why] : [figure, changeShort(change, t)];
  const window = report.window;
  const words = value === undefined ? why : `${figure}, ${changeText(change, t)}`;
  const isOld = isAgedMetric(metric, figures, account, speech.now);
  const fetched = isOld ? fetchedText(figures, account, speech) : undefined;
  const period = window === undefined ? '' : lastTitle(window, t);
  const name = flowName(flow);
  return {
    label,
    description: [...parts.filter(Boolean), ...(isOld ? [ageText(figures, speech)] : [])].join(' · '),
    icon: level ? levelIcon(level) : { id: definition.icon },
    tooltip: [
      `**${escapeMarkdown(definition.figureLabel(t))}** — ${escapeMarkdown(words)}`,
      ...(period ? [escapeMarkdown(t('{0}, compared with the same time before', period))] : []),
    ].join('  \n'),
    accessibilityLabel: [
      name,
      value === undefined
        ? `${definition.figureLabel(t)}: ${why}`
        : `${definition.figureLabel(t)} ${definition.formatSpoken(value, speech)}`,
      ...(value === undefined || change.kind === 'unknown' ? [] : [spokenChange(metric, figures, speech)]),
      ...(level ? [levelLabel(level, t).toLocaleLowerCase(speech.locale)] : []),
      ...(fetched === undefined ? [] : [fetched]),
    ].join(', '),
    contextValue: contextOf('metric', account),
    action: previewAction(figures, t, metric),
  };
}

/** Where single metrics could not be read, the others are not old. */
function isAgedMetric(
  metric: MetricName,
  figures: FlowFigures,
  account: AccountFigures | undefined,
  now: number,
): boolean {
  const failed = Object.keys(figures.failures);
  const isSpared =
    figures.stale && failed.length > 0 && !(madeOf[metric] ?? [metric]).some((one) => failed.includes(one));
  return !isSpared && isAged(figures, account, now);
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
  formats: Formats,
  account: AccountFigures | undefined,
): string {
  const { t } = formats;
  const { report, failures, flow, totals, unread } = figures;
  const [worst] = report.reasons;
  if (hidesFigures(report.reasons) && worst) return shortCauseText(worst, t);
  if (metric === 'ENDPOINT_AVAILABILITY' && hasNoAvailability(flow)) {
    return account && account.account.source !== 'meta' ? t('not checked') : t('not checked by Meta');
  }
  const isCause = worst?.cause === 'auth' || worst?.cause === 'withdrawn';
  if (isWithdrawn(figures) && !isCause) return noMetricsText(t);
  if (isUnread(metric, unread) && !isCause) return t('could not be read');
  if (failures[metric] && !isCause && worst?.cause !== 'notEnoughData') return t('could not be read');
  if (!totals && worst?.level === 'unknown') return shortCauseText(worst, t, reasonOptions(account, formats));
  return t('no data');
}
