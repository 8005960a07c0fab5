/** One process at a time begins a meter's file: two at once would give it two journals. */
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { privateFile } from '../../process/privateFiles';
import { MeterError } from '../meterStore';
import { isDamage } from './sqliteErrors';

/**
 * Runs `action` while no other process does the same for that file. The lock is one of SQLite's, on an empty file of its
 * own, since the system lets go of it with the process, however that ends. Waits for others as long as SQLite is told to.
 */
export function withExclusiveLock<T>(file: string, waitMs: number, action: () => T): T {
  const name = `${file}.begin`;
  for (;;) {
    // Opening a named pipe could wait for ever.
    if (statSync(name, { throwIfNoEntry: false })?.isFile() === false) throw inTheWay(name);
    const descriptor = openSync(name, 'a', privateFile);
    const lock = new DatabaseSync(name);
    try {
      take(lock, name, waitMs);
      // The process before may have removed the name meanwhile: then others lock another file.
      if (fstatSync(descriptor).ino !== statSync(name, { throwIfNoEntry: false })?.ino) continue;
      try {
        return action();
      } finally {
        remove(name);
      }
    } finally {
      lock.close();
      // Last, since the system lets go of all locks on a file with any descriptor of it.
      closeSync(descriptor);
    }
  }
}

function take(lock: DatabaseSync, name: string, waitMs: number): void {
  try {
    lock.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
  } catch (error) {
    throw isDamage(error) ? inTheWay(name) : error;
  }
}

function remove(name: string): void {
  try {
    rmSync(name, { force: true });
  } catch {
    // Windows removes nothing that is open. Left there, it does no harm.
  }
}

function inTheWay(name: string): MeterError {
  return new MeterError(
    'unusable',
    `${name} is in the way: a meter's file is begun with the help of a file of that name. Move it away.`,
  );
}
