import { FileSystemError, Uri, workspace, type Memento } from 'vscode';
import { meterFolder, secretIdsFolder, secretIdsKey } from '../../ids';

interface Exceptions {
  /** The notes of secrets. */
  readonly exceptSecretIds: boolean;
  /** The files of a meter that goes on. */
  readonly exceptMeter: boolean;
}

/** Data on this computer besides settings and secrets: the extension's memento and its files. */
export interface StoredData {
  readonly mementos: readonly Memento[];
  /** Undefined where no folder is open. */
  readonly folders: readonly (Uri | undefined)[];
  /** Everything that would write again later. */
  readonly writers: readonly { settle(): void | Promise<void> }[];
}

/** Deletes all but what is excepted. Rejects with the file system's own error where another file stays. */
export async function deleteStoredData(
  { mementos, folders, writers }: StoredData,
  { exceptSecretIds, exceptMeter }: Exceptions,
): Promise<void> {
  const kept = [...(exceptSecretIds ? [secretIdsFolder] : []), ...(exceptMeter ? [meterFolder] : [])];
  for (const writer of writers) await writer.settle();
  for (const memento of mementos) {
    for (const key of memento.keys()) {
      if (!(exceptSecretIds && key === secretIdsKey)) await memento.update(key, undefined);
    }
  }
  for (const folder of folders) {
    if (!folder) continue;
    if (kept.length > 0) await removeInside(folder, kept);
    else await remove(folder);
  }
}

async function remove(folder: Uri): Promise<void> {
  try {
    await workspace.fs.delete(folder, { recursive: true, useTrash: false });
  } catch (thrown) {
    // The editor makes the folder only when something is written.
    if (!isMissing(thrown)) throw thrown;
  }
}

async function removeInside(folder: Uri, kept: readonly string[]): Promise<void> {
  const entries = await workspace.fs.readDirectory(folder).then(
    (all) => all,
    (thrown: unknown) => {
      if (isMissing(thrown)) return [];
      throw thrown;
    },
  );
  for (const [name] of entries) if (!kept.includes(name)) await remove(Uri.joinPath(folder, name));
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof FileSystemError && thrown.code === 'FileNotFound';
}
