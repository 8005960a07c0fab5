/** Secrets of a command: from files or typed in unseen, never from its arguments, which other programs can read. */
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { log, prompt } from '../process/output';
import { isReadableByOthers, isWritableByOthers, modeOf } from '../process/privateFiles';
import { named, StartError } from './command';

/** The one word in a file; `what` is said where it is not that. Throws a `StartError`, which holds nothing of the file. */
export function readSecret(file: string, what: string): string {
  const text = readFilled(file, what).trim();
  if (text === '') throw new StartError(`The file with the ${what}${named(file)} is empty.`);
  if (/\s/.test(text)) {
    throw new StartError(
      `The file with the ${what}${named(file)} must hold the ${what} alone on one line, without spaces.`,
    );
  }
  return text;
}

/**
 * The secret in a file as it stands there, without the line break at its end: a passphrase may begin and end with spaces.
 * Throws `StartError`.
 */
export function readFilled(file: string, what: string): string {
  const text = readSecretText(file, what, always).replace(/\r?\n$/, '');
  if (text === '') throw new StartError(`The file with the ${what}${named(file)} is empty.`);
  return text;
}

/**
 * Throws a `StartError` that names the file, and what should be in it. Where `isSecret` says so of its text, a file that
 * other users may write is refused, and one that they may read is told of.
 */
export function readSecretText(file: string, what: string, isSecret: (text: string) => boolean): string {
  let found: Stats;
  let text: string;
  try {
    const descriptor = openSync(file, 'r');
    try {
      found = fstatSync(descriptor);
      text = readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`The file with the ${what}${named(file)} cannot be read (${code}).`);
  }
  // A pipe is read by one only. What a container mounts is often readable by all within it, and root's.
  if (found.isFile() && isSecret(text)) checkRights(found, file, what);
  return text;
}

function checkRights(found: Stats, file: string, what: string): void {
  const mode = modeOf(found);
  if (isWritableByOthers(found)) {
    throw new StartError(
      `The file with the ${what}${named(file)} can be written by other users (mode ${mode}), so that it may be theirs: ` +
        `it is not used. Look into it, then close it: chmod 600 ${file}`,
    );
  }
  if (isReadableByOthers(found)) {
    log(`the file with the ${what}, ${file}, can be read by other users (mode ${mode}); close it: chmod 600 ${file}`);
  }
}

function always(): boolean {
  return true;
}

/** Asks on the terminal; what is typed is not shown. Rejects with a `StartError` where nobody sits there. */
export function promptHidden(question: string, insteadOf: string): Promise<string> {
  if (!process.stdin.isTTY) {
    return Promise.reject(new StartError(`${question} cannot be asked here: give ${insteadOf}.`));
  }
  return new Promise((resolve, reject) => {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    let answered = false;
    prompt(`${question}: `);
    lines.question('', (answer) => {
      answered = true;
      lines.close();
      resolve(answer);
    });
    // Also told on Ctrl+C and at the end of the input.
    lines.on('close', () => {
      prompt('\n');
      if (!answered) reject(new StartError(`${question} was not given.`));
    });
  });
}
