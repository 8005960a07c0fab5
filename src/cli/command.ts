/** What every command of the command line is made of. */

export interface Command {
  /** The first word after the program's name. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Printed for `NAME --help`. */
  readonly help: string;
  /** Gets what follows the name; rejects with a `UsageError` or a `StartError`. */
  run(args: readonly string[]): Promise<void>;
}

/** A mistake in the arguments; the message names the argument and what is allowed. */
export class UsageError extends Error {}

/** Something in the surroundings that keeps the program from running, told in one line. */
export class StartError extends Error {}

/** Reads a whole number from `least` to `most`; throws `UsageError`. */
export function wholeNumber(name: string, text: string, most: number, least = 0): number {
  const number = Number(text);
  if (!/^\d{1,10}$/.test(text) || number < least || number > most) {
    throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
  }
  return number;
}

/** The name of a file of measurements; throws `UsageError` where it looks like a slip of the pen, which shall not become a file. */
export function storeFile(text: string): string {
  if (!/[./\\]/.test(text)) {
    throw new UsageError(`--store ${text}: write a file with a dot or a slash in its name, such as meter.db.`);
  }
  return text;
}
