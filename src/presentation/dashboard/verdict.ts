import type { SnapshotContext } from './dashboardInput';
import type { PanelSection, PanelVerdict, PanelReason } from '../panelProtocol';
import { accountStopMessage } from './errorMessages';
import { periodPhrase, lengthOf, lastPhrase } from '../texts/periodTexts';
import { type ReasonOptions, reasonText, healthyFigureText, headlineText } from '../texts/reasonTexts';
import { judgedMetrics } from '../../domain/metrics';
import { missingTexts, unreadNotInReasons } from '../texts/missingTexts';
import { levelLabel } from '../texts/labels';
import { serverNow } from '../../domain/windows';
import { sameView, viewOfWindow } from '../../domain/view';
import { defined } from '../../util/defined';
import { forecastTexts } from '../texts/forecastTexts';
import { accountTokenTexts } from '../texts/tokenTexts';
import type { FlowFigures, HealthReason, HealthWindow } from '../../domain/model';
import { metricNames } from '../../contract/metric';

export function verdictOf(context: SnapshotContext, sections: readonly PanelSection[]): PanelVerdict {
  const { input, speech, t, dates, minRequests } = context;
  const { flow, account, view } = input;
  const { report } = flow;
  const unread = report.level === 'unknown' && report.reasons[0]?.cause === 'notRead';
  if (unread && !accountStopMessage(context) && sections.some(({ state }) => state === 'loading')) {
    return {
      level: 'unknown',
      word: t('Reading…'),
      headline: periodPhrase(view, dates, speech),
      more: [],
      judged: '',
    };
  }
  const token = accountTokenTexts(account.accountStatus, speech)?.reason;
  const options: ReasonOptions = { minRequests, ...defined({ token }) };
  const { window } = report;
  const isJudged = window !== undefined && isAnyJudged(flow) && flow.totals !== undefined;
  return {
    level: report.level,
    word: levelLabel(report.level, t),
    headline: stoppedHeadline(context) ?? headlineText(report, speech, options),
    more: moreReasons(context, options),
    judged: isJudged ? judgedPeriodText(window, flow, context) : '',
    ...(isJudged && !sameView(view, viewOfWindow(window))
      ? { show: { text: t('Show these {0}', lengthOf(window, t)), view: viewOfWindow(window) } }
      : {}),
  };
}

function isAnyJudged({ report }: FlowFigures): boolean {
  return report.missing.length < judgedMetrics.length;
}

/** The other reasons, worst first, what comes at this rate, then what is fine and what is missing. */
function moreReasons({ input, speech }: SnapshotContext, options: ReasonOptions): readonly PanelReason[] {
  const { flow, account } = input;
  const { report } = flow;
  const fine = report.level === 'healthy' ? [] : report.fine;
  // Where nothing at all is judged, the headline already says why.
  const missing = isAnyJudged(flow) ? missingTexts(report.missing, flow.totals, speech, unreadNotInReasons(flow)) : [];
  return [
    ...report.reasons
      .slice(1)
      .map((reason) => ({ level: reason.level, text: speech.sentence(reasonText(reason, speech, options)) })),
    ...forecastTexts(flow, serverNow(account.info, input.now), speech).map((text) => ({
      level: 'attention' as const,
      text,
    })),
    ...fine.map((reason) => ({ level: 'healthy' as const, text: healthyFigureText(reason, speech) })),
    ...missing.map((text) => ({ level: 'unknown' as const, text })),
  ];
}

/** "Judged over the last 24 hours", or up to which moment where the figures are old. */
function judgedPeriodText(window: HealthWindow, flow: FlowFigures, { input, speech, t }: SnapshotContext): string {
  const { totals, stale, late } = flow;
  if (!totals || !(stale || late)) return t('Judged over {0}', lastPhrase(window, t));
  const end = speech.moment(totals.span.end, serverNow(input.account.info, input.now));
  return t('Judged over the {0} to {1}', lengthOf(window, t), end);
}

const stoppedCauses: ReadonlySet<HealthReason['cause']> = new Set(['failed', 'notRead', 'withdrawn']);

/** Why nothing could be judged, more exactly than the report can say it. */
function stoppedHeadline({ input, source, speech, t }: SnapshotContext): string | undefined {
  const { report } = input.flow;
  const [reason] = report.reasons;
  if (report.level !== 'unknown' || !stoppedCauses.has(reason?.cause)) return undefined;
  const kind = input.account.accountStatus?.kind;
  const token = accountTokenTexts(input.account.accountStatus, speech);
  const errors = metricNames.map((metric) => input.metrics[metric]?.error?.kind);
  if (token) return token.reason;
  if (kind === 'permission' || errors.includes('permission')) return t('this token may not read it');
  if (kind === 'withdrawn' || errors.includes('withdrawn')) return t('{0} no longer answers', source.object);
  return errors.includes('notFound') ? t('flow not found') : undefined;
}
