/** Whether the process that a meter's record names is the one that wrote it: a pid may be another program's by now. */
import { readStartStamp } from '../process/startStamp';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnerRecord } from './folder';

/** `unknown`: a process has that pid, and nothing tells whether it is the meter. It is neither named to a person nor ended. */
type OwnerProcess = 'same' | 'gone' | 'unknown';

export async function findOwnerProcess({ pid, startStamp }: OwnerRecord): Promise<OwnerProcess> {
  if (!isAlive(pid)) return 'gone';
  const present = await readStartStamp(pid);
  if (startStamp === undefined || present === undefined) return isAlive(pid) ? 'unknown' : 'gone';
  return present === startStamp ? 'same' : 'gone';
}

/** How long a signal may take to end the process, in milliseconds. A process that is frozen hears none but the last. */
const signals = [
  ['SIGTERM', 2_000],
  ['SIGKILL', 5_000],
] as const;
const pollMs = 50;

/** Ends the meter's process, whatever it writes. False where nothing tells whether it is the meter, or where it goes on. */
export async function endOwnerProcess(owner: OwnerRecord): Promise<boolean> {
  for (const [signal, limitMs] of signals) {
    const found = await findOwnerProcess(owner);
    if (found !== 'same') return found === 'gone';
    try {
      process.kill(owner.pid, signal);
    } catch {
      // It is gone, or it is another user's.
    }
    const end = performance.now() + limitMs;
    while (performance.now() < end) {
      if ((await findOwnerProcess(owner)) === 'gone') return true;
      await delay(pollMs);
    }
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
