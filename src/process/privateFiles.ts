/** Files and folders that are for one user alone: what is measured, asked or kept is not for others of the same computer. */
import { randomBytes } from 'node:crypto';
import { chmodSync, statSync, type Stats } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Modes of what is made here, whatever the umask allows. */
export const privateFile = 0o600;
const privateFolder = 0o700;

const anyOther = 0o077;
const writableByOthers = 0o022;
const readableByOthers = 0o044;

export type Closing =
  /** It was for its owner alone, or it is not there. */
  | 'private'
  /** It was open to others, and is no longer. */
  | 'closed'
  /** It is open to others, and another user's. */
  | 'foreign'
  /** It is open to others, and its file system keeps it so. */
  | 'open';

/** Takes from others what they may do with a file or folder of ours; never throws. */
export function closeToOthers(file: string): Closing {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found || !isOpenTo(found, anyOther)) return 'private';
    if (!isOwn(found)) return 'foreign';
    chmodSync(file, found.mode & privateFolder);
    // Some file systems take every mode and keep their own.
    return isOpenTo(statSync(file), anyOther) ? 'open' : 'closed';
  } catch {
    return 'open';
  }
}

/** Makes a folder, where there is none, and closes it to others. */
export async function makePrivateFolder(folder: string): Promise<Closing> {
  await mkdir(folder, { recursive: true, mode: privateFolder });
  return closeToOthers(folder);
}

/** Writes a file in a folder that is there, so that a reader finds the old content or the new one, never a part. */
export async function replacePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: privateFile, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The same in a folder that is made where there is none. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: privateFolder });
  await replacePrivateFile(file, content);
}

/** Whether other users may write what was found. */
export function isWritableByOthers(found: Stats): boolean {
  return isOpenTo(found, writableByOthers);
}

/** Whether other users may read what was found, and this one could forbid it. */
export function isReadableByOthers(found: Stats): boolean {
  return isOpenTo(found, readableByOthers) && isOwn(found);
}

/** The mode as `chmod` takes it. */
export function modeOf({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** Windows keeps rights in another way, which modes do not tell. */
function isOpenTo({ mode }: Stats, bits: number): boolean {
  return process.platform !== 'win32' && (mode & bits) !== 0;
}

function isOwn({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}
