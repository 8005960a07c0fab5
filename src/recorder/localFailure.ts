/** Failures of this computer, which lacks something that a connection needs: not the endpoint's doing. */
import { closeSync, openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { devNull, networkInterfaces } from 'node:os';

const localFailureCodes: ReadonlySet<string | undefined> = new Set([
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

/** `hasIpv6`: whether this computer, or the container, has any address of IPv6. */
export function isLocalFailure(error: NodeJS.ErrnoException, hasIpv6?: boolean): boolean {
  // A name may have several addresses. Where one of them could not be tried, nothing is known of the endpoint.
  if (error instanceof AggregateError) {
    const errors = error.errors as ConnectError[];
    return errors.some((one) => isLocalFailure(one) && !isMissingFamily(one, hasIpv6));
  }
  if (localFailureCodes.has(error.code)) return true;
  // Without a descriptor the files of the name service cannot be read, and every name seems unknown.
  return error.code === 'ENOTFOUND' && !canOpenFile();
}

interface ConnectError extends NodeJS.ErrnoException {
  readonly address?: string;
}

/** `localhost` is `::1` as well, also in a container without IPv6: no endpoint can be there. */
function isMissingFamily({ code, address = '' }: ConnectError, hasIpv6 = hasIpv6Address()): boolean {
  return code === 'EADDRNOTAVAIL' && isIPv6(address) && !hasIpv6;
}

function hasIpv6Address(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));
}

function canOpenFile(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** For the log. Node's own messages are left out where they may repeat what a caller or an endpoint sent. */
export function errorCodeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
