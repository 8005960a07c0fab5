/** A ping's report as lines for a person. */
import type { PingReport, PingStepName } from './pingReport';

const stepTexts: Readonly<Record<PingStepName, string>> = {
  dns: 'find the address',
  connect: 'connect',
  tls: 'TLS handshake',
  request: 'send the ping, wait for the answer',
  decrypt: 'decrypt the answer',
  answer: 'read the answer',
};

/** One line for each step, then the result; no line break at the end. */
export function pingText({ url, steps, totalMilliseconds, httpStatus, failure, hints = [] }: PingReport): string {
  const rows = steps.map(({ name, milliseconds }) => [stepTexts[name], `${milliseconds.toFixed(1)} ms`] as const);
  const failed = failure && ([stepTexts[failure.step], 'failed'] as const);
  const width = Math.max(...[...rows, failed ?? (['', ''] as const)].map(([text]) => text.length));
  const status = httpStatus === undefined ? '' : `, HTTP ${httpStatus}`;
  return [
    // A path or a query may hold a secret.
    `Ping ${new URL(url).origin}`,
    ...rows.map(([text, time]) => `  ${text.padEnd(width)}  ${time.padStart(10)}`),
    ...(failed ? [`  ${failed[0].padEnd(width)}  ${failed[1].padStart(10)}`] : []),
    ...hints.map((hint) => `Note: ${hint}`),
    failure
      ? `Failed after ${totalMilliseconds.toFixed(0)} ms${status}: ${failure.text}`
      : `The endpoint is active: answered in ${totalMilliseconds.toFixed(0)} ms${status}.`,
  ].join('\n');
}
