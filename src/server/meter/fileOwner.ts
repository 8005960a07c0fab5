/** Whose a file is: what another program wrote is left as it is. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { MeterError } from './meterStore';
import { applicationId, migrations } from './schema';

/** With what every file begins that SQLite wrote. */
const sqliteHeader = Buffer.from('SQLite format 3\0', 'latin1');
/** A file that SQLite cannot have written is somebody's whose name was given by mistake: it stays as it is. */
export function checkHeader(file: string): void {
  const start = startOf(file);
  if (start.length === 0 || start.equals(sqliteHeader)) return;
  throw new MeterError(
    'foreign',
    `${file} is no SQLite database, so it is left as it is: choose a meter's file, an empty one or a new name, or move this one away.`,
  );
}

/** As many bytes as SQLite's header has; fewer where the file is shorter, none where it is gone. */
function startOf(file: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    // Another process may just have set it aside.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const start = Buffer.alloc(sqliteHeader.length);
    return start.subarray(0, readSync(descriptor, start, 0, start.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** Looks before anything is changed: a file of another program, or of a newer version, stays as it is. */
export function checkOwner(database: DatabaseSync, file: string): void {
  const version = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()!.count as number;
  if (tables > 0 && pragma(database, 'application_id') !== applicationId) {
    throw new MeterError('foreign', `${file} is a database of another program: choose another file.`);
  }
  if (version > migrations.length) {
    throw new MeterError(
      'newer',
      `${file} was written by a newer Flowmeter (its version is ${version}, this one knows ${migrations.length}): use that one, or choose another file.`,
    );
  }
}

export function pragma(database: DatabaseSync, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()![name] as number;
}
