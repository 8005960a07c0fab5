/** Everything that Flowmeter says in sentences. Pure: what is translatable goes through `t`. */
import { type Account, accountAddress } from '../domain/account';
import type { CalendarDate } from '../contract/calendar';
import type { MetricsError } from '../contract/errors';
import type { Flow } from '../contract/flow';
import type { MetricName } from '../contract/metric';
import { plainName } from './escape';
import type { FigureFormats, Formats } from './formats';
import type { Speech } from './speech';
import { isUnread, judgedMetrics } from '../domain/metrics';
import { metricTable, type Change } from './metricTable';
import type {
  AccountFigures,
  AccountStatus,
  HealthLevel,
  HealthReason,
  HealthReport,
  HealthWindow,
  LatencyBucket,
  PeriodTotals,
} from '../domain/model';
import type { Translate } from './translate';
import { metaBaseUrl } from '../contract/routes';
import type { PanelView } from '../domain/view';

export type { Translate } from './translate';

/** Meta's rule, where a server does not state its own. */
export const metaMinRequests = 250;

export const managementPermission = 'whatsapp_business_management';

/** A flow's name as it can be shown anywhere, its id where it has none. */
export function flowName(flow: Flow, max?: number): string {
  return plainName(flow.name, max) || flow.id;
}

export function levelLabel(level: HealthLevel, t: Translate): string {
  switch (level) {
    case 'healthy':
      return t('Healthy');
    case 'attention':
      return t('Attention');
    case 'warning':
      return t('Warning');
    case 'critical':
      return t('Critical');
    case 'unknown':
      return t('Not judged');
  }
}

/** "Published"; a word that is not known stays as the server wrote it. */
export function statusLabel(status: string, t: Translate): string {
  switch (status) {
    case 'DRAFT':
      return t('Draft');
    case 'PUBLISHED':
      return t('Published');
    case 'DEPRECATED':
      return t('Deprecated');
    case 'BLOCKED':
      return t('Blocked');
    case 'THROTTLED':
      return t('Throttled');
    default:
      return plainName(status, 30);
  }
}

/** How the other side is named. */
export interface SourceTexts {
  /** "Meta, account “Bistro Nord”", "Demo data", "Your measurements", "Server at HOST". */
  readonly text: string;
  /** "Meta", "Demo data", …, for the head of the page. */
  readonly short: string;
  /** At the beginning of a sentence: "Meta", "Demo data", "The server at HOST". */
  readonly subject: string;
  /** Inside a sentence: "the server at HOST". */
  readonly object: string;
  readonly isMeta: boolean;
}

export function sourceTexts(account: Account, t: Translate): SourceTexts {
  switch (account.source) {
    case 'meta':
      // Settings with another address are refused; should one come another way, no text calls it Meta.
      if ((account.baseUrl ?? metaBaseUrl) !== metaBaseUrl) return serverWords(account, t);
      return {
        text: t('Meta, account “{0}”', plainName(account.name)),
        short: t('Meta'),
        subject: t('Meta'),
        object: t('Meta'),
        isMeta: true,
      };
    case 'demo':
      return ownWords(t('Demo data'), t('demo data'));
    case 'meter':
      return ownWords(t('Your measurements'), t('your measurements'));
    case 'server':
      return serverWords(account, t);
  }
}

function serverWords(account: Account, t: Translate): SourceTexts {
  const host = tokenHost(account) ?? plainName(account.name);
  const text = t('Server at {0}', host);
  return {
    text,
    short: text,
    subject: t('The server at {0}', host),
    object: t('the server at {0}', host),
    isMeta: false,
  };
}

function ownWords(words: string, object: string): SourceTexts {
  return { text: words, short: words, subject: words, object, isMeta: false };
}

/** The host to which an account's token goes, as a person is shown it before entering one. */
export function tokenHost(account: Account): string | undefined {
  const url = accountAddress(account);
  return url && new URL(url.origin).host;
}

/** "24 hours", "7 days", "30 days", "90 days". */
export function lengthOf(window: HealthWindow | '90d', t: Translate): string {
  switch (window) {
    case '24h':
      return t('24 hours');
    case '7d':
      return t('7 days');
    case '30d':
      return t('30 days');
    case '90d':
      return t('90 days');
  }
}

/** "the last 24 hours" */
export function lastPhrase(window: HealthWindow | '90d', t: Translate): string {
  return t('the last {0}', lengthOf(window, t));
}

