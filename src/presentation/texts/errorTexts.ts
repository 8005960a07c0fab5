import type { SourceTexts } from './sourceTexts';
import { isOwnLimit, type MetricsError } from '../../contract/errors';
import type { Translate } from '../translate';
import { plainName } from '../escape';
import { unreachableText } from './unreachableTexts';
import type { Speech } from '../speech';
import { metaMinRequests } from '../../contract/metric';

export const managementPermission = 'whatsapp_business_management';

/** After a colon "The server at HOST" begins with a small letter. */
export function withLowerCaseSubject(text: string, source: SourceTexts): string {
  return text.startsWith(source.subject) ? source.object + text.slice(source.subject.length) : text;
}

/** The error as a sentence: "Meta did not answer in time." */
export function errorText(error: MetricsError, source: SourceTexts, t: Translate): string {
  const { subject, object } = source;
  switch (error.kind) {
    case 'timeout':
      return t('{0} did not answer in time.', subject);
    case 'network':
      return unreachableText(error, source, t);
    case 'server':
      return serverErrorText(error, subject, t);
    case 'rateLimited':
      return error.details.own ? t('{0}.', ownLimitText(error, source, t)) : t('{0} asks for a pause.', subject);
    case 'invalidResponse':
      return error.details.tooLarge
        ? t('{0} sent more data than Flowmeter accepts.', subject)
        : t('The answer from {0} could not be understood.', object);
    case 'auth':
      return t('{0} refused the access token.', subject);
    case 'permission':
      return t('The token needs the permission {0}.', managementPermission);
    case 'notEnoughData':
      return t('Fewer than {0} requests.', metaMinRequests);
    case 'notFound':
      return error.details.objectType === undefined
        ? t('{0} does not know this flow.', subject)
        : t('This is the ID of {0}, not of a flow.', graphObjectName(error.details.objectType, t));
    case 'invalidRequest':
      return error.details.parameter
        ? t('{0} refused the request: its “{1}” is not allowed.', subject, plainName(error.details.parameter, 30))
        : t('{0} refused the request.', subject);
    case 'withdrawn':
      return t('{0} no longer has metrics.', subject);
    case 'cancelled':
      return t('Reading was cancelled.');
  }
}

function serverErrorText(error: MetricsError, subject: string, t: Translate): string {
  const { code, transient, httpStatus, tooMuch } = error.details;
  if (tooMuch) return t('{0} asks for smaller requests.', subject);
  if (code !== undefined) {
    return transient
      ? t('{0} answered with a temporary error (code {1}).', subject, code)
      : t('{0} answered with an error (code {1}).', subject, code);
  }
  return httpStatus === undefined || httpStatus < 300
    ? t('{0} answered with an error.', subject)
    : t('{0} answered with an error (HTTP {1}).', subject, httpStatus);
}

/** Why Flowmeter holds back by itself. */
function ownLimitText(error: MetricsError, source: SourceTexts, t: Translate): string {
  return isOwnLimit(error)
    ? t('Flowmeter makes no more than 100 calls an hour for this account')
    : t('{0}% of the calls that {1} allows are used up', Math.floor(error.details.usedPercent ?? 0), source.object);
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

/** "a Facebook page"; Graph spells a type in more than one way, and a type that is not known stays as it is. */
export function graphObjectName(type: string, t: Translate): string {
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
    : t('{0} no longer has metrics.', source.subject);
}
