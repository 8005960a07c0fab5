/** How a program hears that it shall end. */

interface EndSignalOptions {
  /** The meaning of a closed terminal: the end, or nothing. */
  readonly hangUp: 'end' | 'ignore';
}

/** Ctrl+C, a supervisor, a closed terminal (told apart below), Ctrl+\, and Ctrl+Break on Windows. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK'] as const;
/** npm passes on a Ctrl+C that the terminal has told already: within this time it is the same one. */
const sameMs = 100;

/** Calls `end` on the first signal. A second one ends the process at once, as signals do. */
export function onEndSignal(end: () => void, { hangUp }: EndSignalOptions): void {
  let first: { readonly name: string; readonly at: number } | undefined;
  for (const name of endSignals) {
    process.on(name, () => {
      if (name === 'SIGHUP' && (hangUp === 'ignore' || first)) return;
      if (!first) {
        first = { name, at: performance.now() };
        return end();
      }
      if (first.name === name && performance.now() - first.at < sameMs) return;
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    });
  }
}
