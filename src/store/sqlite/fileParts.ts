/**
 * The files that make up a meter's file: SQLite keeps a journal (-wal) and its index (-shm) beside it. A process that has
 * them open goes on using them, whatever stands under their names later; so they are told apart by device and number.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Suffixes that SQLite adds to the name of the file. */
export const fileParts = ['', '-wal', '-shm'] as const;

/** Device and number of what stands there, links followed; undefined where there is nothing. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** The path of the file itself, there or not, whatever links lead to it: the journal lies beside it. */
export function placeOf(file: string): string {
  const folder = realpathSync(path.dirname(file));
  const place = path.join(folder, path.basename(file));
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? placeOf(path.resolve(folder, readlinkSync(place))) : place;
}

/** Nothing was ever written there: what stands beside it under the names of its parts belonged to another file. */
export function isUnwritten(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}
