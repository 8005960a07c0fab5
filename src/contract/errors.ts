/** Everything that can go wrong between Flowmeter and a server of the Metrics API, told apart by `kind`. */

export const metricsErrorKinds = [
  'auth',
  'permission',
  'rateLimited',
  'notEnoughData',
  'notFound',
  'invalidRequest',
  'withdrawn',
  'invalidResponse',
  'network',
  'timeout',
  'cancelled',
  'server',
] as const;
export type MetricsErrorKind = (typeof metricsErrorKinds)[number];

export interface MetricsErrorDetails {
  /** Graph's code and subcode. */
  readonly code?: number;
  readonly subcode?: number;
  readonly httpStatus?: number;
  /** Worth another attempt: Graph's `is_transient`, its codes 1 and 2, HTTP 5xx, and network trouble. */
  readonly transient?: boolean;
  /** When a rate limit is expected to end, in epoch milliseconds. */
  readonly retryAt?: number;
  /** The limit is Flowmeter's own, kept before a server has to ask for it. */
  readonly own?: boolean;
  /** How much of the server's limit is used up, in percent, where `own` comes from the server's own count of it. */
  readonly usedPercent?: number;
  /** What a person quotes to Meta's support. */
  readonly traceId?: string;
  /** Why a token was refused. */
  readonly reason?: 'expired' | 'passwordChanged' | 'invalid';
  /** The argument that a server or Flowmeter itself refused. */
  readonly parameter?: string;
}

export class MetricsError extends Error {
  override readonly name = 'MetricsError';

  constructor(
    readonly kind: MetricsErrorKind,
    message: string,
    readonly details: MetricsErrorDetails = {},
  ) {
    super(message);
  }
}

/** The body of a Graph error. */
export interface GraphError {
  readonly message: string;
  readonly type: string;
  readonly code: number;
  readonly error_subcode?: number;
  readonly is_transient?: boolean;
  readonly error_user_title?: string;
  readonly error_user_msg?: string;
  readonly fbtrace_id?: string;
}

export interface GraphErrorBody {
  readonly error: GraphError;
}

/** Graph's codes that Flowmeter sends or reads. */
export const graphCodes = {
  unknown: 1,
  service: 2,
  capability: 3,
  appLimit: 4,
  permission: 10,
  userLimit: 17,
  pageLimit: 32,
  badParameter: 100,
  sessionInvalid: 102,
  tokenMissing: 104,
  tokenInvalid: 190,
  customLimit: 613,
  unknownAlias: 803,
  businessLimit: 80007,
  whatsAppLimit: 80008,
  notEnoughData: 139006,
} as const;

/** Subcodes: 33 comes with code 100, the others with code 190. */
export const graphSubcodes = {
  objectNotFound: 33,
  passwordChanged: 460,
  tokenExpired: 463,
  tokenInvalid: 467,
} as const;

const limitCodes: ReadonlySet<number> = new Set([
  graphCodes.appLimit,
  graphCodes.userLimit,
  graphCodes.pageLimit,
  graphCodes.customLimit,
  graphCodes.businessLimit,
  graphCodes.whatsAppLimit,
]);

/** The kind of a Graph error, from code and subcode; the text counts only for the withdrawn metric field. */
export function kindOfGraphError(error: GraphError, httpStatus: number): MetricsErrorKind {
  const { code, error_subcode: subcode } = error;
  if (code === graphCodes.notEnoughData) return 'notEnoughData';
  if (code === graphCodes.tokenInvalid || code === graphCodes.sessionInvalid || code === graphCodes.tokenMissing) {
    return 'auth';
  }
  if (limitCodes.has(code)) return 'rateLimited';
  if (code === graphCodes.capability || code === graphCodes.permission || (code >= 200 && code <= 299)) {
    return 'permission';
  }
  if (code === graphCodes.unknownAlias) return 'notFound';
  if (code === graphCodes.badParameter) {
    if (subcode === graphSubcodes.objectNotFound) return 'notFound';
    if (/nonexisting field\b.*\bmetric\b/i.test(error.message)) return 'withdrawn';
    return 'invalidRequest';
  }
  if (isTransientGraphError(error, httpStatus)) return 'server';
  // Code 0 is "could not authenticate"; anything else unknown is the server's own trouble.
  return code === 0 && httpStatus === 401 ? 'auth' : 'server';
}

/** True where another attempt may succeed. */
export function isTransientGraphError(error: GraphError, httpStatus: number): boolean {
  const { code } = error;
  return error.is_transient === true || code === graphCodes.unknown || code === graphCodes.service || httpStatus >= 500;
}

/** A Graph error as a `MetricsError`. Its own text is never taken over: servers echo parameters in it. */
export function metricsErrorOf(error: GraphError, httpStatus: number, retryAt?: number): MetricsError {
  const kind = kindOfGraphError(error, httpStatus);
  const subcode = error.error_subcode;
  const limited = kind === 'rateLimited';
  return new MetricsError(kind, `The server answered with code ${error.code}${subcode ? `/${subcode}` : ''}.`, {
    code: error.code,
    ...(subcode === undefined ? {} : { subcode }),
    httpStatus,
    transient: kind === 'server' && isTransientGraphError(error, httpStatus),
    ...(limited && retryAt !== undefined ? { retryAt } : {}),
    ...(error.fbtrace_id ? { traceId: error.fbtrace_id } : {}),
    ...(kind === 'auth' ? { reason: reasonOfSubcode(subcode) } : {}),
  });
}

function reasonOfSubcode(subcode: number | undefined): 'expired' | 'passwordChanged' | 'invalid' {
  if (subcode === graphSubcodes.tokenExpired) return 'expired';
  return subcode === graphSubcodes.passwordChanged ? 'passwordChanged' : 'invalid';
}
