/**
 * The last defence of a program that measures: an exception that nobody caught is logged, and the program goes on. Ending
 * it would take every flow along for the one request that was odd, and lose what waits to be written. What the program
 * keeps is made of counts and of events that are written whole, so that nothing half done is left behind in it.
 */

/** Exceptions come in floods: further ones of the same minute are only counted. */
const maxLinesPerMinute = 10;
const minuteMs = 60_000;
const maxTextLength = 1_000;
const maxSummaryLength = 200;

export interface LastDefenceOptions {
  readonly log: (line: string) => void;
  /** Told in a few words of each exception. */
  readonly onException?: (summary: string) => void;
  /** Milliseconds that only go forward. */
  readonly monotonic?: () => number;
}

/**
 * From now on the process outlives exceptions and rejections that nobody caught. Returns what logs them, for those that
 * were caught and are no less unexpected.
 */
export function goOnAfterExceptions(options: LastDefenceOptions): (error: unknown) => void {
  const take = exceptionLogger(options);
  // Node brings rejections that nobody handles here too.
  process.on('uncaughtException', take);
  return take;
}

export function exceptionLogger(options: LastDefenceOptions): (error: unknown) => void {
  const { log, onException = ignore, monotonic = now } = options;
  let minuteBegan = -Infinity;
  let lines = 0;
  let unlogged = 0;
  return (error) => {
    const text = textOf(error);
    // The first line of a stack is name and message.
    onException(text.split(' at ', 1)[0]!.slice(0, maxSummaryLength));
    const present = monotonic();
    if (present - minuteBegan >= minuteMs) {
      if (unlogged > 0) log(`${unlogged} further unexpected errors came in the minute before`);
      minuteBegan = present;
      lines = 0;
      unlogged = 0;
    }
    if (lines++ < maxLinesPerMinute) log(`unexpected error, going on all the same: ${text}`);
    else unlogged++;
  };
}

/** Any value can be thrown, also one that cannot be written down. */
export function textOf(error: unknown): string {
  try {
    const text = error instanceof Error && error.stack ? error.stack : String(error);
    return text.replace(/\s+/g, ' ').slice(0, maxTextLength);
  } catch {
    return 'something that cannot be written down';
  }
}

function now(): number {
  return performance.now();
}

function ignore(): void {}
