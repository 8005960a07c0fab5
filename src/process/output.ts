/**
 * The lines of a program on stdout and stderr. A reader that is gone, that stands still, or whose disk is full neither
 * ends the program nor holds it up.
 */
import type { Writable } from 'node:stream';

/** A reader that stands still leaves at most so much text in the memory; later lines are left out. */
const maxUnreadBytes = 256 * 1024;

/** Both are attended to once, since a stream without a listener for `error` ends the process. */
const withErrorListener = new WeakSet<Writable>();
let leftOut = 0;

/** Writes text as it is on stdout: what a command was asked for. */
export function print(text: string): void {
  write('stdout', text);
}

/** Writes one line on stderr: what a person should know. */
export function log(line: string): void {
  const note = leftOut === 0 ? '' : `flowmeter: ${leftOut} lines were left out, since nobody read them\n`;
  if (write('stderr', `${note}flowmeter: ${oneLine(line)}\n`)) leftOut = 0;
  else leftOut++;
}

/** Writes a question on stderr, and leaves the cursor behind it. */
export function prompt(text: string): void {
  write('stderr', text);
}

/** Resolves when everything is written, cannot be written, or was not read in time. */
export async function outputWritten(limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  const written = (['stdout', 'stderr'] as const).map(
    (name) => new Promise<void>((resolve) => write(name, '', resolve) || resolve()),
  );
  await Promise.race([Promise.all(written), limit]);
  clearTimeout(timer);
}

/** False where the text is left out. */
function write(name: 'stdout' | 'stderr', text: string, done: () => void = ignore): boolean {
  try {
    const stream: Writable = process[name];
    if (!withErrorListener.has(stream)) {
      withErrorListener.add(stream);
      stream.on('error', ignore);
    }
    if (stream.destroyed || stream.writableLength > maxUnreadBytes) return false;
    stream.write(text, done);
    return true;
  } catch {
    // Files are written in place, and a full disk may be told by an exception.
    return false;
  }
}

/** A line stays one line, and what comes from outside moves no cursor. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

function ignore(): void {}
