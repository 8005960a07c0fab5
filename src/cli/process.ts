/** What long-running commands share: how they say that they cannot listen, and how they stop. */
import { isIP } from 'node:net';
import { closeAll } from '../process/closeAll';
import { writeCounts } from '../process/countedLog';
import { log, outputWritten, print } from '../process/output';
import { onEndSignal } from '../process/signals';
import { StartError } from './command';

/** Who waits longer for the end than this is told why. */
const saySoMs = 1_500;
/** A reader that stands still has so long to read the last line. */
const lastWordsMs = 500;

/** Why an address cannot be listened on, in one line; `option` is the one that chooses the port. */
export function listenError(error: unknown, host: string, port: number, option = '--port'): StartError {
  return new StartError(reasonOf(error as NodeJS.ErrnoException, host, port, option));
}

function reasonOf({ code, name }: NodeJS.ErrnoException, host: string, port: number, option: string): string {
  // Anything may have been given in place of an address.
  const place = isIP(host) === 0 ? '--host' : host;
  if (code === 'EADDRINUSE') {
    return `Port ${port} of ${place} is in use: choose another with ${option}, or 0 for a free one.`;
  }
  if (code === 'EACCES') return `Port ${port} of ${place} may not be used: choose one above 1023 with ${option}.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${place} is not an address of this computer.`;
  return `The server cannot listen on ${place}, port ${port} (${code ?? name}).`;
}

export interface EndOptions {
  /** How each part is closed, in this order. */
  readonly parts: readonly (() => unknown)[];
  /** Told of what went wrong with that. */
  readonly onException: (error: unknown) => void;
  /** What is printed at the end. */
  readonly endReason?: () => string;
}

/**
 * Ends a command on the first signal that says so, and then the process, whatever may still hold it open.
 */
export function endOnSignal({ parts, onException, endReason = () => '' }: EndOptions): void {
  const end = async (): Promise<void> => {
    const patience = setTimeout(
      () => log('requests that are under way may still end; a second signal ends it at once'),
      saySoMs,
    );
    const whole = await closeAll(parts, onException);
    clearTimeout(patience);
    writeCounts();
    print(endReason());
    await outputWritten(lastWordsMs);
    process.exit(whole ? 0 : 1);
  };
  onEndSignal(() => void end(), { hangUp: 'end' });
}
