/**
 * The last defence of a program that measures: an exception that nobody caught is logged, and the program goes on. Ending
 * it would take every flow along for the one request that was odd, and lose what waits to be written. What the program
 * keeps is made of counts and of events that are written whole, so that nothing half done is left behind in it.
 */
import { withoutDetails } from '../util/repeatedLines';

const maxTextLength = 1_000;
const maxSummaryLength = 200;

interface ExceptionLogOptions {
  /** Exceptions come in floods: those of one cause are alike. */
  readonly log: (line: string, cause: string) => void;
  /** Called with a few words about each exception. */
  readonly onException?: (summary: string) => void;
}

/**
 * From now on the process outlives exceptions and rejections that nobody caught. Returns what logs them, for those that
 * were caught and are no less unexpected.
 */
export function surviveExceptions(options: ExceptionLogOptions): (error: unknown) => void {
  const take = exceptionLogger(options);
  // Node brings rejections that nobody handles here too.
  process.on('uncaughtException', take);
  return take;
}

export function exceptionLogger({ log, onException }: ExceptionLogOptions): (error: unknown) => void {
  return (error) => {
    const text = textOf(error);
    // The first line of a stack is name and message.
    const summary = text.split(' at ', 1)[0]!.slice(0, maxSummaryLength);
    onException?.(summary);
    log(`unexpected error, going on all the same: ${text}`, `unexpected ${withoutDetails(summary)}`);
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
