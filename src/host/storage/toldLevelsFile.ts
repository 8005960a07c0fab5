import { rm } from 'node:fs/promises';
import path from 'node:path';
import { withFileLock } from '../../process/fileLock';
import { makePrivateFolder, replacePrivateFile } from '../../process/privateFiles';
import { readRegularFile } from '../../process/regularFile';
import { noToldLevels, readToldLevels, writeToldLevels, type ToldLevels } from '../../state/toldLevels';

/** The file in which windows agree on what was told, and on what is muted. */
export class ToldLevelsFile {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = path.join(folder, 'told.json');
  }

  /** Nothing where there is no file, or none of ours. */
  async read(): Promise<ToldLevels> {
    const bytes = await readRegularFile(this.file).catch(() => undefined);
    return bytes ? readToldLevels(bytes.toString('utf8')) : noToldLevels;
  }

  /** Changes what stands there now, while no other window does. */
  async update(change: (told: ToldLevels) => ToldLevels, now: number): Promise<ToldLevels> {
    await makePrivateFolder(this.folder);
    return withFileLock(this.file, async () => {
      const before = await this.read();
      const next = change(before);
      if (next === before) return before;
      if (next.levels.size + next.mutes.size === 0) await rm(this.file, { force: true });
      else await replacePrivateFile(this.file, writeToldLevels(next, now));
      return next;
    });
  }
}
