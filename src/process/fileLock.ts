/** One process at a time changes a file that several share. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { privateFile } from './privateFiles';

/** A lock that stays the same for so long was left by a process that ended while it wrote, in milliseconds. */
const defaultAbandonedMs = 5_000;
const retryMs = 20;

/** Runs `act` while no other caller does for the same file, in whatever process. The folder has to be there. */
export async function withFileLock<T>(file: string, act: () => Promise<T>, abandonedMs?: number): Promise<T> {
  const lock = `${file}.lock`;
  const mark = randomUUID();
  await take(lock, mark, abandonedMs ?? defaultAbandonedMs);
  try {
    return await act();
  } finally {
    // Who was held up for too long has lost it to another.
    if ((await markOf(lock)) === mark) await rm(lock, { force: true });
  }
}

async function take(lock: string, mark: string, abandonedMs: number): Promise<void> {
  let holder: string | undefined;
  let seenSince = performance.now();
  for (;;) {
    try {
      await writeFile(lock, mark, { mode: privateFile, flag: 'wx' });
      return;
    } catch (thrown) {
      if (!isInTheWay(thrown)) throw thrown;
    }
    const current = await markOf(lock);
    if (current !== holder) {
      holder = current;
      seenSince = performance.now();
    } else if (performance.now() - seenSince > abandonedMs) await remove(lock);
    await delay(retryMs);
  }
}

/** One of those that wait removes it; the others find it gone. */
async function remove(lock: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  await rename(lock, aside).catch(() => undefined);
  await rm(aside, { force: true, recursive: true });
}

async function markOf(lock: string): Promise<string | undefined> {
  return await readFile(lock, 'utf8').catch(() => undefined);
}

/** Windows denies what is being deleted, for a moment. */
function isInTheWay(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'EEXIST' || (process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES'));
}
