import type { HealthReason, LatencyBucket, HealthReport, AccountFigures } from '../../domain/model';
import type { FigureFormats, Formats } from '../formats';
import type { Translate } from '../translate';
import { metricTable } from '../metricTable';
import { lastPhrase } from './periodTexts';
import { unreadText } from './missingTexts';
import { plainName } from '../escape';
import { metaMinRequests } from '../../contract/metric';
import { accountTokenTexts } from './tokenTexts';
import { crossingText } from './limitTexts';
import { defined } from '../../util/defined';

/** A rate that rounds to its limit gets the digits that tell it from the limit. */
function digitsAbove(ratio: number, limit: number): number {
  for (let digits = 1; digits < 4; digits++) if (Number((ratio * 100).toFixed(digits)) > limit) return digits;
  return 4;
}

/** "availability 99.2%", "p90 latency ≤ 1 s" */
function figurePhrase(reason: HealthReason, figures: FigureFormats, t: Translate): string {
  if (reason.metric === undefined) return '';
  return t('{0} {1}', metricTable[reason.metric].sentenceName(t), figureOf(reason, figures));
}

function figureOf(reason: HealthReason, figures: FigureFormats): string {
  const { metric, value } = reason;
  if (metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL') return figures.latency(value as LatencyBucket | undefined);
  if (metric === 'ENDPOINT_AVAILABILITY') return figures.availability(value);
  const digits = value === undefined || reason.threshold === undefined ? 1 : digitsAbove(value, reason.threshold);
  return figures.percent(value, digits);
}

/** The reason, beginning with a small letter: "error rate 12.4% is above 10%", "it has no endpoint". */
export function reasonText(reason: HealthReason, formats: Formats, options: ReasonOptions = {}): string {
  return reason.metric === undefined ? causeText(reason, formats, options) : judgedText(reason, formats, false);
}

/** The same for a screen reader: "error rate 12.4 percent is above 10 percent". */
export function spokenReasonText(reason: HealthReason, formats: Formats, options: ReasonOptions = {}): string {
  return reason.metric === undefined ? causeText(reason, formats, options) : judgedText(reason, formats, true);
}

export interface ReasonOptions {
  /** The server's minimum of requests, where it is not Meta's. */
  readonly minRequests?: number;
  /** Why the token is of no use, in a sentence and in a row. */
  readonly token?: string;
  readonly tokenInRow?: string;
}

function judgedText(reason: HealthReason, formats: Formats, isSpoken: boolean): string {
  const { t } = formats;
  const { metric, threshold } = reason;
  const figures = isSpoken ? formats.spoken : formats;
  if (metric === undefined || threshold === undefined) return figurePhrase(reason, figures, t);
  const { sentenceName, unit, direction, limitText } = metricTable[metric];
  const name = sentenceName(t);
  const figure = figureOf(reason, figures);
  const figureWithName = unit === 'bucket' && !isSpoken ? t('{0} ({1})', name, figure) : t('{0} {1}', name, figure);
  const text = crossingText(figureWithName, limitText(threshold, figures), direction, t);
  return reason.span === 'now' ? t('{0} in the last 3 hours', text) : text;
}

const maxAlertLength = 200;

function causeText(reason: HealthReason, formats: Formats, options: ReasonOptions): string {
  const { t } = formats;
  const { minRequests = metaMinRequests } = options;
  const within = (text: string): string =>
    reason.span === '24h' || reason.span === '7d' || reason.span === '30d'
      ? t('{0} in {1}', text, lastPhrase(reason.span, t))
      : text;
  switch (reason.cause ?? 'notRead') {
    case 'blocked':
      return t('Meta has blocked this flow: it can be neither sent nor opened');
    case 'cannotSend':
      return t('Meta does not let this flow be sent');
    case 'throttled':
      return t('Meta throttles this flow: 10 messages an hour');
    case 'limited':
      return t('Meta limits how often this flow can be sent');
    case 'draft':
      return t('not published yet');
    case 'deprecated':
      return t('it can no longer be sent');
    case 'noEndpoint':
      return t('it has no endpoint');
    case 'notEnoughData':
      return within(t('fewer than {0} requests', minRequests));
    case 'noRequests':
      return within(t('no requests'));
    case 'tooFew':
      return within(t('too few figures to judge'));
    case 'failed':
      return unreadText(reason.unread, formats) ?? t('its figures could not be read');
    case 'withdrawn':
      return t('its metrics are no longer available');
    case 'auth':
      return options.token ?? t('the access token has expired');
    case 'notRead':
      return t('not read yet');
    case 'alert':
      return t('Meta’s alert: {0}', plainName(reason.text ?? '', maxAlertLength));
  }
}

/** The same in a tree row: "fewer than 250 requests", "draft", "no endpoint", "token expired". */
export function shortCauseText(reason: HealthReason, t: Translate, options: ReasonOptions = {}): string {
  const { minRequests = metaMinRequests } = options;
  switch (reason.cause ?? 'notRead') {
    case 'draft':
      return t('draft');
    case 'noEndpoint':
      return t('no endpoint');
    case 'notEnoughData':
      return t('fewer than {0} requests', minRequests);
    case 'noRequests':
      return t('no requests');
    case 'failed':
      return t('could not be read');
    case 'withdrawn':
      return noMetricsText(t);
    case 'auth':
      return options.tokenInRow ?? t('token expired');
    case 'blocked':
    case 'cannotSend':
      return t('Blocked');
    case 'throttled':
      return t('Throttled');
    case 'limited':
      return t('Limited');
    case 'alert':
      return t('Alert');
    case 'deprecated':
      return t('deprecated');
    case 'tooFew':
      return t('too few figures to judge');
    case 'notRead':
      return t('not read yet');
  }
}

/** Of a flow, in its row. */
export function noMetricsText(t: Translate): string {
  return t('metrics no longer available');
}

/** "Availability 98.6% is fine" */
export function healthyFigureText(reason: HealthReason, formats: Formats): string {
  const { t } = formats;
  return formats.sentence(t('{0} is fine', figurePhrase(reason, formats, t)));
}

/** The text after the level: the worst reason, or a healthy flow's figures. */
export function headlineText(report: HealthReport, formats: Formats, options: ReasonOptions = {}): string {
  const { t } = formats;
  const [worst] = report.reasons;
  if (worst) return reasonText(worst, formats, options);
  return report.fine.map((reason) => figurePhrase(reason, formats, t)).join(', ');
}

/** The account's part in the reasons of its flows. */
export function reasonOptions(account: AccountFigures | undefined, formats: Formats): ReasonOptions {
  const token = accountTokenTexts(account?.accountStatus, formats);
  return defined({ minRequests: account?.info?.minRequests, token: token?.reason, tokenInRow: token?.inRow });
}
