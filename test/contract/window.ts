/** What a window of the editor does, without the editor: state, refresher and client, against a fake of Meta. */
import { createBudget } from '../../src/client/budget';
import { createHttpClient, type ClientLimits } from '../../src/client/httpClient';
import type { Account } from '../../src/domain/account';
import type { MetricsClient } from '../../src/contract/client';
import type { AccountFigures } from '../../src/domain/model';
import { FlowState } from '../../src/state/flowState';
import { Refresher } from '../../src/state/refresher';
import { startFakeMeta, type FakeMeta } from '../fixtures/fakeMeta';
import { HandClock } from '../unit/state/handClock';
import { thresholds } from '../unit/state/thresholds';

export const windowToken = 'EAAwindowTokenOfTheFakeServer0123456789';

export interface Window {
  readonly clock: HandClock;
  readonly meta: FakeMeta;
  readonly state: FlowState;
  readonly refresher: Refresher;
  readonly log: readonly string[];
  /** What nobody expected. */
  readonly unexpected: readonly unknown[];
  readonly account: AccountFigures;
  /** Resolves when nothing is being read. */
  idle(): Promise<void>;
  /** Moves the clock on minute by minute, and lets each read come to its end before it goes on. */
  pass(minutes: number): Promise<void>;
  close(): Promise<void>;
}

export interface WindowOptions {
  readonly flows: number;
  readonly source?: 'meta' | 'server';
  readonly limits?: Partial<ClientLimits>;
  /** Minutes between two polls. */
  readonly minutes?: number;
  /** False where the log would be what grows. */
  readonly keepsLog?: boolean;
}

export async function openWindow({
  flows,
  source = 'meta',
  limits = {},
  minutes = 60,
  keepsLog = true,
}: WindowOptions): Promise<Window> {
  const clock = new HandClock();
  const meta = await startFakeMeta({ flows, now: () => clock.now() });
  const account: Account = { name: 'Shop', source, businessAccountId: '100200300400500', baseUrl: meta.url };
  const log: string[] = [];
  const note = (line: string): void => {
    if (keepsLog) log.push(line);
  };
  const unexpected: unknown[] = [];
  const budget = createBudget(clock);
  const state = new FlowState(clock, { window: '24h', thresholds });
  let client: MetricsClient | undefined;
  const refresher = new Refresher({
    state,
    clock,
    minutes: { meta: minutes, server: minutes, demo: minutes, meter: minutes },
    log: {
      info: note,
      warn: note,
      error: (thrown) => void unexpected.push(thrown),
    },
    connect: async () =>
      (client ??= createHttpClient({
        account,
        token: () => Promise.resolve(windowToken),
        clock,
        budget,
        limits,
        random: () => 0,
        log: note,
      })),
  });
  refresher.setAccounts([account]);
  const current = (): AccountFigures => state.snapshot.accounts[0]!;
  const idle = async (): Promise<void> => {
    const end = performance.now() + 30_000;
    while (current().busy) {
      if (performance.now() > end) throw new Error('The window went on reading for 30 s.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    clock,
    meta,
    state,
    refresher,
    log,
    unexpected,
    get account() {
      return current();
    },
    idle,
    pass: async (count) => {
      for (let i = 0; i < count; i++) {
        await clock.advance(60_000);
        if (current().busy) await idle();
      }
    },
    close: async () => {
      refresher.dispose();
      state.dispose();
      client?.dispose();
      await meta.stop();
    },
  };
}
