import { FileSystemError, Uri, workspace, type Memento } from 'vscode';
import { secretIdsFolder, secretIdsKey } from '../ids';

/** What Flowmeter keeps on this computer besides settings and secrets: the editor's memory for it, and its files. */
export class OwnData {
  constructor(
    private readonly memories: readonly Memento[],
    /** Undefined where no folder is open. */
    private readonly folders: readonly (Uri | undefined)[],
    /** Whatever would write again later. */
    private readonly writers: readonly { settle(): void | Promise<void> }[],
  ) {}

  /** Deletes all, on demand without the notes of secrets. Rejects with the file system's own error where a file stays. */
  async deleteAll({ exceptSecretIds }: { readonly exceptSecretIds: boolean }): Promise<void> {
    for (const writer of this.writers) await writer.settle();
    for (const memory of this.memories) {
      for (const key of memory.keys()) {
        if (!(exceptSecretIds && key === secretIdsKey)) await memory.update(key, undefined);
      }
    }
    for (const folder of this.folders) {
      if (!folder) continue;
      if (exceptSecretIds) await removeInside(folder, secretIdsFolder);
      else await remove(folder);
    }
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

async function removeInside(folder: Uri, kept: string): Promise<void> {
  const entries = await workspace.fs.readDirectory(folder).then(
    (all) => all,
    (thrown: unknown) => {
      if (isMissing(thrown)) return [];
      throw thrown;
    },
  );
  for (const [name] of entries) if (name !== kept) await remove(Uri.joinPath(folder, name));
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof FileSystemError && thrown.code === 'FileNotFound';
}