/** "Last 24 hours" */
export function lastTitle(window: HealthWindow | '90d', t: Translate): string {
  return t('Last {0}', lengthOf(window, t));
}

/** First and last day (inclusive) of a period. */
export interface PeriodDates {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
}

/** Title of the period shown: "Last 30 days", "Feb 11 – Mar 12", "All time". */
export function periodLabel(view: PanelView, dates: PeriodDates, formats: Formats): string {
  const { t } = formats;
  if (view.range === 'all') return t('All time');
  if (view.range !== 'custom') return lastTitle(view.range, t);
  return dates.from === dates.to
    ? formats.day(dates.from)
    : t('{0} – {1}', formats.day(dates.from), formats.day(dates.to));
}

/** Inside a sentence: "the last 30 days", "Feb 11 to Mar 12", "all time". */
export function periodPhrase(view: PanelView, dates: PeriodDates, formats: Formats): string {
  const { t } = formats;
  if (view.range === 'all') return t('all time');
  if (view.range !== 'custom') return lastPhrase(view.range, t);
  return dates.from === dates.to
    ? formats.day(dates.from)
    : t('{0} to {1}', formats.day(dates.from), formats.day(dates.to));
}

/** "compared with the 30 days before" */
export function beforeLabel(view: PanelView, intervals: number, t: Translate): string {
  if (view.range !== 'custom' && view.range !== 'all') {
    return t('compared with the {0} before', lengthOf(view.range, t));
  }
  if (view.granularity === 'HOUR') return t('compared with the {0} hours before', intervals);
  return intervals === 1 ? t('compared with the day before') : t('compared with the {0} days before', intervals);
}

/** What the page says where there is no earlier period. */
export function noComparison(t: Translate): string {
  return t('no earlier figures to compare with');
}

/** A rate that rounds to its limit gets the digits that tell it from the limit. */
function digitsAbove(ratio: number, limit: number): number {
  for (let digits = 1; digits < 4; digits++) if (Number((ratio * 100).toFixed(digits)) > limit) return digits;
  return 4;
}

/** "availability 99.2%", "p90 latency ≤ 1 s" */
export function figurePhrase(reason: HealthReason, figures: FigureFormats, t: Translate): string {
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

/** Why, beginning with a small letter: "error rate 12.4% is above 10%", "it has no endpoint". */
export function reasonText(reason: HealthReason, formats: Formats, options: ReasonOptions = {}): string {
  const { t } = formats;
  if (reason.metric !== undefined) return crossingText(reason, formats, false, t);
  return causeText(reason, t, { list: formats.list, ...options });
}

/** The same for a screen reader: "error rate 12.4 percent is above 10 percent". */
export function spokenReason(reason: HealthReason, formats: Formats, options: ReasonOptions = {}): string {
  const { t } = formats;
  if (reason.metric !== undefined) return crossingText(reason, formats.spoken, true, t);
  return causeText(reason, t, { list: formats.list, ...options });
}

export interface ReasonOptions {
  /** The server's minimum of requests, where it is not Meta's. */
  readonly minRequests?: number;
  /** Why the token is of no use, in a sentence and in a row. */
  readonly token?: string;
  readonly tokenInRow?: string;
  /** How names are put into one list. */
  readonly list?: (names: readonly string[]) => string;
}

function crossingText(reason: HealthReason, figures: FigureFormats, spoken: boolean, t: Translate): string {
  const { metric, threshold } = reason;
  if (metric === undefined) return '';
  if (threshold === undefined) return figurePhrase(reason, figures, t);
  const definition = metricTable[metric];
  const name = definition.sentenceName(t);
  const figure = figureOf(reason, figures);
  const limit = definition.limitText(threshold, figures);
  const figureWithName =
    definition.unit === 'bucket' && !spoken ? t('{0} ({1})', name, figure) : t('{0} {1}', name, figure);
  const text =
    definition.direction === 'higherIsBetter'
      ? t('{0} is below {1}', figureWithName, limit)
      : t('{0} is above {1}', figureWithName, limit);
  return reason.span === 'now' ? t('{0} in the last 3 hours', text) : text;
}

const maxAlertLength = 200;

function causeText(reason: HealthReason, t: Translate, options: ReasonOptions): string {
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
      return t('a draft');
    case 'deprecated':
      return t('deprecated');
    case 'noEndpoint':
      return t('it has no endpoint');
    case 'notEnoughData':
      return within(t('fewer than {0} requests', minRequests));
    case 'noRequests':
      return within(t('no requests'));
    case 'tooFew':
      return within(t('too few figures to judge'));
    case 'failed':
      return unreadText(reason.unread, options.list, t) ?? t('its figures could not be read');
    case 'withdrawn':
      return t('there are no metrics of it any more');
    case 'auth':
      return options.token ?? t('the access token has expired');
    case 'notRead':
      return t('not read yet');
    case 'alert':
      return t('Meta’s alert: {0}', plainName(reason.text ?? '', maxAlertLength));
  }
}

