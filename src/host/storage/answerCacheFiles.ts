import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from '../../domain/account';
import { readRegularFile } from '../../process/regularFile';
import { makePrivateFolder, privateFile } from '../../process/privateFiles';
import { accountKey } from '../../state/accountKey';
import { maxSavedBytes, packAccount, unpackAccount, type SavedAccount } from '../../state/savedAccount';

const extension = '.answers';
/** A file under way that is older than this was left by a window that ended in between, in milliseconds. */
const abandonedMs = 60 * 60_000;

/**
 * One file for each account. Windows write the same files: each write replaces a file as a whole, so that a reader
 * finds the old one or the new one and nothing in between.
 */
export class AnswerCacheFiles {
  /** Which state of each file this window has read or written. */
  private readonly seen = new Map<string, string>();

  constructor(private readonly folder: string) {}

  /** Undefined where there is nothing new, and where the file is damaged, none of ours, or of a newer Flowmeter. */
  async load(account: Account): Promise<SavedAccount | undefined> {
    const file = this.fileOf(account);
    const state = await stateOf(file);
    if (state === undefined || state.mark === this.seen.get(file)) return undefined;
    this.seen.set(file, state.mark);
    if (!state.isFile || state.bytes > 2 * maxSavedBytes) return undefined;
    return unpackAccount(account, await readRegularFile(file, 2 * maxSavedBytes));
  }

  async save(account: Account, saved: SavedAccount): Promise<void> {
    const file = this.fileOf(account);
    const underWay = `${file}.${randomUUID()}`;
    await makePrivateFolder(this.folder);
    try {
      await writeFile(underWay, await packAccount(account, saved), { mode: privateFile });
      const state = await stateOf(underWay);
      await rename(underWay, file);
      if (state) this.seen.set(file, state.mark);
    } catch (thrown) {
      await rm(underWay, { force: true });
      throw thrown;
    }
  }

  /** Removes the files of all other accounts, and what windows left that ended while they wrote. */
  async retainOnly(accounts: readonly Account[], now: number): Promise<void> {
    const kept = new Set(accounts.map((account) => path.basename(this.fileOf(account))));
    for (const name of await namesIn(this.folder)) {
      const file = path.join(this.folder, name);
      if (kept.has(name)) continue;
      const state = name.endsWith(extension) ? undefined : await stateOf(file);
      if (name.endsWith(extension) || (state && now - state.modifiedAt > abandonedMs)) await rm(file, { force: true });
    }
  }

  private fileOf(account: Account): string {
    // Names of accounts are a person's own words and no file names.
    const name = createHash('sha256').update(accountKey(account)).digest('hex').slice(0, 32);
    return path.join(this.folder, `${name}${extension}`);
  }
}

interface FileState {
  readonly mark: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  /** False for a folder, and for a pipe or a device, which would be read without end. */
  readonly isFile: boolean;
}

/** Renaming keeps the mark: it tells one writing of a file from any other. */
async function stateOf(file: string): Promise<FileState | undefined> {
  try {
    const found = await stat(file);
    const { ino, size, mtimeMs } = found;
    return { mark: `${ino} ${size} ${mtimeMs}`, bytes: size, modifiedAt: mtimeMs, isFile: found.isFile() };
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
}
