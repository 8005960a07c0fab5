import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { until } from './until.ts';

const GUARD = path.join(import.meta.dirname, 'guard.ts');
const STOP_TIMEOUT_MS = 5_000;

export interface ProcessGroup {
  running(): boolean;
  readonly ended: Promise<void>;
  /** Ends every process of the group and waits until they are gone. */
  stop(): Promise<void>;
}

/** Starts a program in a process group of its own that ends with this process at the latest. */
export function startGroup(
  command: string,
  args: readonly string[],
  { env, logFile }: { readonly env: NodeJS.ProcessEnv; readonly logFile: string },
): ProcessGroup {
  const log = openSync(logFile, 'a');
  const guard = spawn(process.execPath, [GUARD, command, ...args], {
    env,
    detached: process.platform !== 'win32',
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  // The guard may be gone before its stdin is closed.
  guard.stdin!.on('error', () => {});
  const { pid } = guard;
  const ended = once(guard, 'exit').then(
    () => {},
    () => {},
  );

  async function endGroup(): Promise<void> {
    if (pid === undefined) return;
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      signalGroup(pid, name);
      if (await until(() => !signalGroup(pid, 0), { timeoutMs: STOP_TIMEOUT_MS })) break;
    }
    guard.stdin!.destroy();
  }

  let stopping: Promise<void> | undefined;
  return {
    running: () => guard.exitCode === null && guard.signalCode === null,
    ended,
    // Once only: when the group is gone, its number may be another's.
    stop: () => (stopping ??= endGroup()),
  };
}

/** Sends a signal to the group of this leader. False where nothing of the group is left. */
function signalGroup(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, name);
    return true;
  } catch {
    return false;
  }
}
