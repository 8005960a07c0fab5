import type { MetricsError, UnreachableCause } from '../../contract/errors';
import type { Translate } from '../translate';
import type { SourceTexts } from './sourceTexts';

/** "Meta could not be reached: its name cannot be looked up." */
export function unreachableText({ details }: MetricsError, { subject }: SourceTexts, t: Translate): string {
  const { unreachable } = details;
  return unreachable === undefined
    ? t('{0} could not be reached.', subject)
    : t('{0} could not be reached: {1}.', subject, causeText(unreachable, t));
}

function causeText(cause: UnreachableCause, t: Translate): string {
  switch (cause) {
    case 'name':
      return t('its name cannot be looked up');
    case 'refused':
      return t('it refuses the connection');
    case 'noRoute':
      return t('no network leads to it');
    case 'broken':
      return t('the connection broke off');
    case 'certificate':
      return t('its certificate is not trusted');
    case 'tls':
      return t('no secure connection (TLS) can be made');
    case 'proxy':
      return t('the proxy does not answer');
    case 'proxyLogin':
      return t('the proxy asks for a user name and password');
  }
}

/** Advice about a server that did not answer; undefined where an answer came. */
export function unreachableAdvice(error: MetricsError, { isMeta }: SourceTexts, t: Translate): string | undefined {
  if (error.kind === 'timeout') return t('Check network, proxy and firewall, then try again.');
  if (error.kind !== 'network') return undefined;
  switch (error.details.unreachable) {
    case 'name':
      return isMeta ? t('Check your network connection.') : t('Check the address and your network connection.');
    case 'refused':
      return isMeta ? t('Check proxy and firewall.') : t('Check that the server runs, and its port.');
    case 'certificate':
      return t(
        'Where a company’s proxy or a server of your own signs with its own certificate, install that on this computer.',
      );
    case 'tls':
      return isMeta ? t('Check proxy and firewall.') : t('Check whether its address begins with http or https.');
    case 'proxy':
    case 'proxyLogin':
      return t('Check the proxy in the setting “http.proxy”.');
    case 'noRoute':
    case 'broken':
    case undefined:
      return t('Check network, proxy and firewall, then try again.');
  }
}