/** The same in a tree row: "fewer than 250 requests", "draft", "no endpoint", "token expired". */
export function shortCause(reason: HealthReason, t: Translate, options: ReasonOptions = {}): string {
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
      return withdrawnShort(t);
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
    case 'tooFew':
    case 'notRead':
      return causeText({ level: reason.level, span: 'meta', cause: reason.cause ?? 'notRead' }, t, { minRequests });
  }
}

/** Of a flow, in its row. */
export function withdrawnShort(t: Translate): string {
  return t('no metrics any more');
}

/** What a person reads of figures that stand on answers that could not be read: an error rate is made of two. */
function unreadNames(unread: readonly MetricName[], t: Translate): readonly string[] {
  return judgedMetrics
    .filter((metric) => isUnread(metric, unread))
    .map((metric) => (metricTable[metric].unit === 'bucket' ? t('latency') : metricTable[metric].sentenceName(t)));
}

/** "error rate and availability could not be read"; undefined where nothing is missing for that. */
export function unreadText(
  unread: readonly MetricName[] | undefined,
  list: ((names: readonly string[]) => string) | undefined,
  t: Translate,
): string | undefined {
  const names = unreadNames(unread ?? [], t);
  if (names.length === 0) return undefined;
  return t('{0} could not be read', list?.(names) ?? names.join(', '));
}

/** "Availability 98.6% is fine" */
export function fineText(reason: HealthReason, formats: Formats): string {
  const { t } = formats;
  return formats.sentence(t('{0} is fine', figurePhrase(reason, formats, t)));
}

/**
 * Why metrics are not judged, a sentence for each cause: "Latency is not known", "Availability is not judged yet: fewer
 * than 10 checks". `totals` tells what is not known from what stands on too little, `unread` what could not be read.
 */
export function missingTexts(
  missing: readonly MetricName[],
  totals: PeriodTotals | undefined,
  formats: Formats,
  unread: readonly MetricName[] = [],
): readonly string[] {
  const { t } = formats;
  const causes = new Map<string, string[]>();
  const failed = unreadText(unread, formats.list, t);
  for (const metric of missing) {
    if (isUnread(metric, unread)) continue;
    const { unit, sentenceName, value } = metricTable[metric];
    const cause = totals && value(totals) !== undefined ? tooFewText(metric, totals, t) : '';
    causes.set(cause, [...(causes.get(cause) ?? []), unit === 'bucket' ? t('latency') : sentenceName(t)]);
  }
  const texts = [...causes].map(([cause, names]) => {
    const list = formats.sentence(formats.list(names));
    if (cause === '') return names.length === 1 ? t('{0} is not known', list) : t('{0} are not known', list);
    return names.length === 1
      ? t('{0} is not judged yet: {1}', list, cause)
      : t('{0} are not judged yet: {1}', list, cause);
  });
  return failed === undefined ? texts : [formats.sentence(failed), ...texts];
}

/** On what a figure stands, where that is not enough: "fewer than 10 checks". */
function tooFewText(metric: MetricName, totals: PeriodTotals, t: Translate): string {
  const { minimum } = metricTable[metric];
  if (metric === 'ENDPOINT_AVAILABILITY') return t('fewer than {0} checks', minimum);
  // Only requests that were served have a latency.
  return (totals.requests ?? 0) < minimum
    ? t('fewer than {0} requests', minimum)
    : t('fewer than {0} requests that were served', minimum);
}

/** What follows the level's word: the worst reason, or a healthy flow's figures. */
export function headlineText(report: HealthReport, formats: Formats, options: ReasonOptions = {}): string {
  const { t } = formats;
  const [worst] = report.reasons;
  if (worst) return reasonText(worst, formats, options);
  return report.fine.map((reason) => figurePhrase(reason, formats, t)).join(', ');
}

