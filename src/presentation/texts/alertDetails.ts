/** The details of an alert beside the figure that crossed a limit: Meta's own first advice is to look at the errors. */
import type { AlertError, MeterAlert } from '../../contract/alert';
import { plainName } from '../escape';
import type { Formats } from '../formats';
import type { Translate } from '../translate';

const maxErrors = 5;
const maxReason = 200;

/** "Errors: timed out 12 (8.1%), invalid screen transition 2 · 148 requests · p50 500 ms"; undefined without details. */
export function alertDetails(alert: MeterAlert, formats: Formats): string | undefined {
  const { t } = formats;
  const { errors = [], requestsCount, p50Latency, reason } = alert;
  const worst = errors.toSorted((a, b) => weight(b) - weight(a));
  const listed = worst.slice(0, maxErrors).map((error) => errorText(error, formats));
  const more = worst.length > maxErrors ? [t('{0} more', formats.count(worst.length - maxErrors))] : [];
  const parts = [
    ...(listed.length > 0 ? [t('Errors: {0}', [...listed, ...more].join(', '))] : []),
    ...(requestsCount === undefined ? [] : [t('{0} requests', formats.count(requestsCount))]),
    ...(p50Latency === undefined ? [] : [t('p50 {0}', formats.milliseconds(p50Latency))]),
    ...(reason === undefined ? [] : [t('Meta’s reason: {0}', plainName(reason, maxReason))]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}

function weight({ count = 0, rate = 0 }: AlertError): number {
  return count > 0 ? count : rate / 1000;
}

function errorText({ type, count, rate }: AlertError, formats: Formats): string {
  const { t } = formats;
  const share = rate === undefined ? undefined : formats.percent(rate / 100);
  const figure = count === undefined ? share : `${formats.count(count)}${share === undefined ? '' : ` (${share})`}`;
  const name = errorName(type, t);
  return figure === undefined ? name : `${name} ${figure}`;
}

function errorName(type: string, t: Translate): string {
  switch (type) {
    case 'timeout_error':
      return t('timed out');
    case 'unexpected_http_status_code':
      return t('HTTP status');
    case 'cannot_be_served':
      return t('not served');
    case 'no_http_response_error':
      return t('no response');
    default:
      return plainName(type.replaceAll('_', ' '), 60);
  }
}
