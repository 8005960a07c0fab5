import { FileSystemError, workspace, type Memento, type Uri } from 'vscode';

/** What Flowmeter keeps on this computer besides settings and secrets: the editor's memory for it, and its files. */
export class OwnData {
  constructor(
    private readonly memories: readonly Memento[],
    /** Undefined where no folder is open. */
    private readonly folders: readonly (Uri | undefined)[],
    /** Whatever would write again later. */
    private readonly writers: readonly { settle(): void | Promise<void> }[],
  ) {}

  /** Deletes all but one note in memory. Rejects with the file system's own error where a file stays. */
  async deleteAll(keptKey: string): Promise<void> {
    for (const writer of this.writers) await writer.settle();
    for (const memory of this.memories) {
      for (const key of memory.keys()) if (key !== keptKey) await memory.update(key, undefined);
    }
    for (const folder of this.folders) if (folder) await remove(folder);
  }
}

async function remove(folder: Uri): Promise<void> {
  try {
    await workspace.fs.delete(folder, { recursive: true, useTrash: false });
  } catch (thrown) {
    // The editor makes the folder only when something is written.
    if (!(thrown instanceof FileSystemError && thrown.code === 'FileNotFound')) throw thrown;
  }
}