/** "↑ 14%", "no change"; empty where there is nothing to compare with. */
export function changeShort(change: Change, t: Translate): string {
  switch (change.kind) {
    case 'up':
      return `↑ ${change.amount}`;
    case 'down':
      return `↓ ${change.amount}`;
    case 'same':
      return t('no change');
    case 'unknown':
      return '';
  }
}

/** "↑ 14% more", "no change", "nothing to compare with" */
export function changeText(change: Change, t: Translate): string {
  if (change.kind === 'unknown') return t('nothing to compare with');
  return change.word ? `${changeShort(change, t)} ${change.word}` : changeShort(change, t);
}

/** A tile's mark: "above 10%", "below 90%". */
export function markText(metric: MetricName, threshold: number, formats: Formats): string {
  const { t } = formats;
  const definition = metricTable[metric];
  const limit = definition.limitText(threshold, formats);
  return definition.direction === 'higherIsBetter' ? t('below {0}', limit) : t('above {0}', limit);
}

/** After a colon "The server at HOST" begins with a small letter. */
export function afterColon(text: string, source: SourceTexts): string {
  return text.startsWith(source.subject) ? source.object + text.slice(source.subject.length) : text;
}

/** What went wrong, as a sentence: "Meta did not answer in time." */
export function errorText(error: MetricsError, source: SourceTexts, t: Translate): string {
  const { subject, object } = source;
  switch (error.kind) {
    case 'timeout':
      return t('{0} did not answer in time.', subject);
    case 'network':
      return t('{0} could not be reached.', subject);
    case 'server':
      return serverErrorText(error, subject, t);
    case 'rateLimited':
      return error.details.own ? t('{0}.', ownLimitText(error, source, t)) : t('{0} asks for a pause.', subject);
    case 'invalidResponse':
      return error.details.tooLarge
        ? t('{0} sent more than Flowmeter takes in.', subject)
        : t('The answer of {0} could not be understood.', object);
    case 'auth':
      return t('{0} refused the access token.', subject);
    case 'permission':
      return t('The token needs the permission {0}.', managementPermission);
    case 'notEnoughData':
      return t('Fewer than {0} requests.', metaMinRequests);
    case 'notFound':
      return error.details.objectType === undefined
        ? t('{0} does not know this flow.', subject)
        : t('This is the ID of {0}, not of a flow.', objectWords(error.details.objectType, t));
    case 'invalidRequest':
      return error.details.parameter
        ? t('{0} refused the request: its “{1}” is not allowed.', subject, plainName(error.details.parameter, 30))
        : t('{0} refused the request.', subject);
    case 'withdrawn':
      return t('{0} no longer answers questions about metrics.', subject);
    case 'cancelled':
      return t('Reading was cancelled.');
  }
}

function serverErrorText(error: MetricsError, subject: string, t: Translate): string {
  const { code, transient, httpStatus, tooMuch } = error.details;
  if (tooMuch) return t('{0} wants to be asked for less at once.', subject);
  if (code !== undefined) {
    return transient
      ? t('{0} answered with a temporary error (code {1}).', subject, code)
      : t('{0} answered with an error (code {1}).', subject, code);
  }
  return httpStatus === undefined || httpStatus < 300
    ? t('{0} answered with an error.', subject)
    : t('{0} answered with an error (HTTP {1}).', subject, httpStatus);
}

/** Why a token is of no use, for all the places that say so. */
export interface TokenTexts {
  /** "The access token has expired" */
  readonly headline: string;
  /** "the access token has expired" */
  readonly reason: string;
  /** "Token expired" */
  readonly short: string;
  /** "token expired", in the row of a flow */
  readonly inRow: string;
}

export function tokenTexts(error: MetricsError | undefined, missing: boolean, t: Translate): TokenTexts {
  if (missing) {
    return {
      headline: t('There is no access token'),
      reason: t('there is no access token'),
      short: t('Token missing'),
      inRow: t('token missing'),
    };
  }
  switch (error?.details.reason) {
    case 'invalid':
      return {
        headline: t('The access token is not valid'),
        reason: t('the access token is not valid'),
        short: t('Token not valid'),
        inRow: t('token not valid'),
      };
    case 'passwordChanged':
      return {
        headline: t('The access token ended with a change of password'),
        reason: t('the access token ended with a change of password'),
        short: t('Token expired'),
        inRow: t('token expired'),
      };
    case 'expired':
    case undefined:
      return {
        headline: t('The access token has expired'),
        reason: t('the access token has expired'),
        short: t('Token expired'),
        inRow: t('token expired'),
      };
  }
}

