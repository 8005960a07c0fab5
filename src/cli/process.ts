/** What long-running commands share: how they say that they cannot listen, and how they stop. */
import { StartError } from './command';

/** Why an address cannot be listened on, in one line; `option` is the one that chooses the port. */
export function listenTrouble(error: unknown, host: string, port: number, option = '--port'): StartError {
  return new StartError(reasonOf(error as NodeJS.ErrnoException, host, port, option));
}

function reasonOf({ code, message }: NodeJS.ErrnoException, host: string, port: number, option: string): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} of ${host} is in use: choose another with ${option}, or 0 for a free one.`;
  }
  if (code === 'EACCES') return `Port ${port} of ${host} may not be used: choose one above 1023 with ${option}.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this computer.`;
  return `The server cannot listen on ${host}, port ${port}: ${message}`;
}

/** Calls `close` on the first SIGTERM or SIGINT. */
export function stopOnSignal(close: () => Promise<void>): void {
  const stop = (): void => {
    // Once only: a second signal ends the process at once, as signals do.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
    void close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}
