/** An open file of a meter, which goes on being open whatever becomes of its name. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { fileParts, identityOf, placeOf } from './fileParts';
import { BusyError } from './sqliteErrors';

/** The file is not the one under its name any more: nothing counts in it, and the same is to be done in the one that is. */
export class FileMovedError extends Error {
  override readonly name = 'FileMovedError';

  constructor() {
    super('it is moved away again and again');
  }
}

export class Connection {
  /** The path of the file itself, whatever links lead there. */
  readonly place: string;
  private readonly prepared = new Map<string, StatementSync>();
  /** The identities of the file and its journal when it was opened. */
  private readonly identities: readonly (string | undefined)[];
  /** Tells whether the file still has a name anywhere. */
  private readonly descriptor: number;
  private readonly hasNames: boolean;
  private closed = false;

  constructor(
    private readonly database: DatabaseSync,
    /** The name by which it was opened. */
    private readonly file: string,
    private readonly busyMs: number,
    /** Nothing was in it before. */
    readonly isBegun: boolean,
  ) {
    this.place = placeOf(file);
    this.identities = fileParts.map((part) => identityOf(this.place + part));
    this.descriptor = openSync(this.place, 'r');
    // Some file systems do not count the names of a file.
    this.hasNames = fstatSync(this.descriptor).nlink > 0;
  }

  /** Which file this is, whatever stands under its name later. */
  get identity(): string | undefined {
    return this.identities[0];
  }

  /** Throws a `FileMovedError` once another file, or none, stands under its name or beside it. */
  check(): void {
    if ((this.file !== this.place && this.isMoved()) || this.isTorn()) throw new FileMovedError();
  }

  /** True once another file, or none, stands under its name. */
  isMoved(): boolean {
    return identityOf(this.file) !== this.identity;
  }

  /** True once the file and its journal do not lie side by side any more, as SQLite would have to find them. */
  isTorn(): boolean {
    return !fileParts.every((part) => this.ownsName(part));
  }

  ownsName(part: (typeof fileParts)[number]): boolean {
    return identityOf(this.place + part) === this.identities[fileParts.indexOf(part)];
  }

  /** True where the file has no name any more: what is written to it is lost. */
  isDeleted(): boolean {
    return this.hasNames && fstatSync(this.descriptor).nlink === 0;
  }

  /** The statement of that text, prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.prepared.get(sql);
    if (!statement) this.prepared.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }

  /**
   * Runs `action` as one transaction that is on disk when this returns; whatever it throws undoes it. Throws a
   * `FileMovedError` where it is not in the file that has the name.
   */
  write<T>(action: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    let result: T;
    try {
      // Only now is it certain that nobody leaves this file before the commit: who does takes the same lock.
      this.check();
      result = action();
      this.database.exec('COMMIT');
    } catch (error) {
      try {
        this.database.exec('ROLLBACK');
      } catch {
        // SQLite has undone it already, as it does after some errors.
      }
      throw error;
    }
    if (this.isDeleted()) throw new FileMovedError();
    return result;
  }

  /** Brings what only the journal holds into the file and empties the journal; throws where others use it for too long. */
  checkpoint(waitMs: number): void {
    this.database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    try {
      const { busy } = this.statement('PRAGMA wal_checkpoint(TRUNCATE)').get()!;
      if (busy !== 0) throw new BusyError();
    } finally {
      this.database.exec(`PRAGMA busy_timeout = ${this.busyMs}`);
    }
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      this.database.close();
    } catch {
      // The connection is given up all the same.
    }
    // Last, since the system lets go of all locks on a file with any descriptor of it.
    closeSync(this.descriptor);
  }
}
