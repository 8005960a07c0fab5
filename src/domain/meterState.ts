/** The state of the meter on this computer as a window knows it, and the secrets that a window hands over. */

/** With what the meter takes Meta's alerts. */
export interface AlertSecrets {
  /** The text of the field "Verify token" at Meta. */
  readonly verifyToken: string;
  /** The app's secret, with which Meta signs. */
  readonly appSecret: string;
  /** Where every notice goes on to; its query may hold a secret of another program. */
  readonly forwardUrl?: string;
}

/** Secrets that a window hands over to the meter: they are in its memory, and in no file and no argument. */
export interface MeterSecrets {
  /** With which availability checks are signed, by flow id. An empty one forgets. */
  readonly appSecrets: Readonly<Record<string, string>>;
  /** Null forgets them; absent, they stay as they are. */
  readonly alerts?: AlertSecrets | null;
}

export interface FlowReport {
  readonly id: string;
  /** Taken in since the meter started. */
  readonly requests: number;
  /** Grows with each event, alert and change of status. */
  readonly revision: number;
  /** The newest availability check. */
  readonly check?: { readonly at: number; readonly ok: boolean; readonly reason?: string };
}

export const uncountedReasons = [
  /** Came to an address at which no flow is recorded. */
  'unknownAddress',
  /** Had been through the recorder before: the URL of an endpoint leads back to it. */
  'circular',
  /** Was too long, or no HTTP that can be passed on. */
  'unusable',
  /** Could not be passed on, since this computer had no connections or memory left. */
  'outOfResources',
  /** Met the end of a connection that the endpoint was just closing. */
  'crossed',
] as const;
export type UncountedReason = (typeof uncountedReasons)[number];

/** Requests that count for no flow, since the start. */
export type UncountedRequests = Readonly<Record<UncountedReason, number>>;

export interface MeterReport {
  readonly pid: number;
  readonly recorderPort: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Of all flows, since the start. */
  readonly requests: number;
  /** Events that could not be kept. */
  readonly losses: number;
  /** Absent in reports of an earlier version. */
  readonly uncounted?: UncountedRequests;
  /** How many windows began to watch before this one: the first of them takes over when the meter dies. */
  readonly successionRank: number;
  /** Sentences for a person, such as that a damaged file was set aside. */
  readonly notes: readonly string[];
  /** True while Meta's alerts are taken at `/webhook`. */
  readonly takesAlerts?: boolean;
  readonly flows: readonly FlowReport[];
}

export const meterProblems = [
  /** Another program has the recorder's port. */
  'portTaken',
  /** The port may not be had, such as one below 1024. */
  'portRefused',
  /** A meter has the port and does not answer: stopped by a debugger, or out of breath. */
  'unresponsive',
  /** `meter.json` cannot be used. */
  'settings',
  /** The store cannot be opened: Node without SQLite, a file of a newer version, a full disk. */
  'store',
  /** The process ended without a word. */
  'crashed',
] as const;
export type MeterProblem = (typeof meterProblems)[number];

export type MeterState =
  /** Never started, or stopped by a person. */
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  /** `url` is the API's base URL. `quiet`: it has said nothing for a while, so it may hang. */
  | { readonly kind: 'running'; readonly url: string; readonly report: MeterReport; readonly unresponsive: boolean }
  /** It is tried again by itself after a pause. `message` is for a person and holds no secret. */
  | { readonly kind: 'failed'; readonly problem: MeterProblem; readonly message: string; readonly port?: number };
