/**
 * The meter's file: opened so that what is committed is on disk, brought to the present version, set aside where it is
 * damaged, and begun anew where it was moved away. Runs in the worker thread: everything here blocks.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { closeToOthers, privateFile, type Closing } from '../../process/privateFiles';
import { withExclusiveLock } from './exclusiveLock';
import { Connection, FileMovedError } from './connection';
import { fileParts, identityOf, isUnwritten, placeOf } from './fileParts';
import { checkHeader, checkOwner, pragma } from './fileOwner';
import { MeterError } from '../meterStore';
import { applicationId, migrations } from './schema';
import { isBusy, isDamage, meterErrorOf } from './sqliteErrors';
import { refuseSpecialFiles } from './openFailure';

/** How long one step waits for other processes. */
const busyMs = 10_000;
/** A file that is moved away again each time is not followed for ever. */
const maxAttempts = 5;

interface DatabaseOptions {
  readonly setsAside: boolean;
  /** A damaged file was moved there. */
  readonly onQuarantine: (place: string) => void;
  /** Called with a sentence for a person about the file. */
  readonly onNotice: (text: string) => void;
  /** Before anything else is asked of a file that was not open before: the first one, or another under its name. */
  readonly onOpened: (connection: Connection) => void;
}

interface DetachedFile {
  readonly connection: Connection;
  readonly reason: 'deleted' | 'moved away' | 'journal';
}

export class Database {
  private connection: Connection | undefined;
  /** Which file was open last. */
  private lastIdentity: string | undefined;
  /** The file that was open before, until there is another one. */
  private detached: DetachedFile | undefined;

  constructor(
    readonly file: string,
    private readonly options: DatabaseOptions,
  ) {}

  /** Runs `action` on the open file; throws a `MeterError`. A damaged file may be set aside, and the new one asked. */
  use<T>(action: (connection: Connection) => T): T {
    let damages = 0;
    for (let attempt = 1; ; attempt++) {
      let identity: string | undefined;
      try {
        const connection = this.open();
        identity = connection.identity;
        return action(connection);
      } catch (error) {
        if (isMove(error) && attempt < maxAttempts) {
          this.detach();
          continue;
        }
        if (isDamage(error) && damages++ < 2) {
          this.close();
          // A file that was open before is the meter's, however it begins now; of any other only the beginning can tell.
          if (identity === undefined) checkHeader(this.file);
          if (!this.options.setsAside) {
            throw new MeterError('failed', `${this.file} is damaged: ${(error as Error).message}.`);
          }
          this.quarantine(identity ?? identityOf(this.file));
          continue;
        }
        // The rest of a failed write in SQLite's memory ends with the connection.
        if (!(error instanceof MeterError) && !isBusy(error)) this.close();
        throw meterErrorOf(error, this.file);
      }
    }
  }

  close(): void {
    const { connection } = this;
    try {
      // SQLite leaves in the journal what a file lacks that was moved, and nobody would find it there.
      if (connection && (connection.isMoved() || connection.isTorn())) this.detach();
      const { detached } = this;
      // One that was left before may still wait for another in its place, which is reported once it is there.
      if (detached && !detached.connection.isClosed)
        withExclusiveLock(detached.connection.place, busyMs, () => this.releaseDetached(detached));
    } catch {
      // Its folder is gone, or nothing can be made there: nobody begins a file in its place meanwhile.
      if (this.detached) checkpointDetached(this.detached);
    }
    connection?.close();
    this.detached?.connection.close();
    this.connection = undefined;
  }

  private open(): Connection {
    // Writes check more than this.
    if (this.connection && !this.connection.isMoved()) return this.connection;
    this.detach();
    const connection = this.connect();
    try {
      if (connection.identity !== this.lastIdentity) {
        this.closeToOtherUsers(connection);
        this.options.onOpened(connection);
      }
    } catch (error) {
      connection.close();
      throw error;
    }
    this.lastIdentity = connection.identity;
    return (this.connection = connection);
  }

  /** Measurements are for their owner alone, whichever program made the file. */
  private closeToOtherUsers({ place }: Connection): void {
    const [closing] = fileParts.map((part) => closeToOthers(place + part));
    const text = closingTexts[closing!];
    if (text !== undefined) this.options.onNotice(`${this.file} ${text}`);
  }

  /** The file stays open until its journal has lost its name: numbers of closed files are given to new ones. */
  private detach(): void {
    const connection = this.connection;
    if (!connection) return;
    const reason = connection.isDeleted() ? 'deleted' : connection.isMoved() ? 'moved away' : 'journal';
    this.connection = undefined;
    this.detached = { connection, reason };
    if (reason !== 'journal') this.lastIdentity = undefined;
  }

  private connect(): Connection {
    refuseSpecialFiles(this.file);
    // SQLite takes a relative name such as "file:x.db" for an address.
    const file = path.resolve(this.file);
    const { detached } = this;
    if (!detached && !isUnwritten(file)) return connect(file);
    return withExclusiveLock(placeOf(file), busyMs, () => {
      if (detached) this.releaseDetached(detached);
      if (isUnwritten(file)) this.removeStaleJournal(placeOf(file));
      const connection = connect(file);
      if (detached) this.options.onNotice(this.noticeOf(detached.reason, connection.isBegun));
      this.detached = undefined;
      return connection;
    });
  }

