/**
 * Lines of a log that somebody outside can bring about, as often as they like: the first of a cause is written at once, and
 * those that follow within a minute are counted and told in one line.
 */

interface RepeatedLinesOptions {
  readonly write: (line: string) => void;
  /** Calls back once; the function that is returned calls it off. A timer that keeps no program running unless told otherwise. */
  readonly after?: (ms: number, callback: () => void) => () => void;
}

interface Cause {
  /** The newest line of it. */
  line: string;
  /** Lines that were not written. */
  more: number;
  readonly stop: () => void;
}

const minuteMs = 60_000;
/** Lines of still more causes at once are taken for lines of one. */
const maxCauses = 1_000;
const otherCauses = 'others';
const maxCauseLength = 200;

export class RepeatedLines {
  private readonly causes = new Map<string, Cause>();

  constructor(private readonly options: RepeatedLinesOptions) {}

  /** Lines of one cause may differ in details; without a cause of its own a line is only like its equals. */
  readonly add = (line: string, cause = line): void => {
    const key = cause.slice(0, maxCauseLength);
    const known = this.causes.get(key) ?? (this.causes.size < maxCauses ? undefined : this.causes.get(otherCauses));
    if (known) {
      known.line = line;
      known.more++;
      return;
    }
    this.options.write(line);
    this.begin(this.causes.size < maxCauses ? key : otherCauses, line);
  };

  /** Tells what was counted and not told yet. */
  close(): void {
    const causes = [...this.causes.values()];
    this.causes.clear();
    for (const { line, more, stop } of causes) {
      stop();
      if (more > 0) this.options.write(`${more} more like this before the end: ${line}`);
    }
  }

  private begin(key: string, line: string): void {
    const { after = unrefTimer } = this.options;
    this.causes.set(key, { line, more: 0, stop: after(minuteMs, () => this.writeRest(key)) });
  }

  private writeRest(key: string): void {
    const { line, more } = this.causes.get(key)!;
    this.causes.delete(key);
    if (more === 0) return;
    this.begin(key, line);
    this.options.write(`${more} more like this in the last minute: ${line}`);
  }
}

/** A line as the cause of all that differ from it in numbers and quoted words only. */
export function withoutDetails(line: string): string {
  return line.replace(/"[^"]*"|\d+/g, '…');
}

function unrefTimer(ms: number, callback: () => void): () => void {
  const timer: unknown = setTimeout(callback, ms);
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
}
