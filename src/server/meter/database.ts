/**
 * The meter's file: opened so that what is committed is on disk, brought to the present version, set aside where it is
 * damaged, and opened anew where it was moved away. Runs in the worker thread: everything here blocks.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync, renameSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { MeterError } from './meterStore';
import { applicationId, migrations } from './schema';
import { isBusy, isDamage, meterErrorOf } from './sqliteTrouble';
import { refuseOddFiles } from './unusable';

/** With what every file begins that SQLite wrote. */
const sqliteHeader = Buffer.from('SQLite format 3\0', 'latin1');
/** How long one step waits for other processes. */
const busyMs = 10_000;

export class Connection {
  private readonly prepared = new Map<string, StatementSync>();

  constructor(
    private readonly database: DatabaseSync,
    /** Which file this is, whatever stands under its name later. */
    readonly identity: string | undefined,
  ) {}

  /** The statement of that text, prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.prepared.get(sql);
    if (!statement) this.prepared.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }

  /** Runs `action` as one transaction that is on disk when this returns; whatever it throws undoes it. */
  write<T>(action: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.database.exec('ROLLBACK');
      } catch {
        // SQLite has undone it already, as it does after some errors.
      }
      throw error;
    }
  }

  close(): void {
    try {
      this.database.close();
    } catch {
      // What cannot be closed is let go all the same.
    }
  }
}

export class Database {
  private connection: Connection | undefined;

  constructor(
    readonly file: string,
    /** Told where a damaged file was moved to. */
    private readonly onSetAside: (place: string) => void,
  ) {}

  /** Runs `action` on the open file; throws a `MeterError`. A damaged file is set aside, and the new one asked. */
  use<T>(action: (connection: Connection) => T): T {
    for (let attempt = 0; ; attempt++) {
      let identity: string | undefined;
      try {
        const connection = this.open();
        identity = connection.identity;
        return action(connection);
      } catch (error) {
        if (isDamage(error) && attempt < 2) {
          this.close();
          // What was open before is the meter's, however it begins now; of anything else only the beginning can tell.
          if (identity === undefined) checkHeader(this.file);
          this.setAside(identity ?? identityOf(this.file));
          continue;
        }
        // Whatever a failed write left in SQLite's memory ends with the connection.
        if (!(error instanceof MeterError) && !isBusy(error)) this.close();
        throw meterErrorOf(error, this.file);
      }
    }
  }

  close(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private open(): Connection {
    // Another process may have set the file aside, a person may have deleted it: what is written there is lost.
    if (this.connection && this.connection.identity !== identityOf(this.file)) this.close();
    if (!this.connection) {
      refuseOddFiles(this.file);
      this.connection = connect(this.file);
    }
    return this.connection;
  }

  private setAside(identity: string | undefined): void {
    // Another process may have been faster; then a good file stands there already.
    if (identity === undefined || identity !== identityOf(this.file)) return;
    // SQLite keeps its journal beside the file itself, whatever link leads there.
    const file = realpathSync(this.file);
    const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    let place = `${file}.damaged-${stamp}`;
    for (let i = 2; existsSync(place); i++) place = `${file}.damaged-${stamp}-${i}`;
    try {
      // The file last: as soon as it is away another process may begin a new one, with a journal of the same name.
      for (const part of ['-shm', '-wal', '']) {
        if (existsSync(file + part)) renameSync(file + part, place + part);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process is doing the same.
      if (code === 'ENOENT') return;
      throw new MeterError('notWritable', `${this.file} is damaged and cannot be set aside (${code}).`);
    }
    this.onSetAside(place);
  }
}

/** Device and number of the file; undefined where there is none. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function connect(file: string): Connection {
  const database = new DatabaseSync(file);
  try {
    // The option of the constructor is newer than the oldest Node that this must run on.
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    checkOwner(database, file);
    patiently(() => database.exec('PRAGMA journal_mode = WAL'));
    // FULL: a commit has reached the disk, not only the system. The cache keeps the ids of a busy day at hand, and the
    // journal is long enough that the file itself is written seldom.
    database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -32768');
    database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432');
    migrate(database);
    return new Connection(database, identityOf(file));
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file that SQLite cannot have written is somebody's whose name was given by mistake: it stays as it is. */
function checkHeader(file: string): void {
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
function checkOwner(database: DatabaseSync, file: string): void {
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

function migrate(database: DatabaseSync): void {
  if (pragma(database, 'user_version') === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Of several processes that begin at once, one was first.
    for (let version = pragma(database, 'user_version'); version < migrations.length; version++) {
      database.exec(migrations[version]!);
      database.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${applicationId}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()![name] as number;
}

/** SQLite does not wait for others while it changes the kind of journal, so this does. */
function patiently(action: () => void): void {
  const deadline = Date.now() + busyMs;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