  private noticeOf(reason: DetachedFile['reason'], isNew: boolean): string {
    if (reason === 'journal') return `The journal of ${this.file} was moved away or deleted: it was begun anew.`;
    const then = isNew ? 'a new file was begun' : 'the file that is there now is used';
    const rest = reason === 'deleted' ? '' : ' What was measured until then is in the file that was moved.';
    return `${this.file} was ${reason} while it was in use: ${then}.${rest}`;
  }

  /** The journal of a file that was left loses its name, since the next file would believe it. */
  private releaseDetached(detached: DetachedFile): void {
    const { connection } = detached;
    if (connection.isClosed) return;
    checkpointDetached(detached);
    if (connection.isTorn()) {
      if (connection.ownsName('-wal')) this.quarantineJournal(connection.place);
      if (connection.ownsName('-shm')) rmSync(`${connection.place}-shm`, { force: true });
    }
    connection.close();
  }

  /** The same where nobody knows whose the journal was: its process has died. */
  private removeStaleJournal(place: string): void {
    this.quarantineJournal(place);
    rmSync(`${place}-shm`, { force: true });
  }

  private quarantineJournal(place: string): void {
    const journal = `${place}-wal`;
    if (isUnwritten(journal)) return rmSync(journal, { force: true });
    const aside = freeName(`${journal}.left-${stamp()}`);
    renameSync(journal, aside);
    closeToOthers(aside);
    this.options.onNotice(
      `${journal} holds the newest measurements of a file that was moved away or deleted: it was set aside as ${aside}. To have them, stop Flowmeter and give it the name that this file has now, with -wal at its end; else delete it.`,
    );
  }

  private quarantine(identity: string | undefined): void {
    // SQLite keeps its journal beside the file itself, whatever link leads there.
    const file = placeOf(path.resolve(this.file));
    const place = withExclusiveLock(file, busyMs, () => {
      // Another process may have been faster; then a good file stands there already.
      if (identity === undefined || identity !== identityOf(file)) return undefined;
      const aside = freeName(`${file}.damaged-${stamp()}`);
      try {
        for (const part of fileParts.toReversed()) {
          if (!existsSync(file + part)) continue;
          renameSync(file + part, aside + part);
          closeToOthers(aside + part);
        }
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new MeterError('notWritable', `${this.file} is damaged and cannot be set aside (${code}).`);
      }
      return aside;
    });
    if (place !== undefined) this.options.onQuarantine(place);
  }
}

/** Acknowledged events go into the file, wherever that is now, since its journal would not be found there. */
function checkpointDetached({ connection, reason }: DetachedFile): void {
  if (connection.isClosed) return;
  try {
    // Another process may be doing the same.
    if (reason !== 'deleted') retryWhileBusy(() => connection.checkpoint(busyMs));
  } catch {
    // The rest of the journal is set aside with it.
  }
}

const closingTexts: Readonly<Partial<Record<Closing, string>>> = {
  closed: 'was open to other users of this computer: it is for its owner alone now (mode 0600).',
  foreign: 'is open to other users of this computer, and belongs to another one: its owner can close it (chmod 600).',
  open: 'is open to other users of this computer, and its mode cannot be changed: keep it in a folder that is closed to them.',
};

/** True where a name was lost between two steps: the next attempt finds what is there now. */
function isMove(error: unknown): boolean {
  return error instanceof FileMovedError || (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** The time as it can stand in the name of a file. */
function stamp(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, '');
}

function freeName(name: string): string {
  let free = name;
  for (let i = 2; existsSync(free); i++) free = `${name}-${i}`;
  return free;
}

function connect(file: string): Connection {
  makePrivate(placeOf(file));
  const before = identityOf(file);
  const connection = openAt(file);
  if (before === connection.identity) return connection;
  connection.close();
  throw new FileMovedError();
}

/** SQLite would let everybody read a file that it makes; its journal takes over the mode of the file. */
function makePrivate(place: string): void {
  if (!existsSync(place)) closeSync(openSync(place, 'a', privateFile));
}

function openAt(file: string): Connection {
  const database = new DatabaseSync(file);
  try {
    // The option of the constructor is newer than the oldest Node that this must run on.
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    checkOwner(database, file);
    retryWhileBusy(() => database.exec('PRAGMA journal_mode = WAL'));
    // FULL: a commit has reached the disk, not only the system. The cache keeps the ids of a busy day at hand, and the
    // journal is long enough that the file itself is written seldom.
    database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -32768');
    database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432');
    const isBegun = migrate(database);
    return new Connection(database, file, busyMs, isBegun);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** True where the file held nothing before: what was seen under its name may have been another one. */
function migrate(database: DatabaseSync): boolean {
  if (pragma(database, 'user_version') === migrations.length) return false;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Of several processes that begin at once, one was first.
    const found = pragma(database, 'user_version');
    for (let version = found; version < migrations.length; version++) {
      database.exec(migrations[version]!);
      database.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${applicationId}`);
    }
    database.exec('COMMIT');
    return found === 0;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite does not wait for others while it changes the kind of journal or empties it, so this does. */
function retryWhileBusy(action: () => void): void {
  const deadline = performance.now() + busyMs;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
