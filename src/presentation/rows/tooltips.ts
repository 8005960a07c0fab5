/** The tooltip of a flow. A person sees one of a thousand, so it is made on demand. */
import type { MetricsError } from '../../contract/errors';
import { metricNames } from '../../contract/metric';
import { commandIds } from '../../ids';
import { alertDetails } from '../texts/alertDetails';
import { commandLink, escapeMarkdown, plainName } from '../escape';
import type { Formats } from '../formats';
import type { Speech } from '../speech';
import { isNotMeasured } from '../../domain/flowRules';
import { isUnread } from '../../domain/metrics';
import { changeOf, metricTable } from '../metricTable';
import type { AccountFigures, FlowFigures, PeriodTotals } from '../../domain/model';
import { serverNow } from '../../domain/windows';
import { levelLabel, statusLabel } from '../texts/labels';
import { sourceTexts } from '../texts/sourceTexts';
import { lengthOf, lastTitle } from '../texts/periodTexts';
import { nextReadText } from '../texts/nextReadText';
import { changeText } from '../texts/changeTexts';
import { missingTexts, unreadNotInReasons } from '../texts/missingTexts';
import { reasonText, healthyFigureText, reasonOptions } from '../texts/reasonTexts';
import { errorText } from '../texts/errorTexts';
import { forecastTexts } from '../texts/forecastTexts';
import { mutedText } from './flowRow';
import { levelIcon } from './rowModel';
import { fetchedText, hidesFigures } from './figuresShown';

/** A flow's reasons, figures and facts, as Markdown. */
export function flowTooltip(
  figures: FlowFigures,
  speech: Speech,
  account: AccountFigures | undefined,
  mutedUntil?: number,
  namesAccount = false,
): string {
  const { t, now } = speech;
  const { flow, report, totals, dataUpTo } = figures;
  const fetched = fetchedText(figures, account, speech);
  const nextRead = account && !isNotMeasured(flow) ? nextReadText(account, speech) : undefined;
  const options = reasonOptions(account, speech);
  const name = escapeMarkdown(flow.name) || flow.id;
  const argument = { account: figures.accountName, flowId: flow.id };
  const sentences = report.reasons.flatMap((reason) => {
    const details = reason.alert && alertDetails(reason.alert, speech);
    const sentence = speech.sentence(reasonText(reason, speech, options));
    return details === undefined ? [sentence] : [sentence, details];
  });
  sentences.push(...forecastTexts(figures, serverNow(account?.info, now), speech));
  if (report.level !== 'healthy') {
    sentences.push(...report.fine.map((reason) => healthyFigureText(reason, speech)));
  }
  if (totals && !hidesFigures(report.reasons)) {
    sentences.push(...missingTexts(report.missing, totals, speech, unreadNotInReasons(figures)));
  }
  const source = account ? sourceTexts(account.account, t) : undefined;
  const why = source && whyUnread(figures);
  if (why) sentences.push(errorText(why, source, t));
  const lines = sentences.map((text) => `- ${escapeMarkdown(text, 300)}`);
  const facts = [
    ...(namesAccount ? [plainName(figures.accountName)] : []),
    ...(flow.status === undefined
      ? []
      : [source?.isMeta === false ? statusLabel(flow.status, t) : t('{0} at Meta', statusLabel(flow.status, t))]),
    ...(dataUpTo === undefined ? [] : [t('data up to {0}', speech.moment(dataUpTo, serverNow(account?.info, now)))]),
    ...(fetched === undefined ? [] : [fetched]),
    ...(nextRead === undefined ? [] : [nextRead]),
    ...(mutedUntil === undefined ? [] : [mutedText(mutedUntil, speech)]),
  ];
  const links = [
    `[${t('Open dashboard')}](${commandLink(commandIds.openDashboard, argument)})`,
    `[${t('Copy flow ID')}](${commandLink(commandIds.copyFlowId, argument)})`,
  ].join(' · ');
  return [
    `**${name}** — $(${levelIcon(report.level).id}) ${levelLabel(report.level, t)}\n${lines.join('\n')}`.trimEnd(),
    ...(totals && !hidesFigures(report.reasons) ? [figureTable(figures, totals, speech)] : []),
    `${escapeMarkdown(facts.join(' · '), 300)}${facts.length > 0 ? '  \n' : ''}${links}`,
  ].join('\n\n');
}

/** The error behind figures of the flow that could not be read. */
function whyUnread({ unread = [], failures, report }: FlowFigures): MetricsError | undefined {
  const cause = report.reasons[0]?.cause;
  if (hidesFigures(report.reasons) || (unread.length === 0 && cause !== 'failed')) return undefined;
  return cause === 'auth' ? undefined : Object.values(failures)[0];
}

/** In the order of the sentences: counts first, then what is judged. */
function figureTable(figures: FlowFigures, totals: PeriodTotals, formats: Formats): string {
  const { t } = formats;
  const { window } = figures.report;
  const title =
    window === undefined
      ? t('Figures')
      : figures.stale || figures.late
        ? t('{0} to {1}', lengthOf(window, t), formats.dateTime(totals.span.end))
        : lastTitle(window, t);
  const rows = metricNames.map((metric) => {
    const definition = metricTable[metric];
    const value = definition.value(totals);
    const isUnknown = value === undefined && isUnread(metric, figures.unread);
    const figure = isUnknown ? t('could not be read') : definition.format(value, formats);
    const change = figures.before && changeText(changeOf(metric, totals, figures.before, formats), t);
    return `| ${definition.figureLabel(t)} | ${figure.replace('<', '&lt;')} |${wideCell(change)}`;
  });
  const changeTitle = figures.before && t('Change');
  return [`| ${title} | |${wideCell(changeTitle)}`, changeTitle ? '|:--|--:|:--|' : '|:--|--:|', ...rows].join('\n');
}

/** The editor sets columns so close that figure and change would read as one. */
function wideCell(text: string | undefined): string {
  return text === undefined ? '' : ` &emsp;${text} |`;
}
