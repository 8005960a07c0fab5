/** The failure of a ping, in a sentence for a person. */
import { CancelledError, DeadlineError, UpgradeError } from './exchange';
import type { PingFailure, PingFailureReason, PingStep, PingStepName } from './pingReport';

const switchedText =
  'The endpoint gave no HTTP answer: it switched to another protocol (HTTP 101), which nothing asked for.';

export function fail(reason: PingFailureReason, step: PingStepName, text: string): PingFailure {
  return { reason, step, text };
}

/** Undefined where the status is that of an answer to be read. */
export function failureOfStatus(status: number, isSigned: boolean): PingFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 101) return fail('noAnswer', 'request', switchedText);
  if (status === 421) {
    return fail(
      'decrypt',
      'answer',
      'The endpoint cannot decrypt the ping (HTTP 421): its private key does not belong to this public key.',
    );
  }
  if (status === 432) {
    return fail(
      'signature',
      'answer',
      isSigned
        ? 'Signature refused (HTTP 432): the app secret is not the one that the endpoint knows.'
        : 'Signature refused (HTTP 432): give the app secret.',
    );
  }
  const description = `The endpoint answered HTTP ${String(status).padStart(3, '0')}`;
  return fail('httpStatus', 'answer', `${description}${hintOfStatus(status, isSigned)}`);
}

function hintOfStatus(status: number, isSigned: boolean): string {
  if (status >= 300 && status < 400) return ', a redirection, which WhatsApp does not follow.';
  if (status < 400 || status > 599) return ', which WhatsApp does not know.';
  // Careful endpoints say 421 and 432; others fail in their own ways over a key or a signature that is not theirs.
  const causes = [
    ...(status === 404 || status === 405 ? ['the path is wrong'] : []),
    'the public key does not match the endpoint’s private key',
    ...(isSigned ? [] : ['it expects a signature with the app secret']),
  ];
  return `. Perhaps ${causes.slice(0, -1).join(', ')}${causes.length > 1 ? ', or ' : ''}${causes.at(-1)}.`;
}

const codes: readonly (readonly [RegExp, PingFailureReason, string])[] = [
  [/^(ENOTFOUND|EAI_)/, 'dns', 'The address of the host cannot be found'],
  [/^ECONNREFUSED$/, 'refused', 'The connection was refused: nothing listens there'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'refused', 'The host cannot be reached'],
  [
    /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/,
    'tls',
    'The TLS connection is not trusted or failed',
  ],
  [/^ETIMEDOUT$/, 'timeout', 'There was no answer in time'],
  [/^HPE_HEADER_OVERFLOW$/, 'noAnswer', 'The endpoint gave no HTTP answer: its headers are longer than 64 KB'],
];

export function failureOfError(
  error: NodeJS.ErrnoException,
  steps: readonly PingStep[],
  url: string,
  timeoutMs: number,
): PingFailure {
  const step = nextStep(steps, url);
  if (error instanceof DeadlineError) {
    return fail('timeout', step, `There was no answer within ${timeoutMs / 1_000} s.`);
  }
  if (error instanceof CancelledError) return fail('cancelled', step, 'The ping was cancelled.');
  if (error instanceof UpgradeError) return fail('noAnswer', step, switchedText);
  // Where a host has several addresses, Node gathers the errors of all.
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const code = inner.code ?? '';
  const known = codes.find(([pattern]) => pattern.test(code));
  if (known) return fail(known[1], known[1] === 'dns' ? 'dns' : step, `${known[2]} (${code}).`);
  if (step === 'tls') return fail('tls', step, `The TLS handshake failed (${code || 'broken off'}).`);
  return fail('noAnswer', step, `The endpoint gave no HTTP answer (${code || 'broken off'}).`);
}

/** The step that had begun when the connection failed. */
function nextStep(steps: readonly PingStep[], url: string): PingStepName {
  const done = new Set(steps.map(({ name }) => name));
  if (!done.has('connect')) return 'connect';
  return url.toLowerCase().startsWith('https:') && !done.has('tls') ? 'tls' : 'request';
}
