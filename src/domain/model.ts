/** The terms of the domain: periods, totals, health, and the figures of flows and accounts. */
import type { Account } from './account';
import type { MeterAlert } from '../contract/alert';
import type { ServerInfo } from '../contract/client';
import type { MetricsError } from '../contract/errors';
import type { Flow } from '../contract/flow';
import type { MetricName, MetricSeries } from '../contract/metric';

export type HealthLevel = 'healthy' | 'attention' | 'warning' | 'critical' | 'unknown';
export type LimitLevel = Exclude<HealthLevel, 'healthy' | 'unknown'>;

/** From `begin` (inclusive) to `end` (exclusive), in epoch milliseconds. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

export type HealthWindow = '24h' | '7d' | '30d';

/** The series of a flow; an absent metric was not read or could not be read. */
export type SeriesByMetric = Partial<Readonly<Record<MetricName, MetricSeries>>>;

/** 1 … 10: rounded up seconds; 11: over 10 s. */
export type LatencyBucket = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

/** Sums over one span. An absent figure is unknown, never zero. */
export interface PeriodTotals {
  readonly span: Span;
  readonly requests?: number;
  readonly errors?: number;
  /** By error type, documented ones first, unknown ones after; empty where errors are unknown. */
  readonly errorsByKey: readonly { readonly key: string; readonly count: number }[];
  /** Sum of errors / sum of requests; absent without requests. */
  readonly errorRate?: number;
  /** The server's own rate, weighted by requests, where it was asked and differs by more than half a point. */
  readonly statedErrorRate?: number;
  /** Successful requests by bucket, eleven counts; absent where latency is unknown. */
  readonly latency?: readonly number[];
  /** Sum of `latency`. */
  readonly measured?: number;
  readonly p50?: LatencyBucket;
  readonly p90?: LatencyBucket;
  readonly p99?: LatencyBucket;
  readonly succeeded?: number;
  readonly failed?: number;
  /** succeeded / (succeeded + failed); absent without checks. */
  readonly availability?: number;
}

/** The span in which a reason holds: the newest three complete hours, a health window, or Meta's word now. */
export type ReasonSpan = 'now' | HealthWindow | 'meta';

export interface HealthReason {
  readonly level: HealthLevel;
  readonly span: ReasonSpan;
  readonly metric?: MetricName;
  /** Ratio 0–1 for rate and availability; bucket 1–11 for latency. */
  readonly value?: number;
  /** In the unit of the settings: percent or seconds. */
  readonly threshold?: number;
  /** Meta's word, or why nothing is judged. */
  readonly cause?:
    | 'blocked'
    | 'cannotSend'
    | 'throttled'
    | 'limited'
    | 'draft'
    | 'deprecated'
    | 'noEndpoint'
    | 'notEnoughData'
    | 'noRequests'
    | 'tooFew'
    | 'notRead'
    | 'failed'
    | 'withdrawn'
    | 'auth'
    | 'alert';
  /** Whose answers could not be read, where that is the cause and others could. */
  readonly unread?: readonly MetricName[];
  /** The alert's text, where that is the cause. */
  readonly text?: string;
  /** The alert itself then. */
  readonly alert?: MeterAlert;
}

export interface HealthReport {
  readonly level: HealthLevel;
  /** Worst first. For `unknown` exactly one, with its cause; for `healthy` none. */
  readonly reasons: readonly HealthReason[];
  /** Figures that were judged and crossed nothing. */
  readonly fine: readonly HealthReason[];
  /** Metrics that would be judged, but are not known or too few. */
  readonly missing: readonly MetricName[];
  /** The window that was judged after falling back from 24 hours to 7 and 30 days; absent where none was. */
  readonly window?: HealthWindow;
}

