/** Refusals in the shape and with the HTTP status in which Graph gives them. */
import { graphCodes, graphSubcodes, MetricsError, type GraphError } from '../contract/errors';
import { MeterError, type MeterErrorKind } from '../store/meterStore';

export class GraphFailure extends Error {
  constructor(
    readonly status: number,
    readonly error: GraphError,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(error.message);
  }
}

/** An argument that cannot be used; the message names it and what is allowed. */
export function badParameter(message: string): GraphFailure {
  return new GraphFailure(400, {
    message: `(#${graphCodes.badParameter}) ${message}`,
    type: 'OAuthException',
    code: graphCodes.badParameter,
  });
}

/** The object is not there, or not for this token: Graph does not tell which. */
export function notFound(what: string): GraphFailure {
  return new GraphFailure(400, {
    message: `Unsupported request: ${what} does not exist, or this token may not see it.`,
    type: 'GraphMethodException',
    code: graphCodes.badParameter,
    error_subcode: graphSubcodes.objectNotFound,
  });
}

/** One request asks for more than may hold up the others. Graph's own words, by which clients know to ask for less. */
export function tooMuchData(): GraphFailure {
  return new GraphFailure(400, {
    message: `(#${graphCodes.unknown}) Please reduce the amount of data you're asking for: shorter periods, a smaller limit, or fewer requests in a batch.`,
    type: 'OAuthException',
    code: graphCodes.unknown,
  });
}

export function notEnoughData(minRequests: number): GraphFailure {
  return new GraphFailure(400, {
    message: `(#${graphCodes.notEnoughData}) The threshold of the metrics is not reached.`,
    type: 'OAuthException',
    code: graphCodes.notEnoughData,
    error_user_title: 'Not enough data',
    error_user_msg: `The flow had fewer than ${minRequests} requests in the period asked for, so it has no metrics.`,
  });
}

export function tokenRefused(reason: 'missing' | 'invalid' | 'expired'): GraphFailure {
  const messages = {
    missing: 'An access token is needed: send it as "Authorization: Bearer TOKEN".',
    invalid: 'The access token is not valid.',
    expired: 'The access token has expired.',
  };
  return new GraphFailure(401, {
    message: messages[reason],
    type: 'OAuthException',
    code: graphCodes.tokenInvalid,
    ...(reason === 'expired' ? { error_subcode: graphSubcodes.tokenExpired } : {}),
  });
}

/** A request that no client of the API would send; it is not looked at any further. */
export function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): GraphFailure {
  return new GraphFailure(
    status,
    { message, type: 'GraphMethodException', code: graphCodes.badParameter },
    { connection: 'close', ...headers },
  );
}

/** Not now; the same request may pass later. */
export function unavailable(message: string): GraphFailure {
  return new GraphFailure(503, {
    message: `(#${graphCodes.service}) ${message}`,
    type: 'OAuthException',
    code: graphCodes.service,
    is_transient: true,
  });
}

export function rateLimited(headers: Readonly<Record<string, string>>): GraphFailure {
  return new GraphFailure(
    400,
    {
      message: `(#${graphCodes.whatsAppLimit}) Too many calls for this WhatsApp Business Account: wait, then try again.`,
      type: 'OAuthException',
      code: graphCodes.whatsAppLimit,
    },
    headers,
  );
}

/** Texts for clients of a meter that fails; they do not name the file. */
export const meterErrorTexts: Readonly<Record<Exclude<MeterErrorKind, 'refused' | 'tooLarge'>, string>> = {
  node: 'The meter cannot run on this Node.',
  newer: 'The file of the meter was written by a newer version.',
  foreign: 'The file of the meter is not its own.',
  unusable: 'The file of the meter cannot be opened.',
  notWritable: 'The meter cannot write: its disk is full or read-only.',
  busy: 'The meter has too much to do.',
  closed: 'The meter is ending.',
  failed: 'The meter failed.',
};

/** Any error as what a client is told: nothing of one that is not meant for it. */
export function failureOf(error: unknown, onException?: (error: unknown) => void): GraphFailure {
  if (error instanceof GraphFailure) return error;
  // The contract's own readers refuse arguments with this kind; their messages name argument and allowed values.
  if (error instanceof MetricsError && error.kind === 'invalidRequest') return badParameter(error.message);
  if (error instanceof MeterError) {
    if (error.kind === 'refused') return badParameter(error.message);
    if (error.kind !== 'tooLarge') return unavailable(meterErrorTexts[error.kind]);
    return badParameter(
      'A counter of this flow is beyond 2^53 in that period, so it cannot be told: ask for another one.',
    );
  }
  onException?.(error);
  return new GraphFailure(500, {
    message: 'The server failed unexpectedly.',
    type: 'OAuthException',
    code: 1,
    is_transient: true,
  });
}
