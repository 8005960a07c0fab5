import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Memento, SecretStorage } from 'vscode';
import { readRegularFile } from '../../process/regularFile';
import { makePrivateFolder, replacePrivateFile } from '../../process/privateFiles';
import { secretIdsKey } from '../../ids';

/** Newer editors list an extension's secrets themselves. */
type ListedSecrets = SecretStorage & { keys?(): Thenable<readonly string[]> };

/**
 * The ids of all secrets, never a secret. Secrets and accounts belong to all profiles of the editor while its memory belongs
 * to one, so ids are noted in files, which profiles share: one for each id, so that no window writes over another's note.
 */
export class SecretIds {
  private moving: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    /** Where earlier versions noted them; what stands there moves to the files. */
    private readonly memory: Memento,
    private readonly secrets: ListedSecrets,
  ) {}

  /** Notes, and what the editor lists itself. */
  async all(): Promise<readonly string[]> {
    await this.takeOver();
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const noted = await Promise.all(names.map((name) => readNote(path.join(this.folder, name))));
    return [...new Set([...noted.filter((id) => id !== undefined), ...(await this.listed())])];
  }

  async add(id: string): Promise<void> {
    await makePrivateFolder(this.folder);
    await replacePrivateFile(this.fileOf(id), JSON.stringify(id));
  }

  /** Forgets an id whose secret is gone. */
  async remove(id: string): Promise<void> {
    await rm(this.fileOf(id), { force: true });
  }

  /** Moves what this profile's memory holds to where all profiles find it. */
  takeOver(): Promise<void> {
    return (this.moving ??= this.move().finally(() => (this.moving = undefined)));
  }

  private async move(): Promise<void> {
    const ids = this.memory.get<unknown>(secretIdsKey, []);
    if (!Array.isArray(ids) || ids.length === 0) return;
    for (const id of ids) if (typeof id === 'string') await this.add(id);
    await this.memory.update(secretIdsKey, undefined);
  }

  /** An editor that cannot list them leaves the notes. */
  private async listed(): Promise<readonly string[]> {
    try {
      return (await this.secrets.keys?.()) ?? [];
    } catch {
      return [];
    }
  }

  /** Names of accounts are a person's own words and no file names. */
  private fileOf(id: string): string {
    return path.join(this.folder, createHash('sha256').update(id).digest('hex').slice(0, 32));
  }
}

/** Undefined where a window was just writing or removing it, and where it is no file. */
async function readNote(file: string): Promise<string | undefined> {
  try {
    const id: unknown = JSON.parse((await readRegularFile(file)).toString('utf8'));
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
