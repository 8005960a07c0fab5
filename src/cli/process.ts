/** Beginning and end of long-running commands. */
import { isIP } from 'node:net';
import { writeCounts } from '../process/countedLog';
import { log, outputWritten, print } from '../process/output';
import { onEndSignal } from '../process/signals';
import { StartError } from './command';

/** An end that takes longer than this is explained. */
const noticeMs = 1_500;
/** A reader that stands still has so long to read the last line. */
const outputMs = 500;

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

/**
 * Ends a command on the first signal that says so: `close` resolves to whether every part ended as it should, `summary` is
 * printed then, and the process ends, whatever may still hold it open.
 */
export function endOnSignal(close: () => Promise<boolean>, summary: () => string = () => ''): void {
  const end = async (): Promise<void> => {
    const timer = setTimeout(
      () => log('requests that are under way may still end; a second signal ends it at once'),
      noticeMs,
    );
    const isWhole = await close();
    clearTimeout(timer);
    writeCounts();
    print(summary());
    await outputWritten(outputMs);
    process.exit(isWhole ? 0 : 1);
  };
  onEndSignal(() => void end(), { hangUp: 'end' });
}
