/** Everything that can go wrong between Flowmeter and a server of the Metrics API, told apart by `kind`. */
import { defined } from '../util/defined';

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

/** Why no answer came from a server. */
export type UnreachableCause =
  'name' | 'refused' | 'noRoute' | 'broken' | 'certificate' | 'tls' | 'proxy' | 'proxyLogin';

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
  /** A person quotes it to Meta's support. */
  readonly traceId?: string;
  /** Why a token was refused. */
  readonly reason?: 'expired' | 'passwordChanged' | 'invalid';
  /** The argument that a server or Flowmeter itself refused. */
  readonly parameter?: string;
  /** The server would answer the same for less: a shorter page, or fewer fields. Asking the same again is of no use. */
  readonly tooMuch?: boolean;
  /** The server sends more than Flowmeter takes in. */
  readonly tooLarge?: boolean;
  /** Why no answer came, as far as it is known. */
  readonly unreachable?: UnreachableCause;
  /** The type of the object of that id, where it is no business account or no flow. */
  readonly objectType?: string;
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

/** An error as it was read: a gateway, or a server of another kind, may name no code. */
export type ReadGraphError = Omit<GraphError, 'code'> & { readonly code?: number };

/** Graph's codes that Flowmeter sends or reads. */
export const graphCodes = {
  unknown: 1,
  service: 2,
  capability: 3,
  appLimit: 4,
  permission: 10,
  deprecated: 12,
  userLimit: 17,
  pageLimit: 32,
  badParameter: 100,
  applicationInvalid: 101,
  sessionInvalid: 102,
  tokenMissing: 104,
  tokenInvalid: 190,
  customLimit: 613,
  unknownAlias: 803,
  tokenRequired: 2500,
  businessLimit: 80007,
  whatsAppLimit: 80008,
  notEnoughData: 139006,
} as const;

/** Subcodes: 33 comes with code 100, the others with code 190. The latter were codes of their own once. */
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

const tokenCodes: ReadonlySet<number> = new Set([
  graphCodes.applicationInvalid,
  graphCodes.sessionInvalid,
  graphCodes.tokenMissing,
  graphCodes.tokenInvalid,
  graphCodes.tokenRequired,
]);

/** Codes of sessions that ended; newer answers name them as subcodes of 190. */
const firstSessionCode = 450;
const lastSessionCode = 467;

function isTokenCode(code: number): boolean {
  return tokenCodes.has(code) || (code >= firstSessionCode && code <= lastSessionCode);
}

/** True for a limit that a server keeps for a token it knows, false for a server in trouble that asks to wait. */
export function isThrottled({ kind, details }: MetricsError): boolean {
  if (kind !== 'rateLimited' || details.own) return false;
  return details.httpStatus === 429 || (details.code !== undefined && limitCodes.has(details.code));
}

/** True for Flowmeter's own limit; false for a server's, also where Flowmeter stops before it is reached. */
export function isOwnLimit(error: MetricsError | undefined): boolean {
  return error?.details.own === true && error.details.usedPercent === undefined;
}

/*
 * Facts that Graph tells in words alone. Elsewhere only codes decide: texts change, and come in the language of the token's
 * owner.
 */
const tooMuchText =
  /reduce the amount of data|(too much|too many|too large|too big) .{0,30}\b(data|rows|results|response)\b/i;
const missingFieldText =
  /(non-?existing|unknown|invalid|unsupported) fields?\b[^a-z]{0,4}metric\b|\bmetric\b[^.]{0,60}\b(deprecated|no longer|removed|does not exist)\b/i;
const metricText = /\bmetric\b/i;
/** Code 2500 for an address, not for a token. */
const addressText = /unknown path components|syntax error/i;

