/** The election of the meter: the process that has the recorder's port. The system gives it to one at a time, and takes it back
 *  the moment that process is gone, however it ended; no file can promise that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from '../recorder/recorder';
import { readOwner, type OwnerRecord } from './folder';
import { isOlder, verifyOwner, meterPaths, type VerifiedConnection, type OwnerVerification } from './identity';
import { findOwnerProcess } from './ownerProcess';
import { MeterStartError } from './startMessage';
import { readShort } from './verifiedSocket';

interface ElectionOptions {
  readonly folder: string;
  readonly port: number;
  /** Of this process: an older meter makes room for it. */
  readonly version: string;
  /** Takes the port; rejects with Node's error where it cannot. */
  readonly bind: () => Promise<Recorder>;
  /** How long who has the port may take to prove itself, in milliseconds: it may have started a moment ago. */
  readonly deadlineMs?: number;
}

const defaultDeadlineMs = 3_000;
const retryMs = 40;
/** A meter that was asked to make room has so long to answer. */
const replyLimitMs = 1_000;

/** The recorder on its port, or undefined where another process proved to be this folder's meter. */
export async function elect({
  folder,
  port,
  version,
  bind,
  deadlineMs,
}: ElectionOptions): Promise<Recorder | undefined> {
  const end = performance.now() + (deadlineMs ?? defaultDeadlineMs);
  for (;;) {
    const recorder = await bind().catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return undefined;
      throw new MeterStartError('portRefused', `Port ${port} of 127.0.0.1 cannot be used (${error.code}).`, port);
    });
    if (recorder) {
      if (!(await runsOnOtherPort(folder, port, version))) return recorder;
      await recorder.close();
      return undefined;
    }
    const verification = await verifyOwner(folder);
    const isLate = performance.now() >= end;
    if (verification.kind === 'verified') {
      const yields = !isLate && (await requestSuccession(verification.connection, version));
      verification.connection.close();
      if (!yields) return undefined;
    } else if (isLate) {
      throw await portProblem(verification, port);
    }
    await delay(retryMs);
  }
}

/**
 * True where the meter is older and ends: it frees its ports at once, and writes what it has meanwhile. The process that is
 * to take its place asks, and not a window, since it is there to take the port the moment it is free.
 */
async function requestSuccession(connection: VerifiedConnection, version: string): Promise<boolean> {
  // One that is frozen from now on would be waited for without end.
  const deadline = setTimeout(() => connection.close(), replyLimitMs);
  try {
    if (!isOlder(connection, version)) return false;
    const [path, body] = connection.version === undefined ? [meterPaths.stop] : [meterPaths.replace, { version }];
    const answer = await connection.send('POST', path, body);
    await readShort(answer);
    return answer.statusCode === 200;
  } catch {
    // The window that started this process looks for the meter again, and starts the next process where there is none.
    return false;
  } finally {
    clearTimeout(deadline);
  }
}

async function portProblem(verification: OwnerVerification, port: number): Promise<MeterStartError> {
  if (verification.kind === 'unresponsive' || verification.kind === 'stranger') {
    const { owner } = verification;
    if (owner.recorderPort === port && (await findOwnerProcess(owner)) === 'same') return unresponsiveError(owner);
  }
  const message = `Port ${port} of 127.0.0.1 is in use by another program. End that, or choose another port.`;
  return new MeterStartError('portTaken', message, port);
}

/** The owner's process is known to be the meter: a person who is asked to end it ends nothing else. */
function unresponsiveError({ recorderPort, pid }: OwnerRecord): MeterStartError {
  const message = `The meter that has port ${recorderPort} does not answer (process ${pid}). End that process.`;
  return new MeterStartError('unresponsive', message, recorderPort);
}

/** A meter of this folder may still have the port that stood in the settings before; there shall not be two. */
async function runsOnOtherPort(folder: string, port: number, version: string): Promise<boolean> {
  const owner = await readOwner(folder);
  if (!owner || owner.recorderPort === port) return false;
  const found = await findOwnerProcess(owner);
  if (found === 'gone') return false;
  const verification = await verifyOwner(folder);
  if (verification.kind === 'verified') {
    const yields = await requestSuccession(verification.connection, version);
    verification.connection.close();
    return !yields;
  }
  if (verification.kind === 'unresponsive') {
    if (found === 'same') throw unresponsiveError(owner);
    const message = `The program that has port ${owner.apiPort} of 127.0.0.1 may be a meter, and does not answer. End it.`;
    throw new MeterStartError('unresponsive', message, owner.recorderPort);
  }
  return false;
}
