/** Whose a file is: what another program wrote is left as it is. */
import { closeSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MeterError } from '../meterStore';
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
  // One look at all of it: another process may just be beginning the file.
  database.exec('BEGIN');
  try {
    checkAll(database, file);
  } finally {
    database.exec('ROLLBACK');
  }
}

function checkAll(database: DatabaseSync, file: string): void {
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
  if (!isOurs(schemaOf(database), version)) {
    throw new MeterError(
      'foreign',
      `${file} has other tables, indexes or triggers than Flowmeter makes, which may be meant to do harm: choose another file.`,
    );
  }
}

interface SchemaEntry {
  readonly type: string;
  readonly table: string;
  /** Without blanks and quotes, which SQLite sets in its own way where it changes a table. */
  readonly sql: string;
}

/** Entries that SQLite makes by itself for a table have no text. */
function schemaOf(database: DatabaseSync): readonly SchemaEntry[] {
  return database
    .prepare('SELECT type, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL')
    .all()
    .map(({ type, tbl_name, sql }) => ({
      type: type as string,
      table: (tbl_name as string).toLowerCase(),
      sql: (sql as string).replace(/[\s"]/g, ''),
    }));
}

/**
 * Whether all is there that a file of that version has, as it was made, and nothing that SQLite would run along with what
 * is read and written. Other tables and views, which somebody may have added for questions of their own, are left alone.
 */
function isOurs(schema: readonly SchemaEntry[], version: number): boolean {
  const made = new DatabaseSync(':memory:');
  try {
    for (const migration of migrations.slice(0, version)) made.exec(migration);
    const ours = schemaOf(made);
    const texts = new Set(ours.map(({ sql }) => sql));
    const tables = new Set(ours.map(({ table }) => table));
    const found = new Set(schema.map(({ sql }) => sql));
    const isHarmless = ({ type, table, sql }: SchemaEntry): boolean =>
      texts.has(sql) || (type !== 'trigger' && !tables.has(table));
    return [...texts].every((sql) => found.has(sql)) && schema.every(isHarmless);
  } finally {
    made.close();
  }
}

export function pragma(database: DatabaseSync, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()![name] as number;
}
