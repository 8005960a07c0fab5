/** The result of one ping. */

/**
 * `dns` finds the address, `connect` and `tls` open the connection, `request` sends the ping and waits for the whole
 * answer, `decrypt` opens it, `answer` looks whether it says `active`.
 */
export type PingStepName = 'dns' | 'connect' | 'tls' | 'request' | 'decrypt' | 'answer';

export interface PingStep {
  readonly name: PingStepName;
  readonly milliseconds: number;
}

export type PingFailureReason =
  | 'dns'
  | 'refused'
  | 'tls'
  | 'timeout'
  /** The connection broke, or what came over it was no HTTP. */
  | 'noAnswer'
  | 'httpStatus'
  /** HTTP 432. */
  | 'signature'
  /** The endpoint cannot decrypt the ping (HTTP 421), or its answer is not the raw base64 of something encrypted for it. */
  | 'decrypt'
  | 'wrongAnswer'
  /** The caller called it off. */
  | 'cancelled';

export interface PingFailure {
  readonly reason: PingFailureReason;
  /** The step in which it failed. */
  readonly step: PingStepName;
  /** A sentence for a person, at most 200 characters, that says what to do where that is known. */
  readonly text: string;
}

export interface PingReport {
  readonly url: string;
  /** The steps that were finished, in order; `dns` and `tls` are absent where there was nothing to do. */
  readonly steps: readonly PingStep[];
  readonly totalMilliseconds: number;
  /** Present as soon as there was an answer. */
  readonly httpStatus?: number;
  /** Absent where the endpoint is active. */
  readonly failure?: PingFailure;
  /** Sentences on what is worth a look at an endpoint that is active; absent where there is nothing. */
  readonly hints?: readonly string[];
}
