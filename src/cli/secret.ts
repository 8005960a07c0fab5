/** Secrets of a command: from files or typed in unseen, never from its arguments, which other programs can read. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { prompt } from '../process/output';
import { StartError } from './command';

/** The one word in a file; `what` is said where it is not that. Throws a `StartError`, which holds nothing of the file. */
export function readSecret(file: string, what: string): string {
  const text = readFilled(file, what).trim();
  if (/\s/.test(text)) {
    throw new StartError(
      `The file with the ${what}, ${file}, must hold the ${what} alone on one line, without spaces.`,
    );
  }
  return text;
}

/** The text of a file without the line break at its end, such as a passphrase, which may hold spaces. Throws `StartError`. */
export function readFilled(file: string, what: string): string {
  const text = readText(file, what).replace(/\r?\n$/, '');
  if (text.trim() === '') throw new StartError(`The file with the ${what}, ${file}, is empty.`);
  return text;
}

/** Throws a `StartError` that names the file, and what should be in it. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`The file with the ${what}, ${file}, cannot be read (${code}).`);
  }
}

/** Asks on the terminal; what is typed is not shown. Rejects with a `StartError` where nobody sits there. */
export function askUnseen(question: string, insteadOf: string): Promise<string> {
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
