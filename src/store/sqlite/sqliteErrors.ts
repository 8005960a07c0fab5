/** The meaning of SQLite's error codes for a meter. */
import { MeterError } from '../meterStore';
import { openFailure } from './openFailure';

/** SQLite's primary result codes. */
const codes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
};

/** Another process holds a lock, which SQLite reports in a row rather than as an error. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  readonly errcode = codes.busy;
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  // Extended codes carry the primary one in their lowest byte.
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** True where the file's content cannot be what SQLite wrote. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === codes.corrupt || code === codes.notADatabase;
}

/** True where a later attempt may find the file free. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === codes.busy || code === codes.locked;
}

/** The error as a `MeterError`; those that are one stay as they are. */
export function meterErrorOf(error: unknown, file: string): MeterError {
  if (error instanceof MeterError) return error;
  // The system's own word on a file, from before SQLite was asked.
  if (typeof (error as NodeJS.ErrnoException).errno === 'number') {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      return new MeterError('notWritable', `${file} cannot grow: the disk is full.`);
    return ['EMFILE', 'ENFILE', 'EIO'].includes(code!)
      ? new MeterError('notWritable', `${file} cannot be read or written: ${message}.`)
      : openFailure(file);
  }
  // Beyond 2^53 for the reader; beyond 2^63 in a sum, or in a column of a table that is strict.
  if (
    (error as NodeJS.ErrnoException).code === 'ERR_OUT_OF_RANGE' ||
    /integer overflow/.test(String(error)) ||
    codeOf(error) === codes.constraint
  ) {
    return new MeterError('tooLarge', `${file} has a counter that is too large: ${(error as Error).message}.`);
  }
  switch (codeOf(error) ?? 0) {
    case codes.busy:
    case codes.locked:
      return new MeterError('busy', `${file} is held by another process for too long.`);
    case codes.full:
      return new MeterError('notWritable', `${file} cannot grow: the disk is full.`);
    case codes.readOnly:
      return new MeterError('notWritable', `${file} cannot be written to: it or its folder is read-only.`);
    case codes.ioError:
      return new MeterError('notWritable', `${file} cannot be read or written: ${(error as Error).message}.`);
    case codes.cannotOpen:
      return openFailure(file);
    default:
      return new MeterError('failed', `${file} cannot be used: ${(error as Error).message}.`);
  }
}
