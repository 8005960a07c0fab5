/**
 * The parts of a command. Messages never repeat an argument, because a secret may stand where it
 * does not belong: mistakes are told by the option's name or the argument's place, and a name of a file where one is there.
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';

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
    throw new UsageError(`${name} must be a whole number from ${least} to ${most}.`);
  }
  return number;
}

/** False for what looks like a slip of the pen, which shall not become a file. */
export function isStoreName(text: string): boolean {
  return /[./\\]/.test(text);
}

/** The name of a file of measurements; throws `UsageError` where it looks like a slip of the pen, which shall not become a file. */
export function storeFile(text: string): string {
  if (!isStoreName(text)) {
    throw new UsageError('--store must be a file with a dot or a slash in its name, such as meter.db.');
  }
  return text;
}

/** The error for arguments that `parseArgs` refuses; Node's own message would repeat some of them. */
export function misreadArguments(
  error: unknown,
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  // It names an option that is known, and no value.
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return new UsageError(message.split('\n', 1)[0]!);
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const unknown = tokens.find((token) => token.kind === 'option' && !Object.hasOwn(options, token.name));
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown)
    return new UsageError(`${place(unknown.index)} is no option of this command.`);
  const word = tokens.find(({ kind }) => kind === 'positional');
  return new UsageError(`${word ? place(word.index) : 'An argument'} belongs to no option.`);
}

function place(index: number): string {
  return `Argument ${index + 1} behind the command`;
}

/** The name of a file in the middle of a sentence, or nothing where there is no such file: it may be no name at all. */
export function named(file: string): string {
  return isThere(file) ? `, ${file},` : '';
}

/** A message that names a file which is not there, with the option in its place. */
export function withoutName(message: string, file: string, option: string): string {
  const folder = path.dirname(file);
  const names: readonly (readonly [string, string])[] = [
    [path.resolve(file), option],
    [file, option],
    [path.resolve(folder), 'of that name'],
    [folder, 'of that name'],
  ];
  return names.reduce(
    (text, [name, instead]) => (isThere(name) ? text : text.replace(wholeName(name), () => instead)),
    message,
  );
}

/** The name where it is no part of another one, nor of a word. */
function wholeName(name: string): RegExp {
  const literal = name.replace(/[^A-Za-z0-9]/g, (mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`);
  return new RegExp(`(?<![\\w/.-])${literal}(?![\\w/])`, 'gu');
}

function isThere(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}
