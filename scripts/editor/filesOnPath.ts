import { existsSync } from 'node:fs';
import path from 'node:path';

/** The files with these names in the folders of PATH, in the order of the names. */
export function filesOnPath(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).filter((file) => existsSync(file));
}
