/** Whether the process that a meter's record names is the one that wrote it: a pid may be another program's by now. */
import { readStartStamp } from '../process/startStamp';
import type { OwnerRecord } from './folder';

/** `unknown`: a process has that pid, and nothing tells whether it is the meter. It is neither named to a person nor ended. */
export type OwnerProcess = 'same' | 'gone' | 'unknown';

export async function findOwnerProcess({ pid, startStamp }: OwnerRecord): Promise<OwnerProcess> {
  if (!isAlive(pid)) return 'gone';
  const present = await readStartStamp(pid);
  if (startStamp === undefined || present === undefined) return isAlive(pid) ? 'unknown' : 'gone';
  return present === startStamp ? 'same' : 'gone';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