/** A flow with everything that views show of it. */
export interface FlowFigures {
  /** `accountName` and flow id, unique in a window. */
  readonly key: string;
  readonly accountName: string;
  readonly flow: Flow;
  readonly report: HealthReport;
  /** The health window's totals and those of the same length just before, where that is whole. */
  readonly totals?: PeriodTotals;
  readonly before?: PeriodTotals;
  /** For forecasts, which views make where somebody looks. */
  readonly basis?: { readonly series: SeriesByMetric; readonly thresholds: Thresholds; readonly zone: string };
  /** End of the newest interval that has data. */
  readonly dataUpTo?: number;
  /** True where the newest data are older than six hours. */
  readonly late: boolean;
  /** When the figures were read. */
  readonly fetchedAt?: number;
  /** The newest failure of this flow's reads, where the last attempt failed (in whole or for some metrics). */
  readonly failures: Partial<Readonly<Record<MetricName, MetricsError>>>;
  /** Metrics that were asked and could not be read, neither now nor before: unknown, whatever the others tell. */
  readonly unread?: readonly MetricName[];
  /** True where the figures shown are older than the last attempt. */
  readonly stale: boolean;
  /** Alerts of Meta's webhooks, newest first; absent where the server receives none. */
  readonly alerts?: readonly MeterAlert[];
  /** Hidden flows do not count in badge and status bar, nor do demo flows once a real account exists. */
  readonly counted: boolean;
  /** A person does not want to see it in the tree. */
  readonly hidden?: boolean;
}

export type AccountStatusKind =
  | 'tokenMissing'
  | 'tokenRefused'
  | 'permission'
  | 'throttled'
  | 'offline'
  | 'withdrawn'
  | 'notFound'
  | 'noFlows'
  | 'failed';

export interface AccountStatus {
  readonly kind: AccountStatusKind;
  readonly error?: MetricsError;
  /** When it was met, in epoch milliseconds. */
  readonly since?: number;
  /** Where a token is missing: a former name of the account, whose token for the same origin is still kept. */
  readonly formerName?: string;
  /** When the read that met it began: what came in since is not old. */
  readonly askedAt?: number;
  /** When asking makes sense again; it then happens by itself, unless the account is read by hand only. */
  readonly retryAt?: number;
}

export type NextRead = number | 'onceSeen';

export interface AccountFigures {
  readonly account: Account;
  /** In the order in which they are shown: worst first, then by name; not judgeable ones last. */
  readonly flows: readonly FlowFigures[];
  readonly accountStatus?: AccountStatus;
  /** False until the first read ended. */
  readonly read: boolean;
  readonly busy: boolean;
  /** True where polling is off: nothing is read before a person asks. */
  readonly byHand?: boolean;
  /** How old figures may become in the ordinary course of things, in milliseconds. */
  readonly freshFor?: number;
  readonly fetchedAt?: number;
  /** When it is read next by itself: at that instant, or once this window is looked at again; absent where that is not planned. */
  readonly nextRead?: NextRead;
  /** The share of the server's limit that is used up, in percent, where it is therefore read slowly. */
  readonly slowedAt?: number;
  /** The account has more flows than the so many that are shown. */
  readonly limitedTo?: number;
  readonly info?: ServerInfo;
  /** The API version that answered last. */
  readonly servedVersion?: string;
}

/** One snapshot of all accounts, for tree, badges, status bar and dashboards. */
export interface Snapshot {
  readonly revision: number;
  readonly accounts: readonly AccountFigures[];
}

export interface Thresholds {
  readonly errorRatePercent: LevelLimits;
  readonly p90Seconds: LevelLimits;
  readonly availabilityPercent: LevelLimits;
}

/** Crossing is strictly above, for availability strictly below. A level without a limit is never reached. */
export interface LevelLimits {
  readonly attention?: number;
  readonly warning?: number;
  readonly critical?: number;
}

export function isTokenStatus(
  status: AccountStatus | undefined,
): status is AccountStatus & { readonly kind: 'tokenMissing' | 'tokenRefused' } {
  return status?.kind === 'tokenMissing' || status?.kind === 'tokenRefused';
}
