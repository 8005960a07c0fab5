/** Who is the meter: the process that has the recorder's port. The system gives it to one at a time, and takes it back
 *  the moment that process is gone, however it ended; no file can promise that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from '../recorder/recorder';
import { readOwner } from './folder';
import { meetOwner } from './identity';
import { MeterStartError } from './problem';

export interface ElectionOptions {
  readonly folder: string;
  readonly port: number;
  /** Takes the port; rejects with Node's error where it cannot. */
  readonly bind: () => Promise<Recorder>;
  /** How long who has the port may take to prove itself, in milliseconds: it may have started a moment ago. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 3_000;
const retryMs = 40;

/** The recorder on its port, or undefined where another process proved to be this folder's meter. */
export async function elect({ folder, port, bind, patienceMs }: ElectionOptions): Promise<Recorder | undefined> {
  const end = performance.now() + (patienceMs ?? defaultPatienceMs);
  for (;;) {
    const recorder = await bind().catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return undefined;
      throw new MeterStartError('portRefused', `Port ${port} of 127.0.0.1 cannot be used (${error.code}).`, port);
    });
    if (recorder) {
      if (!(await ownsElsewhere(folder, port))) return recorder;
      await recorder.close();
      return undefined;
    }
    const meeting = await meetOwner(folder);
    if (meeting.kind === 'proven') {
      meeting.line.close();
      return undefined;
    }
    if (performance.now() < end) {
      await delay(retryMs);
      continue;
    }
    if (meeting.kind === 'silent' && meeting.owner.recorderPort === port && isAlive(meeting.owner.pid)) {
      const { pid } = meeting.owner;
      const message = `The meter that has port ${port} does not answer (process ${pid}). End that process.`;
      throw new MeterStartError('silent', message, port);
    }
    const message = `Port ${port} of 127.0.0.1 is in use by another program. End that, or choose another port.`;
    throw new MeterStartError('portTaken', message, port);
  }
}

/** A meter of this folder may still have the port that stood in the settings before; there shall not be two. */
async function ownsElsewhere(folder: string, port: number): Promise<boolean> {
  const owner = await readOwner(folder);
  if (!owner || owner.recorderPort === port || !isAlive(owner.pid)) return false;
  const meeting = await meetOwner(folder);
  if (meeting.kind === 'proven') meeting.line.close();
  if (meeting.kind === 'silent') {
    const message = `The meter of port ${owner.recorderPort} does not answer (process ${owner.pid}). End that process.`;
    throw new MeterStartError('silent', message, owner.recorderPort);
  }
  return meeting.kind === 'proven';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
