/** A whole copy of a meter's file, made while others may write to it. Runs in the worker thread: it blocks. */
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { privateFile } from '../../process/privateFiles';
import { checkHeader, checkOwner } from './fileOwner';
import { isUnwritten } from './fileParts';
import { MeterError } from '../meterStore';
import { isDamage, meterErrorOf } from './sqliteErrors';
import { refuseSpecialFiles } from './openFailure';

const busyMs = 10_000;

/** Returns the size of the copy. Throws a `MeterError`; then there is nothing under the name `to` that was not there before. */
export function backUp(file: string, to: string, draft: string): number {
  try {
    refuseSpecialFiles(file);
    if (isUnwritten(file)) throw new MeterError('unusable', `${file} cannot be backed up: there is nothing in it.`);
    checkHeader(file);
    refuseTarget(to);
  } catch (error) {
    throw meterErrorOf(error, file);
  }
  try {
    copyAll(file, draft);
    takeName(draft, to);
    return statSync(to).size;
  } catch (error) {
    if (error instanceof MeterError) throw error;
    if (isDamage(error)) {
      throw new MeterError('failed', `${file} is damaged, so it cannot be backed up: ${(error as Error).message}.`);
    }
    throw meterErrorOf(error, to);
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseTarget(to: string): void {
  const folder = path.dirname(to);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new MeterError('unusable', `${to} cannot be written: there is no folder ${folder}.`);
  }
  if (lstatSync(to, { throwIfNoEntry: false })) throw taken(to);
}

function taken(to: string): MeterError {
  return new MeterError('unusable', `${to} is there already, and a backup replaces nothing: choose a new name.`);
}

function copyAll(file: string, draft: string): void {
  const database = new DatabaseSync(path.resolve(file));
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    checkOwner(database, file);
    // SQLite takes an empty file, and would make one that everybody may read.
    closeSync(openSync(draft, 'wx', privateFile));
    // The copy has no journal, but all that is in that of the file; others go on writing meanwhile.
    database.prepare('VACUUM INTO ?').run(path.resolve(draft));
  } finally {
    database.close();
  }
  const descriptor = openSync(draft, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A second name cannot take the place of a file, as a new one would. */
function takeName(draft: string, to: string): void {
  try {
    linkSync(draft, to);
  } catch (error) {
    if (lstatSync(to, { throwIfNoEntry: false })) throw taken(to);
    // Some file systems give a file one name only.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code!)) {
      throw error;
    }
    renameSync(draft, to);
  }
}
