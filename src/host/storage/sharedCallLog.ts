import type { Memento } from 'vscode';
import type { CallLog } from '../../client/budget';
import { hourMs } from '../../contract/calendar';
import { callsKey } from '../../ids';
import type { Log } from '../app/log';
import type { SchedulingClock } from '../../util/clock';

/** The calls of one window to one account: the first instant in epoch milliseconds, then the steps from each to the next. */
type Noted = readonly number[];
type Stored = Readonly<Record<string, Readonly<Record<string, Noted>> | null>>;

/** A run makes its calls within seconds, and they are noted together. */
const writePauseMs = 5_000;

/**
 * The calls of the last hour, kept so that a reload does not begin the hour anew and windows see each other's. Each
 * window writes under a name of its own, so that none counts a call twice, and none undoes what another wrote.
 */
export class SharedCallLog {
  private readonly own = new Map<string, readonly number[]>();
  private windowName: string | undefined;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly memory: Pick<Memento, 'get' | 'update'>,
    private readonly clock: SchedulingClock,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  /** `key` tells accounts apart. */
  of(key: string): CallLog {
    return {
      others: () =>
        Object.entries(this.stored[key] ?? {})
          .filter(([window]) => window !== this.window)
          .flatMap(([, noted]) => instantsOf(noted)),
      note: (calls) => {
        this.own.set(key, [...calls]);
        this.cancelTimer ??= this.clock.after(writePauseMs, () => this.write());
      },
    };
  }

  /** Nothing of this window is written any more. */
  settle(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.own.clear();
  }

  dispose(): void {
    if (this.cancelTimer) this.write();
  }

  /** Made on first use: what makes names that nobody else makes takes its time to load. */
  private get window(): string {
    this.windowName ??= globalThis.crypto.randomUUID();
    return this.windowName;
  }

  private get stored(): Stored {
    const value = this.memory.get<unknown>(callsKey);
    return typeof value === 'object' && value !== null ? (value as Stored) : {};
  }

  private write(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const next: Record<string, Record<string, Noted>> = {};
    const keep = (key: string, window: string, calls: readonly number[]): void => {
      const recent = calls.filter((at) => at > this.clock.now() - hourMs);
      if (recent.length > 0) (next[key] ??= {})[window] = notedOf(recent);
    };
    for (const [key, windows] of Object.entries(this.stored)) {
      for (const [window, noted] of Object.entries(windows ?? {})) keep(key, window, instantsOf(noted));
    }
    for (const [key, calls] of this.own) keep(key, this.window, calls);
    Promise.resolve(this.memory.update(callsKey, next)).catch((error: unknown) => this.log.error(error));
  }
}

function notedOf(instants: readonly number[]): Noted {
  return instants.map((at, i) => (i === 0 ? at : at - instants[i - 1]!));
}

/** Anything else in the memento counts as no call. */
function instantsOf(noted: Noted): readonly number[] {
  if (!Array.isArray(noted) || !noted.every(Number.isFinite)) return [];
  let at = 0;
  return noted.map((step) => (at += step));
}