function ownLimitText({ details }: MetricsError, source: SourceTexts, t: Translate): string {
  return details.usedPercent === undefined
    ? t('Flowmeter makes no more than 100 calls an hour for this account')
    : t('{0}% of the calls that {1} allows are used up', Math.floor(details.usedPercent), source.object);
}

/** A pause in words: who wants it, why, and until when. */
export interface PauseTexts {
  readonly headline: string;
  readonly text: string;
}

/** `until`: a time of day. `byHand`: nothing is read then unless a person asks. */
export function pauseTexts(
  error: MetricsError | undefined,
  until: string | undefined,
  byHand: boolean,
  source: SourceTexts,
  t: Translate,
): PauseTexts {
  const own = error?.details.own === true ? error : undefined;
  const why = own ? ownLimitText(own, source, t) : t('Too many requests');
  return {
    headline: own ? t('A pause, to keep within limits') : t('{0} asks for a pause', source.subject),
    text:
      until === undefined
        ? t('{0}.', why)
        : byHand
          ? t('{0}; refresh again after {1}.', why, until)
          : t('{0}; reading goes on at {1}.', why, until),
  };
}

/** An account's trouble as a row of the tree says it. */
export interface AccountStatusTexts {
  readonly label: string;
  readonly description: string;
  /** Whole sentences, for tooltip and screen reader. */
  readonly text: string;
}

/** `byHand`: the account is not polled, so nothing goes on by itself. */
export function accountStatusTexts(
  accountStatus: AccountStatus,
  { account, byHand = false }: Pick<AccountFigures, 'account' | 'byHand'>,
  speech: Speech,
): AccountStatusTexts {
  const { t, now } = speech;
  const source = sourceTexts(account, t);
  const name = plainName(account.name);
  switch (accountStatus.kind) {
    case 'tokenMissing':
    case 'tokenRefused': {
      const missing = accountStatus.kind === 'tokenMissing';
      const words = tokenTexts(accountStatus.error, missing, t);
      return {
        label: words.short,
        description: source.isMeta
          ? t('Set Access Token…')
          : t('{0} · Set Access Token…', tokenHost(account) ?? plainName(account.name)),
        text: missing
          ? t('“{0}” has no access token for {1} on this computer. Set one to read its flows.', name, source.object)
          : t('{0}. {1} refused the token of “{2}”. Another one is needed.', words.headline, source.subject, name),
      };
    }
    case 'permission':
      return {
        label: t('A permission is missing'),
        description: managementPermission,
        text: t('The token of “{0}” needs {1}.', name, managementPermission),
      };
    case 'throttled': {
      const until = accountStatus.retryAt === undefined ? undefined : speech.moment(accountStatus.retryAt, now);
      const { headline, text } = pauseTexts(accountStatus.error, until, byHand, source, t);
      return {
        label: until === undefined ? t('Throttled') : t('Throttled until {0}', until),
        description: '',
        text: t('{0}. {1}', headline, text),
      };
    }
    case 'offline':
      if (account.source === 'meter') {
        return {
          label: t('No meter'),
          description: t('Start Meter…'),
          text: t('The meter does not run, so nothing is recorded. Its row in the view says more.'),
        };
      }
      return {
        label: t('Offline'),
        description: t('{0} could not be reached', source.subject),
        text: withRetry(t('{0} could not be reached.', source.subject), accountStatus.retryAt, speech, byHand),
      };
    case 'withdrawn':
      return {
        label: t('No metrics any more'),
        description: source.short,
        text: withdrawnText(source, t),
      };
    case 'notFound':
      if (accountStatus.error?.details.objectType !== undefined) {
        return wrongIdWords(accountStatus.error.details.objectType, account, t);
      }
      return {
        label: t('Account not found'),
        description: '',
        text: t(
          '{0} does not know the business account or the flows of “{1}”, or this token cannot see them.',
          source.subject,
          name,
        ),
      };
    case 'noFlows':
      if (account.source === 'meter') {
        return {
          label: t('No flows yet'),
          description: t('Add Flow to Meter…'),
          text: t('The meter knows no flow yet. Add one, and send its requests through the meter.'),
        };
      }
      return {
        label: t('No flows yet'),
        description: '',
        text: t('“{0}” has no flows yet. Make one in WhatsApp Manager, then refresh.', name),
      };
    case 'failed':
      return {
        label: t('Could not be read'),
        description: source.short,
        text: withRetry(
          accountStatus.error ? errorText(accountStatus.error, source, t) : t('“{0}” could not be read.', name),
          accountStatus.retryAt,
          speech,
          byHand,
        ),
      };
  }
}

