/** Who is the meter: the process that has the recorder's port. The system gives it to one at a time, and takes it back
 *  the moment that process is gone, however it ended; no file can promise that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from '../recorder/recorder';
import { readOwner, type OwnerRecord } from './folder';
import { meetOwner, type Meeting } from './identity';
import { findOwnerProcess } from './ownerProcess';
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
    throw await portTrouble(meeting, port);
  }
}

async function portTrouble(meeting: Meeting, port: number): Promise<MeterStartError> {
  if (meeting.kind === 'silent' || meeting.kind === 'stranger') {
    const { owner } = meeting;
    if (owner.recorderPort === port && (await findOwnerProcess(owner)) === 'same') return silent(owner);
  }
  const message = `Port ${port} of 127.0.0.1 is in use by another program. End that, or choose another port.`;
  return new MeterStartError('portTaken', message, port);
}

/** The owner's process is known to be the meter: a person who is asked to end it ends nothing else. */
function silent({ recorderPort, pid }: OwnerRecord): MeterStartError {
  const message = `The meter that has port ${recorderPort} does not answer (process ${pid}). End that process.`;
  return new MeterStartError('silent', message, recorderPort);
}

/** A meter of this folder may still have the port that stood in the settings before; there shall not be two. */
async function ownsElsewhere(folder: string, port: number): Promise<boolean> {
  const owner = await readOwner(folder);
  if (!owner || owner.recorderPort === port) return false;
  const found = await findOwnerProcess(owner);
  if (found === 'gone') return false;
  const meeting = await meetOwner(folder);
  if (meeting.kind === 'proven') meeting.line.close();
  if (meeting.kind === 'silent') {
    if (found === 'same') throw silent(owner);
    const message = `The program that has port ${owner.apiPort} of 127.0.0.1 may be a meter, and does not answer. End it.`;
    throw new MeterStartError('silent', message, owner.recorderPort);
  }
  return meeting.kind === 'proven';
}
