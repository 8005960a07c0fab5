/** One process at a time begins a meter's file: two at once would give it two journals. */
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Runs `action` while no other process does the same for that file. The lock is one of SQLite's, on an empty file of its
 * own, since the system lets go of it with the process, however that ends. Waits for others as long as SQLite is told to.
 */
export function alone<T>(file: string, waitMs: number, action: () => T): T {
  const name = `${file}.begin`;
  for (;;) {
    const descriptor = openSync(name, 'a');
    const lock = new DatabaseSync(name);
    try {
      lock.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
      // The process before may have removed the name meanwhile: then others lock another file.
      if (fstatSync(descriptor).ino !== statSync(name, { throwIfNoEntry: false })?.ino) continue;
      try {
        return action();
      } finally {
        rmSync(name, { force: true });
      }
    } finally {
      lock.close();
      // Last, since the system lets go of all locks on a file with any descriptor of it.
      closeSync(descriptor);
    }
  }
}
