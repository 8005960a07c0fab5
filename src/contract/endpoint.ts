/** Meta's demands on a flow's endpoint, and how it counts answers: the one rule of recorder and middleware. */

/** Meta gives an endpoint ten seconds; a request that takes longer is a `timeout_error`. */
export const answerLimitMs = 10_000;

/**
 * A caller that hangs up after this long has waited out its ten seconds: its clock began before ours, by as much as
 * the way through the network and a tunnel takes.
 */
export const callerPatienceMs = answerLimitMs - 1_000;

/** HMAC-SHA256 of the body with the app secret, written `sha256=` and 64 hex digits. */
export const signatureHeader = 'x-hub-signature-256';

/**
 * Error statuses by which an endpoint tells something to WhatsApp, so that they are answers and no failures: 421 asks
 * for the public key to be read again, 427 calls a flow token used up, 432 refuses a signature.
 */
const protocolStatuses: ReadonlySet<number> = new Set([421, 427, 432]);

/** How an answered request counts. `status` is the HTTP status, `milliseconds` from the request to the answer's end. */
export function classifyAnswer(
  status: number,
  milliseconds: number,
): 'success' | 'timeout_error' | 'unexpected_http_status_code' {
  if (milliseconds > answerLimitMs) return 'timeout_error';
  // A redirection carries no answer that a flow could show, and Meta documents none that it follows.
  const served = (status >= 200 && status < 300) || protocolStatuses.has(status);
  return served ? 'success' : 'unexpected_http_status_code';
}