function wrongIdWords(objectType: string, account: Account, t: Translate): AccountStatusTexts {
  const name = plainName(account.name);
  const what = objectWords(objectType, t);
  const { businessAccountId, flowIds } = account;
  if (businessAccountId === undefined) {
    return {
      label: t('Wrong ID'),
      description: t('of {0}', what),
      text: t(
        'The ID {0} of “{1}” is that of {2}, not of a flow. Connect again with the right one: WhatsApp Manager shows it under Flows.',
        flowIds?.[0] ?? '',
        name,
        what,
      ),
    };
  }
  return {
    label: t('Wrong ID'),
    description: t('of {0}', what),
    text: t(
      'The ID {0} of “{1}” is that of {2}, not of a WhatsApp Business Account. Connect again with the right one: WhatsApp Manager shows it under Account tools › Overview.',
      businessAccountId,
      name,
      what,
    ),
  };
}

/** "a Facebook page"; Graph spells a type in more than one way, and a type that is not known stays as it is. */
function objectWords(type: string, t: Translate): string {
  const plain = type.toLowerCase().replace(/[^a-z]/g, '');
  if (plain.endsWith('phonenumber')) return t('a phone number');
  if (plain.endsWith('flow')) return t('a flow');
  switch (plain) {
    case 'business':
      return t('a business portfolio');
    case 'page':
      return t('a Facebook page');
    case 'application':
    case 'app':
      return t('an app');
    case 'user':
    case 'systemuser':
      return t('a user');
    case 'whatsappbusinessaccount':
      return t('a WhatsApp Business Account');
    default:
      return t('an object of the type {0}', plainName(type, 40));
  }
}

/** The text with "Trying again at 14:33." where that is known; by hand it is a person who can. */
export function withRetry(text: string, retryAt: number | undefined, speech: Speech, byHand = false): string {
  const { t, now } = speech;
  if (retryAt === undefined || retryAt <= now) return text;
  const moment = speech.moment(retryAt, now);
  return byHand ? t('{0} Refresh again after {1}.', text, moment) : t('{0} Trying again at {1}.', text, moment);
}

/** Meta announced the end of its API; other servers did not. */
export function withdrawnText(source: SourceTexts, t: Translate): string {
  return source.isMeta
    ? t(
        'Meta has closed its Metrics API. It had announced this for April 30, 2026. What the meter measures at your endpoint can take its place.',
      )
    : t('{0} no longer answers questions about metrics.', source.subject);
}

/** Sentences of notifications; buttons are the caller's. */
export const notices = {
  tokenRefused: (account: Account, error: MetricsError | undefined, t: Translate): string => {
    const name = plainName(account.name);
    switch (error?.details.reason) {
      case 'invalid':
        return t('The access token of “{0}” is not valid.', name);
      case 'passwordChanged':
        return t('The access token of “{0}” ended with a change of password.', name);
      case 'expired':
      case undefined:
        return t('The access token of “{0}” has expired.', name);
    }
  },
  /** `keptFrom`: when the figures that stay were read. */
  refreshFailed: (
    name: string,
    error: MetricsError,
    account: Account,
    keptFrom: number | undefined,
    speech: Speech,
  ): string => {
    const { t, now } = speech;
    const source = sourceTexts(account, t);
    const text = t('Could not refresh {0}: {1}', plainName(name), afterColon(errorText(error, source, t), source));
    return keptFrom === undefined ? text : t('{0} The figures from {1} stay.', text, speech.moment(keptFrom, now));
  },
  storedInPause: (account: Account, { headline, text }: PauseTexts, t: Translate): string =>
    t('The access token of “{0}” is stored. {1}. {2}', plainName(account.name), headline, text),
  saved: (fileName: string, t: Translate): string => t('Saved {0}.', plainName(fileName)),
  removeQuestion: (accountName: string, t: Translate): string => t('Remove “{0}”?', plainName(accountName)),
  removeDetail: (t: Translate): string => t('Its token is deleted from this computer. Nothing changes at Meta.'),
} as const;
