import type { Account } from '../domain/account';
import type { MetricAnswer } from '../contract/client';
import type { AccountStatus } from '../domain/model';
import { isLive, type ServerTime } from '../domain/windows';
import { elapsedBy, type SchedulingClock } from '../util/clock';
import { isAnswer, type FlowRecord } from './flowLoads';
import type { FlowState } from './flowState';
import { InFlightQueries } from './inFlightQueries';
import type { AccountState } from './accountState';

export interface RefreshLog {
  info(text: string): void;
  warn(text: string): void;
  /** An unexpected error, with its stack. */
  error(thrown: unknown): void;
}

/** Statuses that one good answer about metrics proves to be over. */
const overByAnswer: ReadonlySet<AccountStatus['kind']> = new Set([
  ...(['tokenRefused', 'permission', 'throttled', 'offline', 'withdrawn'] as const),
]);

/** Shared by all readers of one account. */
export class AccountContext {
  readonly inFlight = new InFlightQueries();

  constructor(
    readonly account: Account,
    readonly state: FlowState,
    readonly clock: SchedulingClock,
    readonly log: RefreshLog,
  ) {}

  get name(): string {
    return this.account.name;
  }

  get known(): AccountState | undefined {
    return this.state.account(this.name);
  }

  get records(): ReadonlyMap<string, FlowRecord> {
    return this.known?.records ?? new Map();
  }

  get isLive(): boolean {
    return isLive(this.known?.info);
  }

  get time(): ServerTime {
    return this.state.timeOf(this.name);
  }

  get elapsed(): number {
    return elapsedBy(this.clock);
  }

  /** Logs a failure; a good answer clears the account's status while the other answers are on their way. */
  take({ query, result }: MetricAnswer, begunAt: number, isAborted: boolean): void {
    if (!result.ok && result.error.kind !== 'cancelled' && result.error.kind !== 'notEnoughData') {
      const { kind, message, details } = result.error;
      const trace = details.traceId === undefined ? '' : ` Trace ${details.traceId}.`;
      this.warn(`flow ${query.flowId}, ${query.metric}: ${kind}. ${message}${trace}`);
    }
    if (!isAborted && isAnswer(result)) this.state.clearStatus(this.name, overByAnswer, begunAt);
  }

  warn(text: string): void {
    this.log.warn(`“${this.name}”: ${text}`);
  }
}
