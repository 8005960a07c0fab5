/** Whether a connection could not be made for want of something on this computer, which is not the endpoint's doing. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

const wants: ReadonlySet<string | undefined> = new Set([
  // No descriptors are left to the process, or to the system.
  'EMFILE',
  'ENFILE',
  // No port is left for a further connection to that address, or the local address is gone.
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'ENOBUFS',
  'ENOMEM',
  'EAGAIN',
  // The network is down, or a rule of this computer forbids the connection.
  'ENETDOWN',
  'EACCES',
  'EPERM',
  // The name service cannot be asked: that tells nothing of the name.
  'EAI_AGAIN',
  'EAI_MEMORY',
  'EAI_SYSTEM',
]);

export function isOwnWant(error: NodeJS.ErrnoException): boolean {
  // A name may have several addresses. Where one of them could not be tried, nothing is known of the endpoint.
  if (error instanceof AggregateError) return error.errors.some((one) => isOwnWant(one as NodeJS.ErrnoException));
  if (wants.has(error.code)) return true;
  // Without a descriptor the files of the name service cannot be read, and every name seems unknown.
  return error.code === 'ENOTFOUND' && !canOpen();
}

function canOpen(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch {
    return false;
  }
}
