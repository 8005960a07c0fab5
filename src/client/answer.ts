/** The meaning of an answer of the server: JSON, or an error of a kind. */
import { MetricsError, metricsErrorOf } from '../contract/errors';
import { parseJson } from '../util/json';
import { parseErrorBody } from '../contract/errorWire';
import { readRetryAfter, readUsage } from './budget';
import type { HttpAnswer } from './transport';
import { defined } from '../util/defined';

/** How long calls stop where a server limits them without saying until when, in milliseconds. */
const unnamedPauseMs = 15 * 60_000;

/** The JSON of a good answer; throws a `MetricsError` for every other one. `now` is in epoch milliseconds. */
export function readAnswer(answer: HttpAnswer, now: number): unknown {
  const { status, header, text } = answer;
  if (status === 407) {
    throw new MetricsError('network', 'A proxy asks for a user name and password.', {
      httpStatus: status,
      unreachable: 'proxyLogin',
    });
  }
  const json = jsonOf(text);
  const stated = statedReturn(answer, now);
  const envelope = parseErrorBody(json) ?? refusedToken(answer);
  if (envelope) {
    const error = metricsErrorOf(envelope.error, status, stated ?? now + unnamedPauseMs);
    // A server in trouble that says when to come back is left alone until then.
    const asksToWait = error.details.transient === true && header('retry-after') !== null && stated !== undefined;
    throw asksToWait ? limited(error.details.httpStatus ?? status, stated, error.details.code) : error;
  }
  if (status === 429) throw limited(status, stated ?? now + unnamedPauseMs);
  if (status >= 500) {
    if (header('retry-after') !== null && stated !== undefined) throw limited(status, stated);
    throw new MetricsError('server', `The server failed with HTTP status ${status}.`, {
      httpStatus: status,
      transient: true,
    });
  }
  if (status < 200 || status > 299) {
    throw new MetricsError(
      'invalidResponse',
      `The server answered with HTTP status ${status} and no error that can be read.`,
      {
        httpStatus: status,
      },
    );
  }
  if (json === undefined) {
    const what = text.trim() === '' ? 'an empty answer' : 'something other than JSON';
    throw new MetricsError('invalidResponse', `The server sent ${what}.`, { httpStatus: status });
  }
  return json;
}

/** Graph names the reason in a header as well, which a proxy's page in place of the answer leaves as it is. */
function refusedToken({ status, header }: HttpAnswer): ReturnType<typeof parseErrorBody> {
  const challenge = header('www-authenticate') ?? '';
  return status === 401 && /invalid_token/i.test(challenge) ? { error: { message: '', type: '' } } : undefined;
}

function limited(httpStatus: number, retryAt: number, code?: number): MetricsError {
  return new MetricsError('rateLimited', 'The server asks to wait.', {
    httpStatus,
    retryAt,
    ...defined({ code }),
  });
}

/** When the server lets calls in again, by the later of its two headers. */
function statedReturn({ header }: HttpAnswer, now: number): number | undefined {
  const minutes = readUsage(header)?.regainMinutes ?? 0;
  const instants = [readRetryAfter(header('retry-after'), now), minutes > 0 ? now + minutes * 60_000 : undefined];
  const known = instants.filter((instant) => instant !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