/** The kind of a Graph error, from code and subcode; without a code the HTTP status is all there is to go by. */
export function kindOfGraphError(error: ReadGraphError, httpStatus: number): MetricsErrorKind {
  const { code, error_subcode: subcode, message } = error;
  if (code === undefined) return kindOfStatus(httpStatus);
  if (code === graphCodes.notEnoughData) return 'notEnoughData';
  if (code === graphCodes.tokenRequired && addressText.test(message)) return 'invalidRequest';
  if (isTokenCode(code)) return 'auth';
  if (limitCodes.has(code)) return 'rateLimited';
  if (code === graphCodes.capability || code === graphCodes.permission || (code >= 200 && code <= 299)) {
    return 'permission';
  }
  if (code === graphCodes.unknownAlias) return 'notFound';
  if (code === graphCodes.deprecated) return metricText.test(message) ? 'withdrawn' : 'invalidRequest';
  if (code === graphCodes.badParameter) {
    if (subcode === graphSubcodes.objectNotFound) return 'notFound';
    return missingFieldText.test(message) ? 'withdrawn' : 'invalidRequest';
  }
  if (isTransientGraphError(error, httpStatus)) return 'server';
  // Code 0 is "could not authenticate"; anything else unknown is the server's own trouble.
  return code === 0 && httpStatus === 401 ? 'auth' : 'server';
}

function kindOfStatus(httpStatus: number): MetricsErrorKind {
  if (httpStatus === 401) return 'auth';
  return httpStatus === 429 ? 'rateLimited' : 'server';
}

/** True where the server wants to be asked for less. Code 1 without these words is a passing trouble. */
function asksForLess({ code, message }: ReadGraphError): boolean {
  const known = code === graphCodes.unknown || code === graphCodes.service || code === graphCodes.badParameter;
  return known && tooMuchText.test(message);
}

/** True where another attempt may succeed. */
function isTransientGraphError(error: ReadGraphError, httpStatus: number): boolean {
  const { code } = error;
  if (asksForLess(error)) return false;
  return error.is_transient === true || code === graphCodes.unknown || code === graphCodes.service || httpStatus >= 500;
}

/** A Graph error as a `MetricsError`. Its own text is never taken over: servers echo parameters in it. */
export function metricsErrorOf(error: ReadGraphError, httpStatus: number, retryAt?: number): MetricsError {
  const tooMuch = asksForLess(error);
  const kind = tooMuch ? 'server' : kindOfGraphError(error, httpStatus);
  const { code, error_subcode: subcode } = error;
  const limited = kind === 'rateLimited';
  const objectType = kind === 'invalidRequest' ? nodeTypeIn(error.message) : undefined;
  return new MetricsError(kind, sentenceOf(error, httpStatus), {
    ...defined({ code, subcode }),
    httpStatus,
    transient: kind === 'server' && isTransientGraphError(error, httpStatus),
    ...(tooMuch ? { tooMuch } : {}),
    ...defined({ objectType }),
    ...(limited && retryAt !== undefined ? { retryAt } : {}),
    // It is written into logs as it came.
    ...(/^[\w+/=.-]{1,64}$/.test(error.fbtrace_id ?? '') ? { traceId: error.fbtrace_id! } : {}),
    ...(kind === 'auth' ? { reason: reasonOf(code, subcode) } : {}),
  });
}

function sentenceOf({ code, error_subcode: subcode }: ReadGraphError, httpStatus: number): string {
  return code === undefined
    ? `The server answered with an error that names no code (HTTP status ${httpStatus}).`
    : `The server answered with code ${code}${subcode ? `/${subcode}` : ''}.`;
}

/** A field that does not exist is refused with the type of the object that was asked for it. */
function nodeTypeIn(message: string): string | undefined {
  return /on node type \(([A-Za-z]{1,40})\)/.exec(message)?.[1];
}

function reasonOf(code: number | undefined, subcode: number | undefined): NonNullable<MetricsErrorDetails['reason']> {
  return reasonOfSubcode(code === graphCodes.tokenInvalid ? subcode : code);
}

function reasonOfSubcode(subcode: number | undefined): NonNullable<MetricsErrorDetails['reason']> {
  if (subcode === graphSubcodes.tokenExpired) return 'expired';
  return subcode === graphSubcodes.passwordChanged ? 'passwordChanged' : 'invalid';
}
